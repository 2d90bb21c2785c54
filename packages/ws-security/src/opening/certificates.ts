import { isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import type { TokenReference } from '../elements/security-token-reference.js';
import type { KeyLookup } from '../keys.js';
import { wsse } from '../namespaces.js';
import { unsupported } from '../refusal.js';
import type { Certificate } from '../x509/certificate.js';
import { namesCertificate } from '../x509/reference.js';
import type { HeaderTokens } from './header-tokens.js';

/** A certificate that a message names. Nothing is known of it yet but that it is one. */
export interface NamedCertificate {
  readonly certificate: Certificate;
  /** What came with it: to be tried as intermediate authorities, never to be trusted. */
  readonly path: readonly Certificate[];
  /** The token in the Security header that holds it; absent: the message only names it. */
  readonly carrier: XmlElement | undefined;
}

/** @throws SecurityError `token-unavailable` when nobody here has that certificate; `unsupported-token` */
export function certificateNamed(reference: TokenReference, tokens: HeaderTokens, keys: KeyLookup): NamedCertificate {
  if (reference.kind === 'direct') return certificateIn(tokens.named(reference.uri), tokens, keys);
  if (reference.kind === 'embedded') return certificateIn(reference.token, tokens, keys);
  const known = [...keys.certificates, ...keys.credentials.map(({ certificate }) => certificate)];
  const found = known.find((certificate) => namesCertificate(reference, certificate));
  if (found === undefined) {
    throw new SecurityError('token-unavailable', 'The certificate that the message refers to is not known here.');
  }
  return { certificate: found, path: [], carrier: undefined };
}

function certificateIn(token: XmlElement, tokens: HeaderTokens, { acceptX509v1 = false }: KeyLookup): NamedCertificate {
  if (!isNamed(token, wsse('BinarySecurityToken'))) {
    unsupported(`An asymmetric signature refers to a ${token.local}, not to an X.509 token.`);
  }
  const { certificate, path } = tokens.x509(token, acceptX509v1);
  return { certificate, path: path.slice(1), carrier: token };
}
