import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './system-error.js';

/** Makes a folder that only its owner may enter (mode 0700), durably, with those above it; leaves one that is there. */
export function makePrivateFolder(folder: string): void {
  const above = dirname(folder);
  // One by one: mkdir's own recursion never ends where a folder takes none, as /proc does.
  if (above !== folder && !existsSync(above)) {
    makePrivateFolder(above);
  }
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
      return;
    }
    throw error;
  }
  // A folder is on the disk when the one above it is.
  syncFolder(above);
}

/** Makes what was added to a folder durable. */
export function syncFolder(folder: string): void {
  // Windows has no such operation, and needs none.
  if (process.platform === 'win32') {
    return;
  }
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
