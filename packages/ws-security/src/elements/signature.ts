import { isDeepStrictEqual } from 'node:util';
import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isNamed,
  SecurityError,
  type XmlElement,
} from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import type { CanonicalizationAlgorithm } from '../canonical/canonicalize.js';
import { ds, ec, STR_TRANSFORM, wsse } from '../namespaces.js';
import { onlyChildren, simpleContent } from '../simple-content.js';

/** One ds:Reference: the digest of an element of the message. */
export interface SignatureReference {
  readonly id: string;
  /** STR-Transform: the element is a SecurityTokenReference, and the digest is that of the token that it names. */
  readonly dereferences: boolean;
  /** The identifier of the canonicalization. */
  readonly transform: string;
  /** PrefixList of exclusive canonicalization. */
  readonly prefixes: readonly string[];
  readonly digestAlgorithm: string;
  readonly digest: Buffer;
}

/** ds:Signature as it stands in a Security header. */
export interface Signature {
  readonly signedInfo: XmlElement;
  readonly canonicalization: string;
  readonly prefixes: readonly string[];
  readonly algorithm: string;
  readonly references: readonly SignatureReference[];
  readonly value: Buffer;
  /** The wsse:SecurityTokenReference of KeyInfo. */
  readonly keyReference: XmlElement;
}

export function writeSignedInfo(
  algorithm: string,
  references: readonly Pick<SignatureReference, 'id' | 'dereferences' | 'digestAlgorithm' | 'digest'>[],
  c14n: CanonicalizationAlgorithm,
): XmlElement {
  return element(
    ds('SignedInfo'),
    [],
    element(ds('CanonicalizationMethod'), [['Algorithm', c14n]]),
    element(ds('SignatureMethod'), [['Algorithm', algorithm]]),
    ...references.map((reference) =>
      element(
        ds('Reference'),
        [['URI', `#${reference.id}`]],
        element(ds('Transforms'), [], reference.dereferences ? dereferencing(c14n) : transform(c14n)),
        element(ds('DigestMethod'), [['Algorithm', reference.digestAlgorithm]]),
        element(ds('DigestValue'), [], reference.digest.toString('base64')),
      ),
    ),
  );
}

function transform(algorithm: string): XmlElement {
  return element(ds('Transform'), [['Algorithm', algorithm]]);
}

function dereferencing(c14n: string): XmlElement {
  return element(
    ds('Transform'),
    [['Algorithm', STR_TRANSFORM]],
    element(wsse('TransformationParameters'), [], element(ds('CanonicalizationMethod'), [['Algorithm', c14n]])),
  );
}

export function writeSignature(
  id: string,
  signedInfo: XmlElement,
  value: Buffer,
  keyReference: XmlElement,
): XmlElement {
  return element(
    ds('Signature'),
    [['Id', id]],
    signedInfo,
    element(ds('SignatureValue'), [], value.toString('base64')),
    element(ds('KeyInfo'), [], keyReference),
  );
}

/** More references than any message of ours or of a peer has. */
const MAX_REFERENCES = 64;

/**
 * Reads a signature in the only form that a SOAP message may have: detached, over whole elements by Id, one
 * canonicalization, or an STR-Transform, and nothing else (BSP R5412, R5423; WS-SecurityPolicy
 * OnlySignEntireHeadersAndBody).
 * @throws SecurityError `security-header-invalid`, `algorithm-not-allowed`
 */
export function readSignature(signature: XmlElement): Signature {
  // A ds:Object is read by nobody here, and could hold what somebody else reads.
  onlyChildren(signature, {
    signedInfo: ds('SignedInfo'),
    value: ds('SignatureValue'),
    keyInfo: ds('KeyInfo'),
  });
  const signedInfo = single(signature, 'SignedInfo');
  const canonicalization = single(signedInfo, 'CanonicalizationMethod');
  const method = single(signedInfo, 'SignatureMethod');
  if (elements(method).length > 0) {
    throw new SecurityError(
      'algorithm-not-allowed',
      'A SignatureMethod has parameters (a truncated HMAC, for instance).',
    );
  }
  const references = childrenNamed(signedInfo, ds('Reference'));
  if (references.length === 0) invalid('it signs nothing');
  if (references.length > MAX_REFERENCES) invalid(`it has more than ${MAX_REFERENCES} references`);
  if (elements(signedInfo).length !== references.length + 2) invalid('SignedInfo holds something unknown');
  const keyInfo = single(signature, 'KeyInfo');
  const [keyReference, ...others] = elements(keyInfo);
  if (keyReference === undefined || others.length > 0) invalid('KeyInfo must hold exactly one reference to a token');
  return {
    signedInfo,
    canonicalization: algorithmOf(canonicalization),
    prefixes: prefixList(canonicalization),
    algorithm: algorithmOf(method),
    references: distinct(references.map(readReference)),
    value: decodeBase64(simpleContent(single(signature, 'SignatureValue')), 'A SignatureValue'),
    keyReference,
  };
}

