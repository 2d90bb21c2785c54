import { type KeyObject, verify } from 'node:crypto';
import { SecurityError, UsageError } from '@holdfast/soap';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  CertificateList,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
} from '@peculiar/asn1-x509';
import { type Certificate, type KeyUsageName, readCertificates } from './certificate.js';

export interface TrustConfig {
  /** Certificates that are trusted by themselves: roots, or end entities pinned one by one. PEM bundles or parsed. */
  readonly anchors: string | readonly (string | Certificate)[];
  /** Intermediate authorities that peers leave out. Default none. */
  readonly intermediates?: readonly (string | Certificate)[];
  /** Revocation lists, PEM or DER. A list that is out of date or not signed by the issuer refuses its certificates. */
  readonly revocationLists?: readonly (string | Uint8Array)[];
  /** Most authorities between an anchor and an end entity. Default 5. */
  readonly maxPathLength?: number;
}

/**
 * Decides whether a certificate may be believed (RFC 5280 §6, without policies and name constraints). One with a
 * critical extension that is not understood here, such as name constraints, is not.
 */
export interface CertificateTrust {
  /**
   * @param usage what its key is to be used for
   * @throws SecurityError `token-not-trusted` or `token-expired`, saying which certificate and why
   */
  check(certificate: Certificate, now: Date, usage: readonly KeyUsageName[]): void;
}

export function certificateTrust(config: TrustConfig): CertificateTrust {
  const anchors = certificates(config.anchors);
  if (anchors.length === 0)
    throw new UsageError('invalid-option', 'anchors: at least one trusted certificate is needed.');
  const intermediates = certificates(config.intermediates ?? []);
  const lists = (config.revocationLists ?? []).map(readRevocationList);
  const maxPathLength = config.maxPathLength ?? 5;

  return {
    check(certificate, now, usage) {
      if (certificate.keyUsage !== undefined && !usage.some((name) => certificate.keyUsage?.has(name))) {
        refuse(certificate, `its key usage does not allow ${usage.join(' or ')}`);
      }
      checkValidity(certificate, now);
      let at = certificate;
      for (let depth = 0; ; depth++) {
        if (anchors.some((anchor) => anchor.fingerprint === at.fingerprint)) return;
        checkExtensions(at, certificate);
        if (depth > maxPathLength) refuse(certificate, `its path is longer than ${maxPathLength} (maxPathLength)`);
        const issuer = issuerOf(at, anchors, now) ?? issuerOf(at, intermediates, now);
        if (issuer === undefined) refuse(certificate, `no trusted certificate has issued "${one(at.x509.subject)}"`);
        checkValidity(issuer, now);
        if (!issuer.isAuthority) refuse(certificate, `"${one(issuer.x509.subject)}" is not a certificate authority`);
        if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('keyCertSign')) {
          refuse(certificate, `"${one(issuer.x509.subject)}" may not sign certificates`);
        }
        if (issuer.pathLength !== undefined && depth > issuer.pathLength) {
          refuse(certificate, `"${one(issuer.x509.subject)}" allows no authority below it`);
        }
        checkRevocation(at, issuer, lists, now);
        at = issuer;
      }
    },
  };
}

function certificates(source: TrustConfig['anchors']): readonly Certificate[] {
  if (typeof source === 'string') return readCertificates(source);
  return source.flatMap((item) => (typeof item === 'string' ? readCertificates(item) : [item]));
}

/** Of several with the same name and key (one that was prolonged, for instance) one that is valid now. */
function issuerOf(certificate: Certificate, candidates: readonly Certificate[], now: Date): Certificate | undefined {
  const issuers = candidates.filter(
    (candidate) => certificate.x509.checkIssued(candidate.x509) && certificate.x509.verify(candidate.publicKey),
  );
  return issuers.find(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter) ?? issuers[0];
}

const UNDERSTOOD: readonly string[] = [
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
  id_ce_certificatePolicies,
];

function checkExtensions(of: Certificate, certificate: Certificate): void {
  const unknown = of.criticalExtensions.find((id) => !UNDERSTOOD.includes(id));
  if (unknown !== undefined)
    refuse(certificate, `"${one(of.x509.subject)}" has the critical extension ${unknown}, which is not understood`);
}

function checkValidity(certificate: Certificate, now: Date): void {
  const subject = one(certificate.x509.subject);
  if (now < certificate.notBefore) {
    throw new SecurityError(
      'token-expired',
      `The certificate of "${subject}" is not valid before ${certificate.notBefore.toISOString()}.`,
    );
  }
  if (now > certificate.notAfter) {
    throw new SecurityError(
      'token-expired',
      `The certificate of "${subject}" expired on ${certificate.notAfter.toISOString()}.`,
    );
  }
}

interface RevocationList {
  readonly parsed: CertificateList;
  /** DER. */
  readonly issuerName: Buffer;
  readonly signed: Uint8Array;
  readonly serials: ReadonlySet<bigint>;
}

function readRevocationList(source: string | Uint8Array): RevocationList {
  try {
    const der =
      typeof source === 'string'
        ? Buffer.from(source.replace(/-----[^-]+-----/g, '').replace(/\s+/g, ''), 'base64')
        : Buffer.from(source);
    const parsed = AsnConvert.parse(der, CertificateList);
    const serials = (parsed.tbsCertList.revokedCertificates ?? []).map((entry) =>
      BigInt(`0x${Buffer.from(entry.userCertificate).toString('hex')}`),
    );
    return {
      parsed,
      issuerName: Buffer.from(AsnConvert.serialize(parsed.tbsCertList.issuer)),
      signed: new Uint8Array(parsed.tbsCertListRaw ?? AsnConvert.serialize(parsed.tbsCertList)),
      serials: new Set(serials),
    };
  } catch (cause) {
    throw new UsageError('invalid-option', 'revocationLists: one of them is not a readable X.509 revocation list.', {
      cause,
    });
  }
}

const CRL_SIGNATURE: Record<string, string> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
};

function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  now: Date,
): void {
  const named = lists.filter(({ issuerName }) => issuerName.equals(issuer.subjectName));
  const verified = named.filter(({ parsed, signed }) => signedBy(parsed, signed, issuer.publicKey));
  if (named.length > 0 && verified.length === 0) {
    refuse(certificate, 'the revocation list in the name of its issuer is not signed by it');
  }
  for (const { parsed, serials } of verified) {
    if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('cRLSign')) {
      refuse(certificate, `"${one(issuer.x509.subject)}" may not sign revocation lists`);
    }
    const next = parsed.tbsCertList.nextUpdate?.getTime();
    if (next !== undefined && next < now)
      refuse(certificate, `the revocation list of its issuer is out of date since ${next.toISOString()}`);
    if (serials.has(certificate.serialNumber)) refuse(certificate, 'it is revoked');
  }
}

function signedBy(list: CertificateList, signed: Uint8Array, key: KeyObject): boolean {
  const hash = CRL_SIGNATURE[list.signatureAlgorithm.algorithm];
  return hash !== undefined && verify(hash, signed, key, new Uint8Array(list.signature));
}

function refuse(certificate: Certificate, why: string): never {
  throw new SecurityError(
    'token-not-trusted',
    `The certificate of "${one(certificate.x509.subject)}" is not trusted: ${why}.`,
  );
}

/** A name on one line, for messages. */
function one(name: string): string {
  return name.replaceAll('\n', ', ');
}
