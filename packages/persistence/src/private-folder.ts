import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a folder that only its owner may enter (mode 0700), durably, with those above it; leaves one that is there. */
export function makePrivateFolder(folder: string): void {
  const topmost = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (topmost === undefined) {
    return;
  }
  // A folder is on the disk when the one above it is.
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
    syncFolder(dirname(made));
  }
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
