import {
  type AlgorithmSuite,
  ASYMMETRIC_SIGNATURE,
  CANONICALIZATION,
  DIGEST,
  ENCRYPTION,
  KEY_TRANSPORT,
  MGF,
  SUITES,
  SYMMETRIC_SIGNATURE,
} from '@holdfast/ws-security';
import type { Action, ValidEntry } from './manifest.js';

/** Everything but what is weak: what is agreed where a corpus says nothing of algorithms. */
export const anySuite: AlgorithmSuite = {
  ...SUITES.Basic256,
  name: 'any',
  digest: all(DIGEST),
  symmetricSignature: all(SYMMETRIC_SIGNATURE),
  asymmetricSignature: all(ASYMMETRIC_SIGNATURE),
  encryption: without(ENCRYPTION, ENCRYPTION.tripleDesCbc),
  keyTransport: without(KEY_TRANSPORT, KEY_TRANSPORT.rsa15),
  oaepDigest: all(DIGEST),
  oaepMgf: all(MGF),
  signatureKeyLength: 16,
  encryptionKeyLength: 16,
  symmetricKeyLength: [16, 64],
};

/**
 * The algorithms that a valid message was made with, and no others: that is what its parties agreed on. Where it says only
 * what was asked for, that is agreed besides whatever is not weak.
 */
export function agreedSuite(entry: ValidEntry): AlgorithmSuite {
  const { signatureAlgorithms, digestAlgorithms, encryptionAlgorithms, keyTransportAlgorithms, actions } = entry;
  const encrypt = actions.filter((action) => action.do === 'encrypt');
  const asked = (known: readonly string[], names: readonly (string | undefined)[]): readonly string[] | undefined => {
    const found = known.filter((uri) => names.some((name) => name !== undefined && uri.endsWith(`#${name}`)));
    return found.length === 0 ? undefined : found;
  };
  const ciphers = asked(
    all(ENCRYPTION),
    encrypt.map(({ algorithm }) => algorithm),
  );
  const transported = actions.filter((action) => action.do === 'encrypt' || action.do === 'encryptedKey');
  const transports = asked(
    all(KEY_TRANSPORT),
    actions.map(({ transport }) => transport),
  );
  return {
    ...anySuite,
    name: entry.name,
    symmetricSignature: chosen(all(SYMMETRIC_SIGNATURE), signatureAlgorithms, anySuite.symmetricSignature),
    asymmetricSignature: chosen(all(ASYMMETRIC_SIGNATURE), signatureAlgorithms, anySuite.asymmetricSignature),
    digest: chosen(all(DIGEST), digestAlgorithms, anySuite.digest),
    encryption: chosen(all(ENCRYPTION), encryptionAlgorithms ?? ciphers, anySuite.encryption),
    keyTransport: chosen(all(KEY_TRANSPORT), keyTransportAlgorithms ?? transports, anySuite.keyTransport),
    oaepDigest: transported.some(({ digest }) => digest !== undefined) ? anySuite.oaepDigest : [DIGEST.sha1],
    oaepMgf: transported.some(({ mgf }) => mgf !== undefined) ? anySuite.oaepMgf : [MGF.mgf1Sha1],
    canonicalization: [CANONICALIZATION.exclusive, ...actions.flatMap(canonicalizationOf)],
  };
}

/** A kind may name a suite in its name: then its cipher is agreed. */
export function suiteOfKind(base: string): AlgorithmSuite {
  const [named] = Object.values(SUITES)
    .filter(({ name }) => base.includes(name))
    .sort((a, b) => b.name.length - a.name.length);
  return named === undefined ? anySuite : { ...anySuite, encryption: named.encryption };
}

function canonicalizationOf({ canonicalization }: Action): readonly AlgorithmSuite['canonicalization'][number][] {
  switch (canonicalization) {
    case 'inclusive':
      return [CANONICALIZATION.inclusive];
    case 'inclusive-with-comments':
      return [CANONICALIZATION.inclusiveWithComments];
    case 'exclusive-with-comments':
      return [CANONICALIZATION.exclusiveWithComments];
    default:
      return [];
  }
}

/** Those of the list that the message has; when it has none of the kind, whatever else is agreed. */
function chosen<T extends string>(
  known: readonly T[],
  used: readonly string[] | undefined,
  otherwise: readonly [T, ...T[]],
): readonly [T, ...T[]] {
  const [first, ...rest] = known.filter((algorithm) => used?.includes(algorithm));
  return first === undefined ? otherwise : [first, ...rest];
}

function all<T extends string>(table: Readonly<Record<string, T>>): readonly [T, ...T[]] {
  return Object.values(table) as [T, ...T[]];
}

function without<T extends string>(table: Readonly<Record<string, T>>, weak: T): readonly [T, ...T[]] {
  return Object.values(table).filter((each) => each !== weak) as [T, ...T[]];
}
