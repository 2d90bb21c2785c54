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
import { MAX_PATH_CERTIFICATES } from './certificate-path.js';

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
   * @param others certificates that came with it: they may stand between it and an anchor, and are never anchors
   * @throws SecurityError `token-not-trusted` or `token-expired`, saying which certificate and why
   */
  check(certificate: Certificate, now: Date, usage: readonly KeyUsageName[], others?: readonly Certificate[]): void;
}

/** Signatures of certificates that are checked for one decision: more than honest authorities ever need. */
const MAX_SIGNATURE_CHECKS = 40;

export function certificateTrust(config: TrustConfig): CertificateTrust {
  const anchors = certificates(config.anchors);
  if (anchors.length === 0)
    throw new UsageError('invalid-option', 'anchors: at least one trusted certificate is needed.');
  const intermediates = certificates(config.intermediates ?? []);
  const lists = (config.revocationLists ?? []).map(readRevocationList);
  const maxPathLength = config.maxPathLength ?? 5;
  const isAnchor = (certificate: Certificate): boolean =>
    anchors.some(({ fingerprint }) => fingerprint === certificate.fingerprint);

  return {
    check(certificate, now, usage, others = []) {
      if (certificate.keyUsage !== undefined && !usage.some((name) => certificate.keyUsage?.has(name))) {
        refuse(certificate, `its key usage does not allow ${usage.join(' or ')}`);
      }
      checkValidity(certificate, now);
      if (others.length > MAX_PATH_CERTIFICATES)
        refuse(certificate, `more than ${MAX_PATH_CERTIFICATES} certificates came with it`);
      const candidates = [...anchors, ...intermediates, ...others];
      let signatureChecks = 0;

      const issued = (at: Certificate, by: Certificate): boolean => {
        if (!at.x509.checkIssued(by.x509)) return false;
        if (++signatureChecks > MAX_SIGNATURE_CHECKS) {
          throw new TooMuchWork(refusal(certificate, 'too many certificates have the name of its issuer'));
        }
        return isReasonable(by.publicKey) && at.x509.verify(by.publicKey);
      };

      /** @param below the certificates between the end entity's and this one, which is not among them */
      const walk = (at: Certificate, below: readonly Certificate[]): void => {
        if (isAnchor(at)) return;
        checkExtensions(at, certificate);
        if (below.length > maxPathLength)
          refuse(certificate, `its path is longer than ${maxPathLength} (maxPathLength)`);
        if (BROKEN.has(at.signatureAlgorithm))
          refuse(certificate, `"${one(at.x509.subject)}" is signed with a broken algorithm`);
        const path = [...below, at];
        let first: unknown;
        for (const issuer of validFirst(candidates, now)) {
          if (path.some(({ fingerprint }) => fingerprint === issuer.fingerprint) || !issued(at, issuer)) continue;
          try {
            checkIssuer(issuer, certificate, below.length, now);
            checkRevocation(at, issuer, lists, now);
            walk(issuer, path);
            return;
          } catch (error) {
            if (error instanceof TooMuchWork) throw error;
            // One authority may have several certificates for one key: another may still lead to an anchor.
            first ??= error;
          }
        }
        throw first ?? refusal(certificate, `no trusted certificate has issued "${one(at.x509.subject)}"`);
      };
      try {
        walk(certificate, []);
      } catch (error) {
        throw error instanceof TooMuchWork ? error.refusal : error;
      }
    },
  };
}

/** Ends the search for a path, whatever is still to be tried. */
class TooMuchWork extends Error {
  readonly refusal: SecurityError;
  constructor(refusal: SecurityError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function certificates(source: TrustConfig['anchors']): readonly Certificate[] {
  if (typeof source === 'string') return readCertificates(source);
  return source.flatMap((item) => (typeof item === 'string' ? readCertificates(item) : [item]));
}

function validFirst(candidates: readonly Certificate[], now: Date): readonly Certificate[] {
  const valid = ({ notBefore, notAfter }: Certificate): boolean => notBefore <= now && now <= notAfter;
  return [...candidates.filter(valid), ...candidates.filter((candidate) => !valid(candidate))];
}

/** Signatures by MD2 and MD5, which anybody can make fit another certificate. */
const BROKEN: ReadonlySet<string> = new Set(['1.2.840.113549.1.1.2', '1.2.840.113549.1.1.4']);

/** A key of a stranger's choice must not make one check of a signature take long. */
function isReasonable({ asymmetricKeyDetails: details }: KeyObject): boolean {
  return (details?.modulusLength ?? 0) <= 8_192 && (details?.publicExponent ?? 0n) < 1n << 64n;
}

function checkIssuer(issuer: Certificate, certificate: Certificate, below: number, now: Date): void {
  checkValidity(issuer, now);
  if (!issuer.isAuthority) refuse(certificate, `"${one(issuer.x509.subject)}" is not a certificate authority`);
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('keyCertSign')) {
    refuse(certificate, `"${one(issuer.x509.subject)}" may not sign certificates`);
  }
  if (issuer.pathLength !== undefined && below > issuer.pathLength) {
    refuse(certificate, `"${one(issuer.x509.subject)}" allows no authority below it`);
  }
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
  throw refusal(certificate, why);
}

function refusal(certificate: Certificate, why: string): SecurityError {
  return new SecurityError(
    'token-not-trusted',
    `The certificate of "${one(certificate.x509.subject)}" is not trusted: ${why}.`,
  );
}

/** A name on one line, for messages. */
function one(name: string): string {
  return name.replaceAll('\n', ', ');
}
