import { attribute, type XmlElement, xml } from '@holdfast/soap';
import { DS, WSU_ID, XENC } from './namespaces.js';

/**
 * The attributes that a message refers to an element by: wsu:Id or xml:id, and the Id of the elements of XML Signature and
 * XML Encryption (WSS 1.1 §4). An Id of an application's own is none.
 */
export function idsOf(element: XmlElement): readonly string[] {
  const own = element.namespace === DS || element.namespace === XENC ? attribute(element, 'Id') : undefined;
  return [attribute(element, WSU_ID), attribute(element, xml('id')), own].filter((id) => id !== undefined);
}

/** The one that is written: an element has wsu:Id or xml:id, never both (WSS 1.1 §4.1). */
export function idOf(element: XmlElement): string | undefined {
  return idsOf(element)[0];
}
