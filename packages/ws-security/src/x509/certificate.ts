import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { SecurityError, UsageError } from '@holdfast/soap';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  Certificate as AsnCertificate,
  BasicConstraints,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';

/** An X.509 v3 certificate with the values that WS-Security refers to it by. */
export interface Certificate {
  readonly raw: Buffer;
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** SHA-1 of the DER octets: WSS ThumbprintSHA1. */
  readonly thumbprintSha1: Buffer;
  /** SHA-256 of the DER octets, lower-case hex: the identity that Holdfast compares. */
  readonly fingerprint: string;
  /** The value of the SubjectKeyIdentifier extension, if it has one. */
  readonly subjectKeyIdentifier: Buffer | undefined;
  readonly issuer: string;
  readonly serialNumber: bigint;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** Most certificates that may follow this authority's before the end entity's; absent: no limit. */
  readonly pathLength: number | undefined;
  /** What the key may do; absent: anything (RFC 5280 §4.2.1.3). */
  readonly keyUsage: ReadonlySet<KeyUsageName> | undefined;
  /** Object identifiers of the extensions that whoever believes it must understand (RFC 5280 §4.2). */
  readonly criticalExtensions: readonly string[];
  /** The name of its holder as the certificate has it, DER. */
  readonly subjectName: Buffer;
  /** Object identifier of the algorithm that its issuer signed it with. */
  readonly signatureAlgorithm: string;
}

export type KeyUsageName = 'digitalSignature' | 'nonRepudiation' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign';

/** A certificate with its private key. */
export interface Credential {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/**
 * Reads a certificate, PEM or DER.
 * @throws SecurityError `unsupported-token` when the octets are not one
 */
export function readCertificate(source: string | Uint8Array): Certificate {
  try {
    return describe(new X509Certificate(source));
  } catch (cause) {
    throw new SecurityError('unsupported-token', 'The token is not a readable X.509 v3 certificate.', { cause });
  }
}

/** Every certificate of a PEM text, in order: a trust bundle, for instance. */
export function readCertificates(pem: string): readonly Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => readCertificate(block));
}

/**
 * A certificate with the private key that belongs to it, both PEM.
 * @param passphrase of the private key, if it is encrypted
 * @throws UsageError `invalid-key` when the key cannot be read or is another certificate's
 */
export function credential(
  certificate: string | Uint8Array,
  privateKey: string | KeyObject,
  passphrase?: string,
): Credential {
  let key: KeyObject;
  try {
    key =
      typeof privateKey === 'string'
        ? createPrivateKey({ key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) })
        : privateKey;
  } catch (cause) {
    throw new UsageError(
      'invalid-key',
      'The private key cannot be read: it must be PEM, with its passphrase if it has one.',
      {
        cause,
      },
    );
  }
  let read: Certificate;
  try {
    read = readCertificate(certificate);
  } catch (cause) {
    throw new UsageError('invalid-key', 'The certificate cannot be read: it must be X.509, PEM or DER.', { cause });
  }
  if (!createPublicKey(key).equals(read.publicKey)) {
    throw new UsageError(
      'invalid-key',
      `The private key does not belong to the certificate of "${read.x509.subject}".`,
    );
  }
  return { certificate: read, privateKey: key };
}

const USAGES: readonly (readonly [KeyUsageName, KeyUsageFlags])[] = [
  ['digitalSignature', KeyUsageFlags.digitalSignature],
  ['nonRepudiation', KeyUsageFlags.nonRepudiation],
  ['keyEncipherment', KeyUsageFlags.keyEncipherment],
  ['keyCertSign', KeyUsageFlags.keyCertSign],
  ['cRLSign', KeyUsageFlags.cRLSign],
];

function describe(x509: X509Certificate): Certificate {
  const { raw } = x509;
  const parsed = AsnConvert.parse(raw, AsnCertificate);
  const extension = <T>(id: string, type: new () => T): T | undefined => {
    const found = parsed.tbsCertificate.extensions?.find((candidate) => candidate.extnID === id);
    return found === undefined ? undefined : AsnConvert.parse(found.extnValue.buffer, type);
  };
  const usage = extension(id_ce_keyUsage, KeyUsage)?.toNumber();
  const constraints = extension(id_ce_basicConstraints, BasicConstraints);
  const keyIdentifier = extension(id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  const notBefore = new Date(x509.validFrom);
  const notAfter = new Date(x509.validTo);
  // No comparison with such a date is true, so the certificate would never expire.
  if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) throw new Error('Validity is unreadable.');
  return {
    raw,
    x509,
    publicKey: x509.publicKey,
    thumbprintSha1: createHash('sha1').update(raw).digest(),
    fingerprint: createHash('sha256').update(raw).digest('hex'),
    subjectKeyIdentifier: keyIdentifier === undefined ? undefined : Buffer.from(keyIdentifier.buffer),
    issuer: x509.issuer,
    serialNumber: BigInt(`0x${x509.serialNumber}`),
    notBefore,
    notAfter,
    isAuthority: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    keyUsage:
      usage === undefined
        ? undefined
        : new Set(USAGES.filter(([, flag]) => (usage & flag) !== 0).map(([name]) => name)),
    criticalExtensions: (parsed.tbsCertificate.extensions ?? [])
      .filter(({ critical }) => critical)
      .map(({ extnID }) => extnID),
    subjectName: Buffer.from(AsnConvert.serialize(parsed.tbsCertificate.subject)),
    signatureAlgorithm: parsed.signatureAlgorithm.algorithm,
  };
}
