import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the maker of a message was asked to do, in this order: what its policy would be. */
export interface Action {
  readonly do: string;
  readonly with?: string;
  readonly parts?: readonly string[];
  readonly version?: string;
  readonly include?: boolean;
  readonly type?: string;
  readonly values?: readonly string[];
  readonly sha1?: string;
  readonly confirmation?: string;
  readonly signed?: boolean;
  readonly canonicalization?: string;
  readonly algorithm?: string;
  readonly transport?: string;
  readonly digest?: string;
  readonly mgf?: string;
}

/** Common to the messages of a corpus. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  /** Keys by the Identifier of a context, or by the EncryptedKeySHA1 of an earlier message, Base64. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly passwords?: Readonly<Record<string, string>>;
  /** Names `{namespace}local` of what must be signed. */
  readonly requireSigned?: readonly string[];
  readonly requireEncrypted?: readonly string[];
  /** How old a UsernameToken may be, seconds. */
  readonly usernameTtl?: number;
  /** The signature values that a SignatureConfirmation must confirm, Base64. */
  readonly requestSignatures?: readonly string[];
}

/** A part of a message by its name `{namespace}local` and its path of local names. */
export interface Part {
  readonly name: string;
  readonly path: string;
}

/** A message that must be accepted, with these parts signed and encrypted. */
export interface ValidEntry extends Entry {
  readonly actions: readonly Action[];
  readonly verify?: Partial<Entry> & { readonly decryptWith?: string; readonly requireTimestamp?: boolean };
  /** The envelope before it was secured. */
  readonly plaintext?: string;
  readonly signed?: readonly Part[];
  readonly encrypted?: readonly Part[];
  readonly signatureAlgorithms?: readonly string[];
  readonly digestAlgorithms?: readonly string[];
  readonly encryptionAlgorithms?: readonly string[];
  readonly keyTransportAlgorithms?: readonly string[];
}

/** A message that must be refused. */
export interface AttackEntry extends Entry {
  /** The valid entry that it was made of, or what kind of message it is. */
  readonly base: string;
  readonly reason?: string;
  /** `either`: a receiver may take it or not. */
  readonly expected?: string;
  /** To be refused once this valid entry was accepted. */
  readonly after?: string;
}

export interface Corpus {
  readonly folder: string;
  readonly now: Date;
  readonly passwords: Readonly<Record<string, string>>;
  readonly valid: readonly ValidEntry[];
  readonly attacks: readonly AttackEntry[];
}

/** The corpus, its keys, or the command line cannot be used: nothing was judged. */
export class CorpusError extends Error {}

/** @throws CorpusError when the folder has no manifest, or it has another form */
export function readCorpus(folder: string): Corpus {
  const file = join(folder, 'manifest.json');
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CorpusError(
      code === undefined ? `${file} is not JSON: ${(error as Error).message}` : `${file} cannot be read (${code}).`,
    );
  }
  if (!isRecord(manifest)) throw new CorpusError(`${file} must hold an object.`);
  const now = new Date(String(manifest['now']));
  if (Number.isNaN(now.getTime())) throw new CorpusError(`${file}: "now" must be the time to judge at.`);
  return {
    folder,
    now,
    passwords: (isRecord(manifest['passwords']) ? manifest['passwords'] : {}) as Corpus['passwords'],
    valid: entries<ValidEntry>(file, manifest, 'valid', 'actions'),
    attacks: entries<AttackEntry>(file, manifest, 'attacks', 'base'),
  };
}

/** @throws CorpusError when it cannot be read */
export function messageOf({ folder }: Corpus, { name, file }: Entry): Buffer {
  try {
    return readFileSync(join(folder, file));
  } catch (error) {
    throw new CorpusError(`${name}: ${join(folder, file)} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function entries<T extends Entry>(
  file: string,
  manifest: Readonly<Record<string, unknown>>,
  list: string,
  needed: string,
): readonly T[] {
  const found = manifest[list] ?? [];
  if (!Array.isArray(found)) throw new CorpusError(`${file}: "${list}" must be an array.`);
  found.forEach((entry: unknown, at) => {
    for (const member of ['name', 'file', needed]) {
      if (!isRecord(entry) || entry[member] === undefined) {
        throw new CorpusError(`${file}: entry ${at} of "${list}" has no "${member}".`);
      }
    }
  });
  return found as readonly T[];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
