import { SecurityError, type XmlElement } from '@holdfast/soap';
import { readTokenReference, sctType, writeTokenReference } from '@holdfast/ws-security';
import type { SecurityContext } from './context.js';

/** The SecurityTokenReference that names a context outside its message: the Identifier, with ValueType (§8). */
export function contextReference(context: Pick<SecurityContext, 'version' | 'identifier' | 'instance'>): XmlElement {
  return writeTokenReference({
    kind: 'direct',
    uri: context.identifier,
    valueType: sctType(context.version),
    ...(context.instance === undefined ? {} : { instance: context.instance }),
  });
}

/** The Identifier that such a reference names; `undefined` when it is a reference to something else. */
export function referencedContext(reference: XmlElement): string | undefined {
  try {
    const read = readTokenReference(reference);
    if (read.kind !== 'direct' || read.uri.startsWith('#')) return undefined;
    const isContext =
      read.valueType === undefined || read.valueType === sctType('1.3') || read.valueType === sctType('2005');
    return isContext ? read.uri : undefined;
  } catch (error) {
    if (error instanceof SecurityError) return undefined;
    throw error;
  }
}
