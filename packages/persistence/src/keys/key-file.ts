import { closeSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreError, UsageError } from '@holdfast/soap';
import { makePrivateFolder, syncFolder } from '../private-folder.js';
import { type Random, systemRandom } from '../random.js';
import { errorCode } from '../system-error.js';
import type { KeySource } from './key-source.js';
import { KEY_LENGTH, KEY_RECIPE, keyFromText } from './key-text.js';

/** What {@link keyFromFile} may do beyond reading. */
export interface KeyFileOptions {
  /** Make the file (mode 0600, its folder 0700) with a new random key when there is none. Default: false. */
  readonly create?: boolean;
}

/** No key is longer than this in any of the forms that are read. */
const LONGEST_KEY_FILE = 1024;

/**
 * A key in a file: 32 raw bytes, or the same in base64, base64url or hexadecimal. Only its owner may have access to
 * the file (mode 0600 or 0400). Read when the store opens. Back it up apart from the store: whoever has both has
 * everything, and whoever has lost the key has lost the store.
 *
 * @throws UsageError (from the source) `missing-key` when there is no such file, `invalid-key` when it is not a key or
 *   others may read it
 */
export function keyFromFile(path: string, options: KeyFileOptions = {}): KeySource {
  const file = resolve(path);
  return () => {
    if (options.create === true) {
      createKeyFile(file, systemRandom);
    }
    return readKeyFile(file);
  };
}

function readKeyFile(file: string): Uint8Array {
  const content = readPrivately(file);
  if (content.length === KEY_LENGTH && !isText(content)) {
    return content;
  }
  try {
    return keyFromText(content.toString('latin1'), `The key file ${file}`);
  } finally {
    content.fill(0);
  }
}

function readPrivately(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size > LONGEST_KEY_FILE) {
      throw new UsageError('invalid-key', `${file} is not a key file. Make one with: ${KEY_RECIPE} > ${file}`);
    }
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw new UsageError(
        'invalid-key',
        `The key file ${file} is open to others than its owner (mode ${(status.mode & 0o777).toString(8)}). If nobody else has read it: chmod 600 ${file}`,
      );
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(file: string, cause: unknown): UsageError {
  return errorCode(cause) === 'ENOENT'
    ? new UsageError(
        'missing-key',
        `There is no key file ${file}. Name the right one, or make one with: ${KEY_RECIPE}`,
        {
          cause,
        },
      )
    : new UsageError('missing-key', `The key file ${file} cannot be read. Check its owner and its folder.`, { cause });
}

/** Thirty-two bytes that are all printable are somebody's text (half a key in hexadecimal, a password), not a key. */
function isText(content: Uint8Array): boolean {
  return content.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** Written beside its place and linked there, so that no other process ever sees half a key, and none is replaced. */
function createKeyFile(file: string, random: Random): void {
  const suffix = Buffer.from(random(8)).toString('hex');
  const draft = `${file}.${suffix}`;
  try {
    makePrivateFolder(dirname(file));
    writeDurably(draft, random);
    try {
      linkSync(draft, file);
    } finally {
      unlinkSync(draft);
    }
    syncFolder(dirname(file));
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') {
      throw new StoreError('store-unavailable', `The key file ${file} cannot be made. Check its folder.`, { cause });
    }
  }
}

function writeDurably(draft: string, random: Random): void {
  const descriptor = openSync(draft, 'wx', 0o600);
  const key = Buffer.from(random(KEY_LENGTH));
  try {
    writeSync(descriptor, `${key.toString('base64')}\n`);
    fsyncSync(descriptor);
  } finally {
    key.fill(0);
    closeSync(descriptor);
  }
}
