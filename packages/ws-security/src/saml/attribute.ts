import { isElement, type QualifiedName, text, type XmlElement } from '@holdfast/soap';
import type { SamlAttribute } from './assertion.js';
import { childrenInOrder, many } from './shape.js';

/** An attribute of either version; `value` is the name of its values' elements. */
export function readAttribute(
  element: XmlElement,
  name: string,
  namespace: string | undefined,
  value: QualifiedName,
): SamlAttribute {
  const values = childrenInOrder(element, [many(value)]).all(value);
  return {
    name,
    namespace,
    values: values.filter(({ children }) => !children.some(isElement)).map(text),
    elements: values,
  };
}
