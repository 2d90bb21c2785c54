import {
  attribute,
  child,
  elements,
  isNamed,
  SecurityError,
  text,
  withChildren,
  type XmlElement,
} from '@holdfast/soap';
import { digest, equalSecrets, verifyText } from '../algorithms/digest.js';
import { decodeBase64 } from '../base64.js';
import { CANONICALIZATION, canonicalize } from '../canonical/canonicalize.js';
import { ds, ec } from '../namespaces.js';
import type { Certificate } from '../x509/certificate.js';
import { childrenInOrder, malformed, one, plainText } from './shape.js';
import { allowedDigest, allowedSignature } from './signature-algorithms.js';

export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

/** The signature of an assertion's issuer, in the only form that SAML allows: enveloped, over the whole assertion. */
export interface IssuerSignature {
  readonly element: XmlElement;
  readonly signedInfo: XmlElement;
  readonly prefixes: readonly string[];
  readonly algorithm: string;
  readonly reference: {
    readonly prefixes: readonly string[];
    readonly digestAlgorithm: string;
    readonly digest: Buffer;
  };
  readonly value: Buffer;
  readonly keyInfo: XmlElement;
}

/**
 * Reads the signature that is a child of the assertion (SAML Core 2.0 §5.4, SAML Core 1.1 §5.4): one Reference, to this
 * very assertion, enveloped-signature and then exclusive canonicalization.
 * @returns `undefined` when the assertion has none
 * @throws SecurityError `security-header-invalid`, `algorithm-not-allowed`
 */
export function readIssuerSignature(assertion: XmlElement, id: string): IssuerSignature | undefined {
  const signature = child(assertion, ds('Signature'));
  if (signature === undefined) return undefined;
  const parts = childrenInOrder(signature, [one(ds('SignedInfo')), one(ds('SignatureValue')), one(ds('KeyInfo'))]);
  const signedInfo = required(parts.first(ds('SignedInfo')), 'SignedInfo');
  const info = childrenInOrder(signedInfo, [
    one(ds('CanonicalizationMethod')),
    one(ds('SignatureMethod')),
    one(ds('Reference')),
  ]);
  const method = required(info.first(ds('SignatureMethod')), 'SignatureMethod');
  if (elements(method).length > 0) notAllowed('its SignatureMethod has parameters');
  return {
    element: signature,
    signedInfo,
    prefixes: exclusivePrefixes(required(info.first(ds('CanonicalizationMethod')), 'CanonicalizationMethod')),
    algorithm: attribute(method, 'Algorithm') ?? malformed('its SignatureMethod names no Algorithm'),
    reference: readReference(required(info.first(ds('Reference')), 'Reference'), id),
    value: decodeBase64(text(required(parts.first(ds('SignatureValue')), 'SignatureValue')), 'A SignatureValue'),
    keyInfo: required(parts.first(ds('KeyInfo')), 'KeyInfo'),
  };
}

/**
 * Whether the certificate's key has signed this assertion as it stands.
 * @throws SecurityError `algorithm-not-allowed`, `digest-mismatch`, `signature-invalid`
 */
export function verifyIssuerSignature(
  assertion: XmlElement,
  signature: IssuerSignature,
  { publicKey }: Certificate,
  sha1: boolean,
): void {
  const algorithm = allowedSignature(signature.algorithm, sha1);
  const digestAlgorithm = allowedDigest(signature.reference.digestAlgorithm, sha1);
  const signed = canonicalize(signature.signedInfo, CANONICALIZATION.exclusive, signature.prefixes);
  if (!verifyText({ kind: 'asymmetric', publicKey, algorithm }, signed, signature.value)) {
    throw new SecurityError('signature-invalid', "The signature of a SAML assertion is not its issuer's.");
  }
  const content = withChildren(
    assertion,
    assertion.children.filter((node) => node !== signature.element),
  );
  const canonical = canonicalize(content, CANONICALIZATION.exclusive, signature.reference.prefixes);
  if (!equalSecrets(digest(digestAlgorithm, canonical), signature.reference.digest)) {
    throw new SecurityError('digest-mismatch', 'A SAML assertion is not as its issuer signed it.');
  }
}

function readReference(reference: XmlElement, id: string): IssuerSignature['reference'] {
  if (attribute(reference, 'URI') !== `#${id}`) malformed('its signature is about something else');
  const parts = childrenInOrder(reference, [one(ds('Transforms')), one(ds('DigestMethod')), one(ds('DigestValue'))]);
  const [enveloped, exclusive, ...others] = elements(required(parts.first(ds('Transforms')), 'Transforms'));
  if (
    !isNamed(enveloped, ds('Transform')) ||
    attribute(enveloped, 'Algorithm') !== ENVELOPED_SIGNATURE ||
    elements(enveloped).length > 0 ||
    !isNamed(exclusive, ds('Transform')) ||
    others.length > 0
  ) {
    notAllowed('its transforms are not enveloped-signature and exclusive canonicalization');
  }
  const method = required(parts.first(ds('DigestMethod')), 'DigestMethod');
  return {
    prefixes: exclusivePrefixes(exclusive),
    digestAlgorithm: attribute(method, 'Algorithm') ?? malformed('its DigestMethod names no Algorithm'),
    digest: decodeBase64(plainText(required(parts.first(ds('DigestValue')), 'DigestValue')), 'A DigestValue'),
  };
}

const MAX_PREFIXES = 100;

/** The PrefixList of a method or transform that must be exclusive canonicalization. */
function exclusivePrefixes(of: XmlElement): readonly string[] {
  if (attribute(of, 'Algorithm') !== CANONICALIZATION.exclusive) {
    notAllowed('it is not signed in the form of exclusive canonicalization');
  }
  const namespaces = childrenInOrder(of, [one(ec('InclusiveNamespaces'))]).first(ec('InclusiveNamespaces'));
  const list = namespaces && attribute(namespaces, 'PrefixList');
  const prefixes = list?.split(/\s+/).filter((prefix) => prefix !== '') ?? [];
  if (prefixes.length > MAX_PREFIXES) malformed('a PrefixList is too long');
  return prefixes;
}

function required(part: XmlElement | undefined, name: string): XmlElement {
  return part ?? malformed(`its Signature must have ${name}`);
}

function notAllowed(why: string): never {
  throw new SecurityError('algorithm-not-allowed', `A SAML assertion cannot be used: ${why}.`);
}