/**
 * Metro signs header blocks twice, in the same words: the second time says nothing new. Said in other words it is refused:
 * whoever may sign could have one large part digested again and again.
 */
function distinct(references: readonly SignatureReference[]): readonly SignatureReference[] {
  const known = new Map<string, SignatureReference>();
  for (const reference of references) {
    const before = known.get(reference.id);
    if (before !== undefined && !isDeepStrictEqual(before, reference)) invalid('it signs something twice');
    known.set(reference.id, reference);
  }
  return [...known.values()];
}

function readReference(reference: XmlElement): SignatureReference {
  const uri = attribute(reference, 'URI');
  if (uri === undefined || !uri.startsWith('#') || uri.length < 2 || uri.startsWith('#xpointer')) {
    invalid('a Reference does not name an element of the message by its Id');
  }
  onlyChildren(reference, {
    transforms: ds('Transforms'),
    method: ds('DigestMethod'),
    value: ds('DigestValue'),
  });
  const transforms = elements(single(reference, 'Transforms'));
  const [transform, ...others] = transforms;
  if (transform === undefined || others.length > 0 || !isNamed(transform, ds('Transform'))) {
    throw new SecurityError(
      'algorithm-not-allowed',
      'A Reference must have exactly one transform, a canonicalization or an STR-Transform.',
    );
  }
  const dereferences = algorithmOf(transform) === STR_TRANSFORM;
  const method = dereferences ? single(parameters(transform), 'CanonicalizationMethod') : transform;
  return {
    id: uri.slice(1),
    dereferences,
    transform: algorithmOf(method),
    prefixes: prefixList(method),
    digestAlgorithm: algorithmOf(bare(single(reference, 'DigestMethod'))),
    digest: decodeBase64(simpleContent(single(reference, 'DigestValue')), 'A DigestValue'),
  };
}

/** STR-Transform says how the token is canonicalized (BSP R3065). */
function parameters(transform: XmlElement): XmlElement {
  const [only, ...others] = elements(transform);
  if (!isNamed(only, wsse('TransformationParameters')) || others.length > 0 || elements(only).length !== 1) {
    invalid('an STR-Transform must state its canonicalization, and nothing else');
  }
  return only;
}

function prefixList(of: XmlElement): readonly string[] {
  const list = child(of, ec('InclusiveNamespaces'));
  if (elements(of).length !== (list === undefined ? 0 : 1)) invalid(`${of.local} has unknown parameters`);
  const prefixes = (list && attribute(list, 'PrefixList'))?.split(/\s+/).filter((prefix) => prefix !== '') ?? [];
  if (prefixes.length > 100) invalid('a PrefixList is too long');
  return prefixes;
}

/** Without children, which would have to be canonicalized before anything is known of who wrote them. */
function bare(of: XmlElement): XmlElement {
  onlyChildren(of, {});
  return of;
}

function algorithmOf(of: XmlElement): string {
  const algorithm = attribute(of, 'Algorithm');
  if (algorithm === undefined) invalid(`${of.local} names no Algorithm`);
  return algorithm;
}

function single(parent: XmlElement, local: string): XmlElement {
  const found = childrenNamed(parent, ds(local));
  const [only] = found;
  if (only === undefined || found.length > 1) invalid(`${parent.local} must have exactly one ${local}`);
  return only;
}

function invalid(why: string): never {
  throw new SecurityError('security-header-invalid', `A Signature cannot be used: ${why}.`);
}
