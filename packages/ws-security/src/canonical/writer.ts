import { escapeAttribute, escapeText, type XmlAttribute, type XmlElement, type XmlNode } from '@holdfast/soap';
import { compareAttributes, compareCodePoints } from './order.js';

/** Decides which namespace nodes an element gets in the output; the rest of Canonical XML is the same for all methods. */
export interface NamespaceAxis {
  /** Pairs of prefix and namespace to be rendered on this element, in any order. `apex`: it is the first one written. */
  rendered(element: XmlElement, apex: boolean): readonly (readonly [string, string])[];
  /** Called after the element is written. */
  leave(): void;
}

/** Writes an element and what is in it (Canonical XML §2.3). */
export function writeCanonical(
  apex: XmlElement,
  axis: NamespaceAxis,
  comments: boolean,
  inherited: readonly XmlAttribute[],
): string {
  const node = (at: XmlNode): string => {
    if (typeof at === 'string') return escapeText(at);
    if (at.kind === 'comment') return comments ? `<!--${at.text.replaceAll('\r', '&#xD;')}-->` : '';
    return element(at, false);
  };
  const element = (at: XmlElement, isApex: boolean): string => {
    const name = at.prefix === '' ? at.local : `${at.prefix}:${at.local}`;
    let result = `<${name}`;
    const namespaces = axis.rendered(at, isApex);
    if (namespaces.length > 0) result += namespaceNodes(namespaces);
    const attributes = isApex && inherited.length > 0 ? [...at.attributes, ...inherited] : at.attributes;
    if (attributes.length > 0) result += attributeNodes(attributes);
    result += '>';
    for (const child of at.children) result += node(child);
    axis.leave();
    return `${result}</${name}>`;
  };
  return element(apex, true);
}

function namespaceNodes(namespaces: readonly (readonly [string, string])[]): string {
  const sorted = namespaces.length === 1 ? namespaces : [...namespaces].sort((a, b) => compareCodePoints(a[0], b[0]));
  let result = '';
  for (const [prefix, namespace] of sorted) {
    result +=
      prefix === '' ? ` xmlns="${escapeAttribute(namespace)}"` : ` xmlns:${prefix}="${escapeAttribute(namespace)}"`;
  }
  return result;
}

function attributeNodes(attributes: readonly XmlAttribute[]): string {
  const sorted = attributes.length === 1 ? attributes : [...attributes].sort(compareAttributes);
  let result = '';
  for (const { prefix, local, value } of sorted) {
    result += ` ${prefix === '' ? local : `${prefix}:${local}`}="${escapeAttribute(value)}"`;
  }
  return result;
}
