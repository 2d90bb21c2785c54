export * from './addressing.js';
export * from './errors.js';
export * from './fault.js';
export * from './message.js';
export * from './namespaces.js';
export * from './proof.js';
export * from './xml/tree.js';
