import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes the folder that both stores go into. @throws Error that says what to do, when it cannot be made */
export function makeStoreFolder(path: string): string {
  const folder = resolve(path);
  const missing: string[] = [];
  let nearest = folder;
  for (; !existsSync(nearest) && dirname(nearest) !== nearest; nearest = dirname(nearest)) missing.unshift(nearest);
  try {
    if (!statSync(nearest).isDirectory()) throw refusal(path, `${nearest} is a file`);
    accessSync(nearest, constants.W_OK);
    // One by one: mkdir's own recursion never ends where a folder takes none, as /proc does.
    for (const each of missing) mkdirSync(each, { mode: 0o700 });
  } catch (error) {
    if (error instanceof StoreFolderError) throw error;
    throw refusal(path, `nothing can be made in ${nearest} (${(error as NodeJS.ErrnoException).code})`);
  }
  return folder;
}

class StoreFolderError extends Error {}

function refusal(path: string, why: string): StoreFolderError {
  return new StoreFolderError(`--store ${path}: ${why}. Name a folder where this user may write.`);
}
