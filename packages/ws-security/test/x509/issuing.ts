import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Certificate as AsnCertificate,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  CertificateList,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  Name,
  RelativeDistinguishedName,
  RevokedCertificate,
  SubjectPublicKeyInfo,
  TBSCertificate,
  TBSCertList,
  Time,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { type Certificate, readCertificate } from '#src/x509/certificate.js';
import { after, now } from '../samples.js';

/** Certificates and revocation lists that no honest authority would make: everything about them can be chosen. */
export interface Holder {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function holder(name: string): Holder {
  return { name, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

export const DAY = 86_400_000;
const sha256WithRsa = new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null });
let serial = 1;

export interface Traits {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Bits of the KeyUsage extension; absent: no such extension. */
  readonly usage?: number;
  readonly more?: readonly Extension[];
}

export function certify(subject: Holder, issuer: Holder, traits: Traits = {}): Certificate {
  const { isAuthority = false, pathLength, usage } = traits;
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.of(0x10, serial >> 8, serial++ & 0xff).buffer,
    signature: sha256WithRsa,
    issuer: named(issuer.name),
    validity: new Validity({ notBefore: traits.notBefore ?? after(-DAY), notAfter: traits.notAfter ?? after(DAY) }),
    subject: named(subject.name),
    subjectPublicKeyInfo: AsnConvert.parse(
      subject.publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions([
      extension(
        id_ce_basicConstraints,
        new BasicConstraints({
          cA: isAuthority,
          ...(pathLength === undefined ? {} : { pathLenConstraint: pathLength }),
        }),
      ),
      ...(usage === undefined ? [] : [extension(id_ce_keyUsage, new KeyUsage(usage))]),
      ...(traits.more ?? []),
    ]),
  });
  const signatureValue = signature(AsnConvert.serialize(tbs), issuer);
  return readCertificate(
    Buffer.from(
      AsnConvert.serialize(
        new AsnCertificate({ tbsCertificate: tbs, signatureAlgorithm: sha256WithRsa, signatureValue }),
      ),
    ),
  );
}

export function extension(extnID: string, value: object, critical = true): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** A revocation list, DER. */
export function revocationList(
  issuer: Holder,
  revoked: readonly Certificate[],
  { nextUpdate = after(DAY), signer = issuer }: { readonly nextUpdate?: Date; readonly signer?: Holder } = {},
): Uint8Array {
  const tbs = new TBSCertList({
    version: Version.v2,
    signature: sha256WithRsa,
    issuer: named(issuer.name),
    thisUpdate: new Time(after(-DAY)),
    nextUpdate: new Time(nextUpdate),
    revokedCertificates: revoked.map(
      ({ serialNumber }) =>
        new RevokedCertificate({
          userCertificate: exact(Buffer.from(serialNumber.toString(16).padStart(6, '0'), 'hex')),
          revocationDate: new Time(now),
        }),
    ),
  });
  const list = new CertificateList({
    tbsCertList: tbs,
    signatureAlgorithm: sha256WithRsa,
    signature: signature(AsnConvert.serialize(tbs), signer),
  });
  return Buffer.from(AsnConvert.serialize(list));
}

function signature(octets: ArrayBuffer, { privateKey }: Holder): ArrayBuffer {
  return exact(sign('sha256', Buffer.from(octets), privateKey));
}

function named(name: string): Name {
  const attribute = new AttributeTypeAndValue({ type: '2.5.4.3', value: new AttributeValue({ utf8String: name }) });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function exact(octets: Uint8Array): ArrayBuffer {
  return octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.byteLength) as ArrayBuffer;
}
