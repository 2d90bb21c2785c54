export { type MemoryStore, memoryStore, type StoreHooks } from './memory-store.js';
