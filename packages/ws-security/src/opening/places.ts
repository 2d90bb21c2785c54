import { isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import type { EncryptedType } from '../elements/encrypted-data.js';
import { wsse11 } from '../namespaces.js';
import { invalid } from '../refusal.js';
import type { WorkingTree } from './working-tree.js';

/** Where something encrypted stands, which says what it may be. */
export type EncryptedPlace = {
  /** The path from the root to what the plaintext takes the place of. */
  readonly path: readonly XmlElement[];
  /** The parent of that. */
  readonly parent: XmlElement;
} & (
  | {
      /** The whole content of the Body: by its type one element, or anything. */
      readonly kind: 'body';
      readonly type: EncryptedType;
    }
  /** A header block, in an EncryptedHeader (WSS 1.1 §9.3) or, as WSS 1.0 had it, bare. */
  | { readonly kind: 'block' }
  /** A signature or a token in the Security header. */
  | { readonly kind: 'security' }
);

/**
 * Nothing may be encrypted but whole parts of the message, each once: what was encrypted for another place, or in pieces,
 * is not decrypted.
 * @throws SecurityError `reference-not-resolved`, `part-not-encrypted`
 */
export function placeOf(
  element: XmlElement,
  type: EncryptedType,
  tree: WorkingTree,
  security: XmlElement,
): EncryptedPlace {
  const path = tree.pathTo(element, MAX_DEPTH);
  const parent = path?.[path.length - 2];
  if (path === undefined || parent === undefined) notAPart();
  const { namespace } = tree.root;
  if (path.length === 3 && isNamed(parent, { namespace, local: 'Body' })) {
    checkAlone(element, parent);
    return { kind: 'body', type, path, parent };
  }
  if (type === 'element') {
    if (path.length === 3 && isNamed(parent, { namespace, local: 'Header' })) return { kind: 'block', path, parent };
    if (path.length === 4 && parent === tree.current(security)) return { kind: 'security', path, parent };
    if (path.length === 4 && isNamed(parent, wsse11('EncryptedHeader'))) {
      checkAlone(element, parent);
      return { kind: 'block', path: path.slice(0, -1), parent: path[1] as XmlElement };
    }
  }
  return notAPart();
}

/** Envelope, Header, Security or EncryptedHeader, EncryptedData: nothing deeper is ever decrypted. */
const MAX_DEPTH = 4;

function checkAlone(element: XmlElement, parent: XmlElement): void {
  const alone = parent.children.every((node) => node === element || (typeof node === 'string' && node.trim() === ''));
  if (alone) return;
  if (isNamed(parent, wsse11('EncryptedHeader'))) invalid('An EncryptedHeader must hold exactly one EncryptedData.');
  throw new SecurityError('part-not-encrypted', 'The content of the Body did not come encrypted as a whole.');
}

function notAPart(): never {
  throw new SecurityError(
    'reference-not-resolved',
    'Something is encrypted that is neither the content of the Body, nor a header block, nor in the Security header.',
  );
}
