import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Certificate as AsnCertificate,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate and its private key, PEM, as files hold them. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateRequest {
  /** The common name. */
  readonly name: string;
  /** Default a day ago. */
  readonly notBefore?: Date;
  /** Default a year from now. */
  readonly notAfter?: Date;
  /** Default `digitalSignature` and `keyEncipherment`. */
  readonly usage?: readonly ('digitalSignature' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign')[];
  /** An authority of its own. Default false. */
  readonly authority?: boolean;
}

/** A certificate authority for tests and demonstrations. Nobody should trust it with anything else. */
export interface CertificateAuthority {
  /** Its own certificate, PEM: the trust anchor. */
  readonly certificate: string;
  issue(request: CertificateRequest): IssuedCertificate;
  /** An authority below this one. */
  subordinate(name: string): CertificateAuthority;
}

/** @param name the common name of the authority */
export function certificateAuthority(name: string, now: Date = new Date()): CertificateAuthority {
  const keys = rsaKeys();
  const certificate = build(
    { name, authority: true, usage: ['keyCertSign', 'cRLSign'] },
    keys.publicKey,
    { name, ...keys },
    now,
  );
  return authority(name, certificate, keys, now);
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function authority(name: string, certificate: string, keys: Keys, now: Date): CertificateAuthority {
  return {
    certificate,
    issue(request) {
      const subject = rsaKeys();
      return {
        certificate: build(request, subject.publicKey, { name, ...keys }, now),
        privateKey: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
    subordinate(below) {
      const subject = rsaKeys();
      const request = { name: below, authority: true, usage: ['keyCertSign', 'cRLSign'] } as const;
      return authority(below, build(request, subject.publicKey, { name, ...keys }, now), subject, now);
    },
  };
}

function rsaKeys(): Keys {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

const DAY = 86_400_000;
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const COMMON_NAME = '2.5.4.3';
const FLAGS = {
  digitalSignature: KeyUsageFlags.digitalSignature,
  keyEncipherment: KeyUsageFlags.keyEncipherment,
  keyCertSign: KeyUsageFlags.keyCertSign,
  cRLSign: KeyUsageFlags.cRLSign,
} as const;

function build(
  request: CertificateRequest,
  publicKey: KeyObject,
  issuer: Keys & { readonly name: string },
  now: Date,
): string {
  const usage = request.usage ?? ['digitalSignature', 'keyEncipherment'];
  const algorithm = new AlgorithmIdentifier({ algorithm: SHA256_WITH_RSA, parameters: null });
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] as number) & 0x7f) | 0x01;
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: exactBuffer(serialNumber),
    signature: algorithm,
    issuer: commonName(issuer.name),
    validity: new Validity({
      notBefore: request.notBefore ?? new Date(now.getTime() - DAY),
      notAfter: request.notAfter ?? new Date(now.getTime() + 365 * DAY),
    }),
    subject: commonName(request.name),
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    extensions: new Extensions([
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: request.authority ?? false }), true),
      extension(id_ce_keyUsage, new KeyUsage(usage.reduce((flags, name) => flags | FLAGS[name], 0)), true),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(publicKey)), false),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(issuer.publicKey)) }),
        false,
      ),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbs)), issuer.privateKey);
  const der = AsnConvert.serialize(
    new AsnCertificate({ tbsCertificate: tbs, signatureAlgorithm: algorithm, signatureValue: exactBuffer(signature) }),
  );
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(value: string): Name {
  const attribute = new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: value }) });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function extension(extnID: string, value: object, critical: boolean): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function keyIdentifier(key: KeyObject): ArrayBuffer {
  return exactBuffer(
    createHash('sha1')
      .update(key.export({ type: 'pkcs1', format: 'der' }))
      .digest(),
  );
}

function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
