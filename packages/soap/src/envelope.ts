import type { Addressing } from './addressing.js';
import { writeAddressing } from './addressing-headers.js';
import { InvalidMessageError } from './errors.js';
import type { Envelope, ReadEnvelope, SoapVersion } from './message.js';
import { WSA } from './namespaces.js';
import { versionMismatchFault } from './soap-faults.js';
import { soapNames, soapNamespace, versionOfNamespace } from './soap-version.js';
import { detachedNodes } from './xml/detach.js';
import { element, isElement, isNamed, type XmlDocument, type XmlElement } from './xml/tree.js';

/**
 * Reads a SOAP 1.1 or 1.2 envelope (SOAP 1.2 Part 1 §5, SOAP 1.1 §4). `headers` has every header block, those of
 * WS-Addressing too; all parts are the very elements of the document.
 * @throws InvalidMessageError `not-an-envelope` for another structure, `version-mismatch` for another SOAP
 */
export function readEnvelope(document: XmlDocument | XmlElement): ReadEnvelope {
  const root = 'root' in document ? document.root : document;
  if (root.local !== 'Envelope') {
    throw new InvalidMessageError('not-an-envelope', `The document is a "${root.local}", not a SOAP Envelope.`);
  }
  const version = versionOfNamespace(root.namespace);
  if (version === undefined) {
    throw new InvalidMessageError(
      'version-mismatch',
      `The Envelope is of the namespace "${root.namespace}"; SOAP 1.1 and SOAP 1.2 are understood.`,
      { fault: versionMismatchFault },
    );
  }
  const { header, body } = partsOf(root, version);
  return {
    version,
    headers: header === undefined ? [] : headerBlocks(header),
    body: body.children,
    root,
    bodyElement: body,
  };
}

/**
 * Writes an envelope as a tree whose root is the Envelope element. Header blocks: those of WS-Addressing first, then
 * the envelope's own.
 */
export function writeEnvelope(
  envelope: Envelope,
  { addressing }: { readonly addressing?: Addressing } = {},
): XmlElement {
  const s = soapNames(envelope.version);
  const blocks = addressing === undefined ? [] : writeAddressing(addressing, envelope.version);
  const header = element(s('Header'), [], ...blocks, ...detachedNodes(envelope.headers));
  const body = element(s('Body'), [], ...detachedNodes(envelope.body));
  const root =
    header.children.length === 0 ? element(s('Envelope'), [], body) : element(s('Envelope'), [], header, body);
  const declarations = [{ prefix: 's', namespace: soapNamespace(envelope.version) }];
  if (blocks.length > 0) declarations.push({ prefix: 'wsa', namespace: WSA });
  return { ...root, declarations };
}

function partsOf(root: XmlElement, version: SoapVersion): { readonly header?: XmlElement; readonly body: XmlElement } {
  const s = soapNames(version);
  let header: XmlElement | undefined;
  let body: XmlElement | undefined;
  for (const node of root.children) {
    if (typeof node === 'string') {
      if (node.trim() !== '') refuse('The Envelope has text beside its Header and Body.');
    } else if (isElement(node)) {
      if (body !== undefined) {
        // SOAP 1.1 §4.1.1 lets elements of other namespaces follow; nobody reads them.
        if (version === '1.2' || node.namespace === '' || node.namespace === root.namespace) {
          refuse(`The Envelope has a "${node.local}" after its Body.`);
        }
      } else if (isNamed(node, s('Body'))) {
        body = node;
      } else if (isNamed(node, s('Header')) && header === undefined) {
        header = node;
      } else {
        refuse(`The Envelope has a "${node.local}" where an optional Header and one Body are expected.`);
      }
    }
  }
  if (body === undefined) refuse('The Envelope has no Body.');
  return header === undefined ? { body } : { header, body };
}

function headerBlocks(header: XmlElement): readonly XmlElement[] {
  const blocks: XmlElement[] = [];
  for (const node of header.children) {
    if (typeof node === 'string') {
      if (node.trim() !== '') refuse('The Header has text beside its header blocks.');
    } else if (isElement(node)) {
      if (node.namespace === '') refuse(`The header block "${node.local}" is in no namespace.`);
      blocks.push(node);
    }
  }
  return blocks;
}

function refuse(message: string): never {
  throw new InvalidMessageError('not-an-envelope', message);
}
