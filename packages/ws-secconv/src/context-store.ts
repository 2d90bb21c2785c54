/** Where a recipient keeps the contexts that it issued, so that they outlive the process. The store seals them. */
export interface ContextStore {
  /** Resolves when the context is durable. */
  put(uuid: string, bytes: Uint8Array): Promise<void>;
  get(uuid: string): Promise<Uint8Array | undefined>;
  remove(uuid: string): Promise<void>;
}
