/** Where a recipient keeps the contexts that it issued, so that they outlive the process. The store seals them. */
export interface ContextStore {
  /** Resolves when the context is durable. */
  put(uuid: string, bytes: Uint8Array): Promise<void>;
  /** The context; the bytes are a copy, which the caller zeroes. */
  get(uuid: string): Promise<Uint8Array | undefined>;
  remove(uuid: string): Promise<void>;
  /**
   * The UUID of every context that is kept. Without it a recipient that starts again counts only the contexts that come
   * into use, and leaves those that expired meanwhile where they are.
   */
  uuids?(): Promise<readonly string[]>;
}
