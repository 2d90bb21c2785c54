import {
  escapeAttribute,
  escapeText,
  PIECE,
  type TextSink,
  type XmlAttribute,
  type XmlElement,
  type XmlNode,
} from '@holdfast/soap';
import type { NamespaceAxis, RenderedNamespace } from './namespace-axis.js';
import { compareAttributes, compareCodePoints } from './order.js';

/** Writes an element and what is in it (Canonical XML §2.3). */
export function writeCanonical(
  apex: XmlElement,
  axis: NamespaceAxis,
  comments: boolean,
  inherited: readonly XmlAttribute[],
  sink: TextSink,
): void {
  let out = '';
  const node = (at: XmlNode): void => {
    if (typeof at === 'string') out += escapeText(at);
    else if (at.kind === 'element') element(at, false);
    else if (comments) out += `<!--${at.text.replaceAll('\r', '&#xD;')}-->`;
  };
  const element = (at: XmlElement, isApex: boolean): void => {
    const name = at.prefix === '' ? at.local : `${at.prefix}:${at.local}`;
    const namespaces = axis.rendered(at, isApex);
    const attributes = isApex && inherited.length > 0 ? [...at.attributes, ...inherited] : at.attributes;
    out += `<${name}${namespaceNodes(namespaces)}${attributeNodes(attributes)}>`;
    for (const child of at.children) node(child);
    out += `</${name}>`;
    if (namespaces.length > 0) axis.leave(namespaces);
    if (out.length >= PIECE) {
      sink(out);
      out = '';
    }
  };
  element(apex, true);
  if (out !== '') sink(out);
}

function namespaceNodes(namespaces: readonly RenderedNamespace[]): string {
  let result = '';
  for (const { prefix, namespace } of sorted(namespaces, compareNamespaces)) {
    const name = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
    result += ` ${name}="${escapeAttribute(namespace)}"`;
  }
  return result;
}

function compareNamespaces(left: RenderedNamespace, right: RenderedNamespace): number {
  return compareCodePoints(left.prefix, right.prefix);
}

function attributeNodes(attributes: readonly XmlAttribute[]): string {
  let result = '';
  for (const { prefix, local, value } of sorted(attributes, compareAttributes)) {
    const name = prefix === '' ? local : `${prefix}:${local}`;
    result += ` ${name}="${escapeAttribute(value)}"`;
  }
  return result;
}

/** Most lists are so short, or so written, that there is nothing to sort. */
function sorted<T>(list: readonly T[], compare: (left: T, right: T) => number): readonly T[] {
  for (let at = 1; at < list.length; at++) {
    if (compare(list[at - 1] as T, list[at] as T) > 0) return list.toSorted(compare);
  }
  return list;
}
