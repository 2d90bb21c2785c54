import { dirname } from 'node:path';
import { StoreError } from '@holdfast/soap';
import { QueryFailedError } from 'typeorm';
import { errorCode } from '../system-error.js';

/** What an error of SQLite or of the file system means for the store; anything else comes back as it is. */
export function storeError(thrown: unknown, file: string): unknown {
  const cause = driverError(thrown);
  return sqliteError(cause, file) ?? systemError(cause, file) ?? cause;
}

/**
 * The same for a statement of an application: what SQLite has against the statement itself (`SQLITE_CONSTRAINT`,
 * `SQLITE_ERROR`) comes back as it is.
 */
export function applicationStatementError(thrown: unknown, file: string): unknown {
  return sqliteError(thrown, file) ?? thrown;
}

/** Like {@link storeError} where only our own statements run: whatever else SQLite dislikes about them is damage. */
export function ownStoreError(thrown: unknown, file: string): unknown {
  const error = storeError(thrown, file);
  if (!errorCode(error)?.startsWith('SQLITE_')) {
    return error;
  }
  return new StoreError(
    'store-damaged',
    `The tables of the store ${file} are not as Holdfast made them. Restore it from a back-up.`,
    { cause: error },
  );
}

/** TypeORM's own error repeats the parameters of the statement; the driver's below it does not. */
function driverError(thrown: unknown): unknown {
  return thrown instanceof QueryFailedError ? thrown.driverError : thrown;
}

function sqliteError(cause: unknown, file: string): StoreError | undefined {
  const code = errorCode(cause) ?? '';
  // SQLite's extended codes, such as SQLITE_IOERR_FSYNC, begin with the code that they refine.
  switch (code.split('_').slice(0, 2).join('_')) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
    case 'SQLITE_PROTOCOL':
      return new StoreError(
        'store-locked',
        `Another process is writing to the store ${file} for too long. Try again; if it goes on, find that process.`,
        { cause, retryable: true },
      );
    case 'SQLITE_FULL':
      return full(cause, file);
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM':
      return readOnly(cause, file);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return new StoreError(
        'store-damaged',
        `${file} is not an intact SQLite database. Keep a copy of it, and restore it from a back-up.`,
        { cause },
      );
    case 'SQLITE_CANTOPEN':
      return unavailable(cause, file);
    case 'SQLITE_IOERR':
    case 'SQLITE_NOMEM':
    case 'SQLITE_NOLFS':
      return new StoreError(
        'store-unavailable',
        `The store ${file} cannot be read or written (${code}). Check its disk.`,
        { cause, retryable: true },
      );
    default:
      return undefined;
  }
}

function systemError(cause: unknown, file: string): StoreError | undefined {
  switch (errorCode(cause)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return readOnly(cause, file);
    case 'ENOSPC':
    case 'EDQUOT':
      return full(cause, file);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EMFILE':
    case 'ENFILE':
    case 'EIO':
      return unavailable(cause, file);
    default:
      return undefined;
  }
}

function full(cause: unknown, file: string): StoreError {
  return new StoreError(
    'store-full',
    `There is no room left for the store ${file}. Make room on its disk, or raise maxSize.`,
    { cause, retryable: true },
  );
}

function readOnly(cause: unknown, file: string): StoreError {
  return new StoreError(
    'store-read-only',
    `The store ${file} cannot be written. Give this user write permission on the file and on its folder ${dirname(file)}.`,
    { cause },
  );
}

function unavailable(cause: unknown, file: string): StoreError {
  return new StoreError(
    'store-unavailable',
    `The store ${file} cannot be opened. Check that the folder ${dirname(file)} exists and that this user may write in it.`,
    { cause, retryable: true },
  );
}
