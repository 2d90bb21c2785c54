import {
  type AlgorithmSuite,
  defaultProtection,
  type KeyLookup,
  type ProtectionDescription,
} from '@holdfast/ws-security';
import { bob, keysOf, shared, sharedText } from './kit.js';

/** An entry of the corpus that WSS4J made (its README says what each member means). */
export interface Entry {
  readonly name: string;
  readonly file: string;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Covered {
  readonly name: string;
  readonly path: string;
}

export interface Valid extends Entry {
  readonly plaintext: string;
  readonly verify: { readonly requireSigned?: readonly string[] };
  /** Absent where WSS4J cannot read what it helped to make. */
  readonly signed?: readonly Covered[];
  readonly encrypted?: readonly Covered[];
  readonly signatureAlgorithms?: readonly string[];
  readonly digestAlgorithms?: readonly string[];
  readonly keyTransportAlgorithms?: readonly string[];
  readonly encryptionAlgorithms?: readonly string[];
}

export interface Attack extends Entry {
  readonly base: string;
  readonly reason: string;
  readonly after?: string;
  readonly requireSigned?: readonly string[];
  readonly requireEncrypted?: readonly string[];
}

const FOLDER = 'vectors/wss4j4';

export const manifest = JSON.parse(sharedText(`${FOLDER}/manifest.json`)) as {
  readonly now: string;
  readonly valid: readonly Valid[];
  readonly attacks: readonly Attack[];
};

export const now = new Date(manifest.now);

export const message = ({ file }: Entry): Buffer => shared(`${FOLDER}/${file}`);

/** The keys that a message was made with, as bob has them. */
export function keysFor(entry: Entry): KeyLookup {
  const version = message(entry).includes('schemas.xmlsoap.org/ws/2005/02/sc') ? '2005' : '1.3';
  return keysOf(
    bob,
    (identifier) => {
      const secret = entry.secrets[identifier];
      return secret === undefined ? undefined : Buffer.from(secret, 'base64');
    },
    version,
  );
}

/** The header blocks among names of the corpus that must be signed if the message has them. */
export function headerRules(names: readonly string[]): ProtectionDescription['signedHeaders'] {
  return names.flatMap((name) => {
    const [, namespace = '', local = ''] = /^\{(.*)\}([^?]*)/.exec(name) ?? [];
    return ['Body', 'Timestamp', ''].includes(local) ? [] : [{ namespace, local }];
  });
}

/** What the messages of a suite must be. */
export function describedBy(
  suite: AlgorithmSuite,
  token: ProtectionDescription['token'],
  more: Partial<ProtectionDescription> = {},
): ProtectionDescription {
  return { ...defaultProtection, suite, token, ...more };
}
