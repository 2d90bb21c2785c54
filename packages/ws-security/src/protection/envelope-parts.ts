import {
  attribute,
  child,
  element,
  elements,
  type QualifiedName,
  SOAP_11,
  SOAP_12,
  UsageError,
  withAttribute,
  withChildren,
  type XmlElement,
} from '@holdfast/soap';
import { idOf } from '../ids.js';
import { WSU_ID, wsse } from '../namespaces.js';
import { roleName } from '../opening/shape.js';
import type { Making } from './making.js';

/** The parts of an envelope that is to be protected; each has an Id. */
export interface EnvelopeParts {
  readonly blocks: readonly XmlElement[];
  readonly body: XmlElement;
  /** The envelope of these parts, with a Security header that holds these elements. */
  assemble(security: readonly XmlElement[], blocks: readonly XmlElement[], body: XmlElement): XmlElement;
}

/** @throws UsageError when it is no envelope, has no Body, or has a Security header for that role already */
export function envelopeParts(envelope: XmlElement, { description: { role }, nextId }: Making): EnvelopeParts {
  const { namespace, prefix } = envelope;
  if (envelope.local !== 'Envelope' || (namespace !== SOAP_11 && namespace !== SOAP_12) || prefix === '') {
    throw new UsageError('invalid-argument', 'Only a SOAP envelope with a prefixed name can be protected.');
  }
  const soap = (local: string): QualifiedName => ({ prefix, namespace, local });
  const body = child(envelope, soap('Body'));
  if (body === undefined) throw new UsageError('invalid-argument', 'The envelope to be protected has no Body.');
  const header = child(envelope, soap('Header'));
  const blocks = header === undefined ? [] : elements(header);
  const stated = roleName(namespace);
  if (blocks.some((block) => isSecurity(block) && (attribute(block, stated) ?? '') === (role ?? ''))) {
    throw new UsageError('invalid-argument', 'The envelope to be protected has a Security header already.');
  }
  return {
    blocks: blocks.map((block) => withId(block, nextId)),
    body: withId(body, nextId),
    assemble(security, securedBlocks, securedBody) {
      const attributes = [
        [soap('mustUnderstand'), '1'],
        [{ prefix, ...stated }, role],
      ] as const;
      const secured = element(wsse('Security'), attributes, ...security);
      const header = element(soap('Header'), [], secured, ...securedBlocks);
      return withDeclarations(withChildren(envelope, [header, securedBody]), [secured, ...securedBlocks, securedBody]);
    },
  };
}

/**
 * What the Security header and the Ids need is declared once, on the Envelope: declared on every element it would be a
 * quarter of the markup, and of what its reader has to parse.
 */
function withDeclarations(envelope: XmlElement, parts: readonly XmlElement[]): XmlElement {
  const found = new Map<string, { readonly namespace: string; count: number }>();
  const note = ({ prefix, namespace }: QualifiedName): void => {
    const known = found.get(prefix);
    if (known === undefined) found.set(prefix, { namespace, count: 1 });
    else if (known.namespace === namespace) known.count++;
  };
  const walk = (of: XmlElement, depth: number): void => {
    note(of);
    for (const each of of.attributes) note(each);
    if (depth > 0) for (const part of elements(of)) walk(part, depth - 1);
  };
  for (const part of parts) walk(part, part.local === 'Security' ? SECURITY_DEPTH : 0);
  const own = new Set(['', 'xml', envelope.prefix, ...envelope.declarations.map(({ prefix }) => prefix)]);
  const declarations = [...found]
    .filter(([prefix, { count }]) => count > 1 && !own.has(prefix))
    .map(([prefix, { namespace }]) => ({ prefix, namespace }));
  return { ...envelope, declarations: [...envelope.declarations, ...declarations] };
}

/** The tokens, and what they hold. */
const SECURITY_DEPTH = 3;

function isSecurity(block: XmlElement): boolean {
  return block.local === 'Security' && block.namespace === wsse('').namespace;
}

function withId(of: XmlElement, nextId: () => string): XmlElement {
  return idOf(of) === undefined ? withAttribute(of, WSU_ID, nextId()) : of;
}
