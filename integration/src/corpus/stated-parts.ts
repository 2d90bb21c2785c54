import { elements, parse, type XmlElement } from '@holdfast/soap';
import { canonicalize, type Unprotected } from '@holdfast/ws-security';
import type { Entry, Part, ValidEntry } from './manifest.js';

/** What an opened message lacks of what its entry states; absent: nothing. */
export function lacking(entry: ValidEntry, opened: Unprotected): string | undefined {
  const { root } = opened.envelope;
  const { encrypted = [], signed = [] } = entry;
  for (const part of signed) {
    const found = part.path === 'EncryptedHeader' ? encryptedBlocks(root, encrypted) : at(root, part);
    // A token that the message only names was signed by way of STR-Transform: the certificate is what is left of it.
    const isNamedOnly = !part.path.includes('/') && found.length === 0 && opened.certificate !== undefined;
    if (isNamedOnly) continue;
    if (found.length === 0) return `${part.path} is not there`;
    // Of several tokens of one kind the signer's may be the only one that is signed.
    const isSigned = (each: XmlElement): boolean => opened.proof.signers(each).length > 0;
    const holds = part.path.includes('/Security/') ? found.some(isSigned) : found.every(isSigned);
    if (!holds) return `${part.path} is not proven to be signed`;
  }
  for (const part of encrypted) {
    const found = at(root, part);
    if (found.length === 0) return `${part.path} is not there`;
    if (!found.some((each) => opened.proof.encrypters(each).length > 0)) {
      return `${part.path} is not proven to have come encrypted`;
    }
  }
  if (entry.plaintext === undefined) return undefined;
  const before = bodyOf(parse(entry.plaintext).root);
  return before !== undefined && contentOf(before) === contentOf(opened.envelope.bodyElement)
    ? undefined
    : 'the content of the Body is not what was sent';
}

/**
 * What an opened message lacks of what its policy names: wherever such a part can stand, it must be there and be proven. A
 * name that ends in `?` need not be there.
 */
export function missing({ requireSigned = [], requireEncrypted = [] }: Entry, opened: Unprotected): string | undefined {
  const { root } = opened.envelope;
  const outer = elements(root).flatMap((each) => [each, ...elements(each)]);
  const all = [...outer, ...outer.filter(({ local }) => local === 'Security').flatMap(elements)];
  const found = (name: string): readonly XmlElement[] =>
    all.filter(({ namespace, local }) => `{${namespace}}${local}` === name.replace(/\?.*$/, ''));
  const isAbsent = (name: string): boolean => !name.includes('?') && found(name).length === 0;
  const absent = [...requireSigned, ...requireEncrypted].find(isAbsent);
  if (absent !== undefined) return `${absent} must be there`;
  const unsigned = requireSigned.find((name) => found(name).some((each) => opened.proof.signers(each).length === 0));
  if (unsigned !== undefined) return `${unsigned} must be signed`;
  const clear = requireEncrypted.find((name) => found(name).some((each) => opened.proof.encrypters(each).length === 0));
  return clear === undefined ? undefined : `${clear} must be encrypted`;
}

/** An EncryptedHeader is gone once it is decrypted: its block stands in its place. */
function encryptedBlocks(root: XmlElement, encrypted: readonly Part[]): readonly XmlElement[] {
  return encrypted.filter(({ path }) => /^Envelope\/Header\/[^/]+$/.test(path)).flatMap((part) => at(root, part));
}

function at(root: XmlElement, { name, path }: Part): readonly XmlElement[] {
  const [first, ...steps] = path.split('/');
  let found: readonly XmlElement[] = first === root.local ? [root] : [];
  for (const step of steps) found = found.flatMap((each) => elements(each).filter(({ local }) => local === step));
  return found.filter(({ namespace, local }) => `{${namespace}}${local}` === name);
}

function bodyOf(root: XmlElement): XmlElement | undefined {
  return elements(root).find(({ local }) => local === 'Body');
}

/** What an application sees in an element, whatever is declared around it. */
function contentOf(of: XmlElement): string {
  return of.children
    .map((node) => (typeof node === 'string' ? node : node.kind === 'element' ? canonicalize(node) : ''))
    .join('');
}
