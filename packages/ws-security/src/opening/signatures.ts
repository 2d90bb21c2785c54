import { elements, isNamed, type ProvenToken, SecurityError, type TextSink, type XmlElement } from '@holdfast/soap';
import { digest, digestOf, equalSecrets, verifyText } from '../algorithms/digest.js';
import type { AlgorithmSuite, DigestAlgorithm } from '../algorithms/suites.js';
import {
  type CanonicalizationAlgorithm,
  canonicalize,
  canonicalizeTo,
  isInclusive,
} from '../canonical/canonicalize.js';
import { isAssertionId, readTokenReference } from '../elements/security-token-reference.js';
import { readSignature, type SignatureReference } from '../elements/signature.js';
import type { KeyLookup } from '../keys.js';
import { STR_TRANSFORM, wsse, xenc } from '../namespaces.js';
import { invalid, notAllowed } from '../refusal.js';
import type { Certificate } from '../x509/certificate.js';
import { certificateNamed } from './certificates.js';
import { dereferenced } from './dereferenced.js';
import type { HeaderTokens } from './header-tokens.js';
import type { MessageKeys } from './message-keys.js';
import type { Shape } from './shape.js';
import type { WorkingTree } from './working-tree.js';

/** A part of the message that a signature covers. */
export interface Covered {
  /** As it was when the signature was verified; absent: a token that the message only names, see `certificate`. */
  readonly element: XmlElement | undefined;
  /** The certificate that STR-Transform found by a reference to a token outside of the message. */
  readonly certificate: Certificate | undefined;
  readonly transforms: readonly string[];
  /** PrefixList of the canonicalization, when it is exclusive; absent: everything in scope was signed. */
  readonly prefixes: readonly string[] | undefined;
}

/** A signature that verified. */
export interface VerifiedSignature {
  /** The ds:Signature. */
  readonly element: XmlElement;
  readonly token: ProvenToken;
  /** Whether anybody but the token's holder and us has the key: a private key, not a shared one. */
  readonly asymmetric: boolean;
  /** Whether its key was derived from the token's. */
  readonly derived: boolean;
  /** The signer's, when it signed with one. */
  readonly certificate: Certificate | undefined;
  /** The element of the Security header that stands for the token; absent: the message does not hold it. */
  readonly carrier: XmlElement | undefined;
  readonly algorithm: string;
  readonly covered: readonly Covered[];
  readonly value: Buffer;
  /** Whether the Signature element itself came encrypted. */
  readonly encrypted: boolean;
  /** Whether something that it covers was still encrypted when it was verified. */
  readonly overCiphertext: boolean;
}

/** What a message is made of while its signatures are verified. */
export interface Surroundings {
  readonly tree: WorkingTree;
  /** The envelope as it is now. */
  readonly shape: Shape;
  readonly tokens: HeaderTokens;
  readonly suite: AlgorithmSuite;
  readonly messageKeys: MessageKeys;
  readonly keys: KeyLookup;
}

/** References to tokens, of which several may lead to one: more than any message has tokens. */
const MAX_DEREFERENCED = 8;

/** @throws SecurityError for anything that does not hold */
export function verifySignature(element: XmlElement, encrypted: boolean, around: Surroundings): VerifiedSignature {
  const { suite, messageKeys } = around;
  const signature = readSignature(element);
  if (signature.references.filter(({ dereferences }) => dereferences).length > MAX_DEREFERENCED) {
    invalid('A signature covers too many tokens by reference.');
  }
  const method = allowed(suite.canonicalization, signature.canonicalization, 'canonicalization');
  const party = messageKeys.signingParty(signature.keyReference, signature.algorithm);
  const octets = canonicalize(signature.signedInfo, method, signature.prefixes);
  if (!verifyText(party.key, octets, signature.value)) {
    throw new SecurityError('signature-invalid', `The signature by ${party.token.kind} does not verify.`);
  }
  const covered = signature.references.map((reference) => verifyReference(reference, signature.keyReference, around));
  const { token, derived, certificate, carrier } = party;
  return {
    element,
    token,
    asymmetric: party.key.kind === 'asymmetric',
    derived,
    certificate,
    carrier,
    algorithm: signature.algorithm,
    covered,
    value: signature.value,
    encrypted,
    // Only of interest where anybody could have made the signature; it takes a walk through everything signed.
    overCiphertext:
      party.key.kind === 'asymmetric' &&
      covered.some((part) => part.element !== undefined && holdsCiphertext(part.element)),
  };
}

