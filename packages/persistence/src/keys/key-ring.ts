import { createHash } from 'node:crypto';
import { HoldfastError, StoreError, UsageError } from '@holdfast/soap';
import type { KeySource, KeySources } from './key-source.js';
import { KEY_LENGTH, KEY_RECIPE } from './key-text.js';

/** A key-encryption key in memory. */
export interface HeldKey {
  /** 16 hexadecimal digits, derived from the key by a hash; safe to store and to show. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The keys of an open store. */
export interface KeyRing {
  readonly writing: HeldKey;
  /** By id; the writing key is among them. */
  readonly all: ReadonlyMap<string, HeldKey>;
}

/**
 * Asks the sources for their keys.
 *
 * @throws UsageError `missing-key`, `invalid-key`
 * @throws StoreError `store-unavailable` when a source of the caller's own failed
 */
export async function openKeyRing(sources: KeySource | KeySources): Promise<KeyRing> {
  const { writing: first, reading = [] } = typeof sources === 'function' ? { writing: sources } : sources;
  const writing = await heldKey(first);
  const all = new Map([[writing.id, writing]]);
  const ring = { writing, all };
  try {
    for (const source of reading) {
      const key = await heldKey(source);
      if (all.has(key.id)) {
        key.bytes.fill(0);
      } else {
        all.set(key.id, key);
      }
    }
  } catch (error) {
    wipeKeyRing(ring);
    throw error;
  }
  return ring;
}

/** Zeroes the keys; the ring is of no use afterwards. */
export function wipeKeyRing(ring: KeyRing): void {
  for (const key of ring.all.values()) {
    key.bytes.fill(0);
  }
}

async function heldKey(source: KeySource): Promise<HeldKey> {
  const given: unknown = await ask(source);
  if (given === undefined || given === null) {
    throw new UsageError('missing-key', `The key source gave no key. It must give ${KEY_LENGTH} random bytes.`);
  }
  if (!(given instanceof Uint8Array) || given.length !== KEY_LENGTH) {
    throw new UsageError(
      'invalid-key',
      `The key must be a Uint8Array of ${KEY_LENGTH} random bytes. Make one with: ${KEY_RECIPE}`,
    );
  }
  if (given.every((byte) => byte === given[0])) {
    throw new UsageError('invalid-key', `The key is one byte repeated, not random. Make one with: ${KEY_RECIPE}`);
  }
  const bytes = Uint8Array.from(given);
  return { id: keyId(bytes), bytes };
}

async function ask(source: KeySource): Promise<unknown> {
  try {
    return await source();
  } catch (cause) {
    if (cause instanceof HoldfastError) {
      throw cause;
    }
    throw new StoreError('store-unavailable', 'The key source failed, so the store was not opened. See the cause.', {
      cause,
      retryable: true,
    });
  }
}

function keyId(bytes: Uint8Array): string {
  return createHash('sha256').update('holdfast key id').update(bytes).digest('hex').slice(0, 16);
}
