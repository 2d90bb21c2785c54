import { UsageError } from '@holdfast/soap';

/**
 * An application's part of a memory store's commit: values by name, which change together with Holdfast's, or not at
 * all. Good for a test of a transactional inbox. Valid only until the write returns.
 */
export interface MemoryTransaction {
  readonly get: (name: string) => unknown;
  readonly set: (name: string, value: unknown) => void;
  readonly delete: (name: string) => void;
}

/**
 * A handle on these values for as long as `work` runs; how to undo each change is added to `undo`.
 *
 * @throws UsageError `closed` from the handle after that
 */
export function duringMemoryTransaction<Result>(
  values: Map<string, unknown>,
  undo: (() => void)[],
  work: (transaction: MemoryTransaction) => Result,
): Result {
  let over = false;
  const whileOpen = (): void => {
    if (over) {
      throw new UsageError('closed', 'This transaction is over. Use the handle only inside the write it was given to.');
    }
  };
  const remember = (name: string): void => {
    const had = values.has(name);
    const before = values.get(name);
    undo.push(() => {
      if (had) {
        values.set(name, before);
      } else {
        values.delete(name);
      }
    });
  };
  try {
    return work({
      get: (name) => {
        whileOpen();
        return values.get(name);
      },
      set: (name, value) => {
        whileOpen();
        remember(name);
        values.set(name, value);
      },
      delete: (name) => {
        whileOpen();
        remember(name);
        values.delete(name);
      },
    });
  } finally {
    over = true;
  }
}