function verifyReference(reference: SignatureReference, keyReference: XmlElement, around: Surroundings): Covered {
  const { suite } = around;
  const transform = allowed(suite.canonicalization, reference.transform, 'transform');
  const algorithm = allowed(suite.digest, reference.digestAlgorithm, 'digest');
  const target = targetOf(reference, keyReference, around);
  const canonicalForm = (of: XmlElement) => (sink: TextSink) => canonicalizeTo(sink, of, transform, reference.prefixes);
  const found = reference.dereferences
    ? throughReference(target, algorithm, transform, reference.prefixes, around)
    : { element: target, certificate: undefined, digest: digestOf(algorithm, canonicalForm(target)) };
  if (!equalSecrets(found.digest, reference.digest)) {
    throw new SecurityError('digest-mismatch', `The signed ${target.local} was changed on the way.`);
  }
  return {
    element: found.element,
    certificate: found.certificate,
    transforms: reference.dereferences ? [STR_TRANSFORM, transform] : [transform],
    prefixes: isInclusive(transform) ? undefined : reference.prefixes,
  };
}

/**
 * What may be signed: the Body, a header block, an element of this Security header, each as a whole (WS-SecurityPolicy
 * OnlySignEntireHeadersAndBody), and the reference to the signature's own token. An element with the Id anywhere else is
 * there to be taken for one of them.
 */
function targetOf({ id }: SignatureReference, keyReference: XmlElement, around: Surroundings): XmlElement {
  const { tree, shape, tokens } = around;
  const target = tree.byId(id) ?? tokens.assertion(id);
  if (target === undefined) {
    throw new SecurityError('reference-not-resolved', 'A signature refers to an element that is not in the message.');
  }
  const isPart =
    target === shape.body ||
    (target !== shape.security && shape.blocks.includes(target)) ||
    target === keyReference ||
    tokens.all.includes(target);
  if (!isPart) {
    throw new SecurityError(
      'reference-not-resolved',
      `A signature refers to a ${target.local} that is neither the Body, nor a header block, nor a token.`,
    );
  }
  return target;
}

/** STR-Transform (WSS 1.1 §8.3): the token in the place of the reference to it. */
function throughReference(
  target: XmlElement,
  algorithm: DigestAlgorithm,
  transform: CanonicalizationAlgorithm,
  prefixes: readonly string[],
  { tokens, keys }: Surroundings,
): {
  readonly element: XmlElement | undefined;
  readonly certificate: Certificate | undefined;
  readonly digest: Buffer;
} {
  if (!isNamed(target, wsse('SecurityTokenReference')))
    notAllowed('transform of something else than a token', STR_TRANSFORM);
  const reference = readTokenReference(target);
  const inMessage =
    reference.kind === 'embedded'
      ? reference.token
      : reference.kind === 'direct'
        ? tokens.named(reference.uri)
        : reference.kind === 'key-identifier' && isAssertionId(reference.valueType)
          ? tokens.assertion(reference.value.toString('utf8'))
          : undefined;
  if (inMessage !== undefined) {
    return {
      element: inMessage,
      certificate: undefined,
      digest: digest(algorithm, dereferenced(inMessage, transform, prefixes)),
    };
  }
  const { certificate } = certificateNamed(reference, tokens, keys);
  return { element: undefined, certificate, digest: digest(algorithm, dereferenced(certificate, transform, prefixes)) };
}

function allowed<T extends string>(list: readonly T[], algorithm: string, what: string): T {
  return list.find((candidate) => candidate === algorithm) ?? notAllowed(what, algorithm);
}

function holdsCiphertext(part: XmlElement): boolean {
  return isNamed(part, xenc('EncryptedData')) || elements(part).some(holdsCiphertext);
}
