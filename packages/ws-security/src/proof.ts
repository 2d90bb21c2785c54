import type { Proof, ProvenToken, XmlElement } from '@holdfast/soap';
import type { Opened } from './opening/opening.js';
import type { VerifiedSignature } from './opening/signatures.js';

/** A signature that covers an element. */
export interface SignedBy {
  readonly token: ProvenToken;
  /** The signature algorithm. */
  readonly algorithm: string;
  /** The transforms between the element and its digest, in order. */
  readonly transforms: readonly string[];
  /** Whether the signature is the message's own, or endorses it. */
  readonly endorsing: boolean;
}

/** What is proven about a message that was opened just now. */
export interface SecurityProof extends Proof {
  /** The signatures that cover the whole element. Empty: none. */
  signatures(element: XmlElement): readonly SignedBy[];
}

/** @param tokens every token that proved itself, the message's own first */
export function proofOf(
  { tree, signatures, decrypted }: Opened,
  message: VerifiedSignature | undefined,
  tokens: readonly ProvenToken[],
): SecurityProof {
  const signed = new Map<XmlElement, SignedBy[]>();
  for (const signature of signatures) {
    for (const { element, transforms } of signature.covered) {
      if (element === undefined) continue;
      const { token, algorithm } = signature;
      add(signed, tree.current(element), { token, algorithm, transforms, endorsing: signature !== message });
    }
  }
  const encrypted = new Map<XmlElement, ProvenToken[]>();
  for (const { token, element } of decrypted) add(encrypted, tree.current(element), token);
  const signaturesOf = answers(signed);
  const encryptersOf = answers(encrypted);
  return {
    signatures: signaturesOf,
    signers: (element) => distinct(signaturesOf(element).map(({ token }) => token)),
    encrypters: (element) => distinct(encryptersOf(element)),
    tokens,
  };
}

function add<T>(to: Map<XmlElement, T[]>, element: XmlElement, value: T): void {
  const values = to.get(element);
  if (values === undefined) to.set(element, [value]);
  else values.push(value);
}

/** What holds for an element holds for everything in it. */
function answers<T>(known: ReadonlyMap<XmlElement, readonly T[]>): (element: XmlElement) => readonly T[] {
  return (element) => {
    const direct = known.get(element);
    if (direct !== undefined) return direct;
    for (const [outer, values] of known) if (contains(outer, element)) return values;
    return [];
  };
}

function contains(outer: XmlElement, inner: XmlElement): boolean {
  return outer.children.some(
    (node) => typeof node === 'object' && node.kind === 'element' && (node === inner || contains(node, inner)),
  );
}

function distinct(tokens: readonly ProvenToken[]): readonly ProvenToken[] {
  return tokens.filter(
    (token, index) => tokens.findIndex(({ kind, id }) => kind === token.kind && id === token.id) === index,
  );
}
