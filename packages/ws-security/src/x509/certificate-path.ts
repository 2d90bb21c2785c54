import { SecurityError } from '@holdfast/soap';
import {
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  id_data,
  id_signedData,
  RevocationInfoChoices,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnArray, AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';
import { type Certificate, readCertificate } from './certificate.js';

/**
 * Certificates of a token, the end entity's first. Those behind it may help to get from it to a trusted one; nothing is
 * known of them but that their names fit.
 */
export type CertificatePath = readonly [endEntity: Certificate, ...others: Certificate[]];

/** Certificates that a token may hold. */
export const MAX_PATH_CERTIFICATES = 10;
/** Octets of a token that holds a path. */
export const MAX_PATH_OCTETS = 65_536;

/**
 * Reads a PkiPath (X.509 Token Profile 1.1 §3.1.2; RFC 6066 §8): a SEQUENCE of certificates, of which each is issued in
 * the name of the one before it.
 * @throws SecurityError `unsupported-token` when it is none, is too large, or one does not follow from the other
 */
export function readPkiPath(octets: Uint8Array): CertificatePath {
  const certificates = parsed(octets, 'PKIPath', (der) => [...AsnConvert.parse(der, PkiPath)]);
  const path = distinct(certificates, 'PKIPath').reverse();
  path.forEach((certificate, at) => {
    const issuer = path[at + 1];
    if (issuer !== undefined && !certificate.x509.checkIssued(issuer.x509)) {
      unreadable('PKIPath', 'one of its certificates is not issued by the one before it');
    }
  });
  return nonEmpty(path, 'PKIPath');
}

/**
 * Reads the certificates of a PKCS #7 SignedData (X.509 Token Profile 1.1 §3.1.3), whose order means nothing: the end
 * entity is the one that has issued none of the others. Revocation lists and signatures in it are not looked at.
 * @throws SecurityError `unsupported-token` when it is none, is too large, or has not exactly one end entity
 */
export function readPkcs7(octets: Uint8Array): CertificatePath {
  const certificates = parsed(octets, 'PKCS#7', (der) => {
    const { contentType, content } = AsnConvert.parse(der, ContentInfo);
    if (contentType !== id_signedData) throw new Error(`The content type is ${contentType}.`);
    return [...(AsnConvert.parse(content, CertificatesOnly).certificates ?? [])];
  });
  return ordered(distinct(certificates, 'PKCS#7'), 'PKCS#7');
}

/** The octets of a PkiPath. */
export function writePkiPath(path: CertificatePath): Buffer {
  return Buffer.from(AsnConvert.serialize(new PkiPath(path.map(exact).reverse())));
}

/** The octets of a PKCS #7 SignedData that holds the certificates and signs nothing (RFC 5652 §5.1). */
export function writePkcs7(path: CertificatePath): Buffer {
  const signed = new CertificatesOnly();
  signed.certificates = new RawCertificates(path.map(exact));
  const content = AsnConvert.serialize(signed);
  return Buffer.from(AsnConvert.serialize(new ContentInfo({ contentType: id_signedData, content })));
}

/**
 * Puts certificates that came without an order in one: the end entity's first, then each the issuer of the one before,
 * then whatever does not fit.
 * @param what names where they came from, for the error
 * @throws SecurityError `unsupported-token` when it is not plain which of them is the end entity's
 */
export function ordered(certificates: readonly Certificate[], what: string): CertificatePath {
  const issued = (issuer: Certificate, by: Certificate): boolean => issuer !== by && by.x509.checkIssued(issuer.x509);
  const ends = certificates.filter((issuer) => !certificates.some((other) => issued(issuer, other)));
  const [end] = ends;
  if (end === undefined || ends.length > 1) unreadable(what, `it has ${ends.length} end entities, not one`);
  const path: [Certificate, ...Certificate[]] = [end];
  const rest = new Set(certificates);
  for (let at: Certificate | undefined = end; at !== undefined; ) {
    rest.delete(at);
    const current: Certificate = at;
    at = [...rest].find((candidate) => issued(candidate, current));
    if (at !== undefined) path.push(at);
  }
  path.push(...rest);
  return path;
}

function parsed(octets: Uint8Array, what: string, read: (der: Uint8Array) => readonly ArrayBuffer[]): Certificate[] {
  if (octets.length > MAX_PATH_OCTETS) unreadable(what, `it has more than ${MAX_PATH_OCTETS} octets`);
  let raw: readonly ArrayBuffer[];
  try {
    raw = read(octets);
  } catch (cause) {
    throw new SecurityError('unsupported-token', `The token is not a readable ${what}.`, { cause });
  }
  if (raw.length > MAX_PATH_CERTIFICATES) unreadable(what, `it has more than ${MAX_PATH_CERTIFICATES} certificates`);
  return raw.map((der) => readCertificate(new Uint8Array(der)));
}

function distinct(certificates: Certificate[], what: string): Certificate[] {
  if (new Set(certificates.map(({ fingerprint }) => fingerprint)).size !== certificates.length) {
    unreadable(what, 'it has a certificate twice');
  }
  return certificates;
}

function nonEmpty(path: readonly Certificate[], what: string): CertificatePath {
  const [end, ...others] = path;
  if (end === undefined) unreadable(what, 'it has no certificate');
  return [end, ...others];
}

function unreadable(what: string, why: string): never {
  throw new SecurityError('unsupported-token', `The ${what} of a token cannot be used: ${why}.`);
}

function exact({ raw }: Certificate): ArrayBuffer {
  return raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer;
}

// The certificates stay the octets that they are: their thumbprints and signatures are over these.
class PkiPath extends AsnArray<ArrayBuffer> {
  constructor(items?: ArrayBuffer[]) {
    super(items);
    Object.setPrototypeOf(this, PkiPath.prototype);
  }
}
AsnType({ type: AsnTypeTypes.Sequence, itemType: AsnPropTypes.Any })(PkiPath);

class RawCertificates extends AsnArray<ArrayBuffer> {
  constructor(items?: ArrayBuffer[]) {
    super(items);
    Object.setPrototypeOf(this, RawCertificates.prototype);
  }
}
AsnType({ type: AsnTypeTypes.Set, itemType: AsnPropTypes.Any })(RawCertificates);

/** SignedData (RFC 5652 §5.1). */
class CertificatesOnly {
  version = CMSVersion.v1;
  digestAlgorithms = new DigestAlgorithmIdentifiers();
  encapContentInfo = new EncapsulatedContentInfo({ eContentType: id_data });
  certificates?: RawCertificates;
  crls?: RevocationInfoChoices;
  signerInfos = new SignerInfos();
}
AsnProp({ type: AsnPropTypes.Integer })(CertificatesOnly.prototype, 'version');
AsnProp({ type: DigestAlgorithmIdentifiers })(CertificatesOnly.prototype, 'digestAlgorithms');
AsnProp({ type: EncapsulatedContentInfo })(CertificatesOnly.prototype, 'encapContentInfo');
AsnProp({ type: RawCertificates, context: 0, implicit: true, optional: true })(
  CertificatesOnly.prototype,
  'certificates',
);
AsnProp({ type: RevocationInfoChoices, context: 1, implicit: true, optional: true })(
  CertificatesOnly.prototype,
  'crls',
);
AsnProp({ type: SignerInfos })(CertificatesOnly.prototype, 'signerInfos');
