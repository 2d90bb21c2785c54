import { closeSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '@holdfast/soap';
import { makePrivateFolder } from '../private-folder.js';
import { storeError } from './sqlite-error.js';

/**
 * Makes the folder (mode 0700) and an empty database file (mode 0600) where there is none. SQLite gives its journal
 * files the mode of the database, so they are private as well. What exists keeps its mode.
 *
 * @returns the absolute path of the file
 * @throws UsageError `invalid-option`
 * @throws StoreError `store-read-only`, `store-unavailable`, `store-full`
 */
export function prepareFiles(path: string): string {
  if (path.trim() === '' || path === ':memory:' || path.startsWith('file:')) {
    throw new UsageError('invalid-option', 'file must be the path of a file. A store in memory is memoryStore().');
  }
  const file = resolve(path.trim());
  try {
    makePrivateFolder(dirname(file));
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw storeError(cause, file);
  }
  return file;
}
