import type { SequenceStore } from './store.js';

/** The keys of the sessions that this process has in hand, by the store they are in. */
const held = new WeakMap<Pick<SequenceStore<never>, 'session'>, Set<string>>();

/** Marks a session as in hand. @returns what lets it go again */
export function hold(store: Pick<SequenceStore<never>, 'session'>, key: string): () => void {
  const keys = held.get(store) ?? new Set();
  held.set(store, keys.add(key));
  return () => keys.delete(key);
}

export function isHeld(store: Pick<SequenceStore<never>, 'session'>, key: string): boolean {
  return held.get(store)?.has(key) === true;
}
