/**
 * Where a key-encryption key comes from: 32 random bytes, asked for once when a store opens. Write your own for a key
 * management service; {@link keyFromFile} and {@link keyFromEnvironment} make the common ones. The store copies the
 * bytes and zeroes its copy when it closes.
 */
export type KeySource = () => Uint8Array | Promise<Uint8Array>;

/** More than one key: what a change of keys needs. */
export interface KeySources {
  /** Seals everything that is written from now on. */
  readonly writing: KeySource;
  /** Earlier keys, for what they sealed. Each must stay here as long as the store has anything sealed with it. */
  readonly reading?: readonly KeySource[];
}
