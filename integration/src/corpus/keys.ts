import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elements, HoldfastError, parse, type XmlElement } from '@holdfast/soap';
import {
  type AssertionIssuer,
  type Certificate,
  type CertificateTrust,
  certificateTrust,
  credential,
  isAssertion,
  type KeyLookup,
  noKeys,
  readAssertion,
  readCertificate,
} from '@holdfast/ws-security';
import { type Corpus, CorpusError, type Entry, messageOf, type ValidEntry } from './manifest.js';
import type { Policy } from './policy.js';

/** A folder of `<name>.cert.pem` and `<name>.key.pem`; `ca` is trusted, and `carol` issues assertions. */
export interface KeyFolder {
  readonly folder: string;
  readonly trust: CertificateTrust;
  readonly certificates: readonly Certificate[];
  readonly issuerCertificate: string;
}

/** @throws CorpusError when it is not such a folder */
export function readKeys(folder: string): KeyFolder {
  let files: readonly string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    throw new CorpusError(
      `--keys ${folder}: it cannot be read (${(error as NodeJS.ErrnoException).code}); name the folder of the test keys.`,
    );
  }
  const parties = files.filter((file) => file.endsWith('.cert.pem') && !/(^|-)ca\.cert\.pem$/.test(file));
  return {
    folder,
    trust: certificateTrust({ anchors: pem(folder, 'ca.cert.pem') }),
    certificates: parties.map((file) => readCertificate(pem(folder, file))),
    issuerCertificate: pem(folder, 'carol.cert.pem'),
  };
}

function pem(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    throw new CorpusError(`--keys ${folder}: ${file} cannot be read there (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** What the receiver of an entry has. */
export function lookupFor(
  entry: Entry & Pick<ValidEntry, 'verify'>,
  message: Buffer,
  policy: Policy,
  corpus: Corpus,
  keys: KeyFolder,
): KeyLookup {
  const { secrets = {} } = entry;
  const passwords = entry.passwords ?? entry.verify?.passwords ?? corpus.passwords;
  const holder = entry.verify?.decryptWith ?? 'bob';
  const found = message.includes('http://schemas.xmlsoap.org/ws/2005/02/sc') ? '2005' : '1.3';
  const version = policy.contextVersion ?? found;
  return {
    ...noKeys,
    credentials: [credential(pem(keys.folder, `${holder}.cert.pem`), pem(keys.folder, `${holder}.key.pem`))],
    certificates: keys.certificates,
    trust: keys.trust,
    securityContext(identifier, instance) {
      const secret = secrets[identifier];
      if (secret === undefined || instance !== undefined) return undefined;
      return {
        version,
        identifier,
        instance,
        secret: Buffer.from(secret, 'base64'),
        identity: `context:${identifier}`,
      };
    },
    password: (username) => (Object.hasOwn(passwords, username) ? passwords[username] : undefined),
    assertions: {
      issuers: issuersOf(corpus, keys),
      acceptUnsignedSenderVouches: policy.acceptUnsignedSenderVouches,
      dangerouslyAllowSha1: true,
    },
  };
}

const issuers = new WeakMap<Corpus, readonly AssertionIssuer[]>();

/** The one issuer that is believed, under the names that valid messages give it. */
function issuersOf(corpus: Corpus, { issuerCertificate }: KeyFolder): readonly AssertionIssuer[] {
  const known = issuers.get(corpus);
  if (known !== undefined) return known;
  const names = new Set(
    corpus.valid
      .filter(({ actions }) => actions.some((action) => action.do === 'saml'))
      .flatMap((entry) => issuerNames(entry, corpus)),
  );
  const trust = certificateTrust({ anchors: issuerCertificate });
  const certificates = [readCertificate(issuerCertificate)];
  const result = [...names].map((name) => ({ name, trust, certificates }));
  issuers.set(corpus, result);
  return result;
}

/** None of a message that cannot be read: it is refused when its turn comes. */
function issuerNames(entry: Entry, corpus: Corpus): readonly string[] {
  const search = (at: XmlElement): readonly string[] =>
    isAssertion(at) ? [readAssertion(at).issuer] : elements(at).flatMap(search);
  try {
    return search(parse(messageOf(corpus, entry)).root);
  } catch (error) {
    if (error instanceof HoldfastError) return [];
    throw error;
  }
}
