import { namespacesInScope, XML_NAMESPACE, type XmlAttribute, type XmlElement } from '@holdfast/soap';
import { type NamespaceAxis, OutputScope } from './namespace-axis.js';

/** Canonical XML 1.0 §2.3: the apex renders all that is in scope, the elements in it what they change. */
export function inclusiveAxis(): NamespaceAxis {
  const output = new OutputScope();

  return {
    rendered(element, apex) {
      if (apex) for (const [prefix, namespace] of namespacesInScope(element.scope)) output.render(prefix, namespace);
      else for (const { prefix, namespace } of element.declarations) output.render(prefix, namespace);
      // An element that the program built declares nothing itself; its names still need their prefixes.
      output.render(element.prefix, element.namespace);
      for (const { prefix, namespace } of element.attributes) if (prefix !== '') output.render(prefix, namespace);
      return output.take();
    },
    leave: (rendered) => output.leave(rendered),
  };
}

/** The `xml:` attributes of the ancestors that the apex itself does not have (Canonical XML 1.0 §2.4). */
export function inheritedXmlAttributes(apex: XmlElement): readonly XmlAttribute[] {
  const own = new Set(apex.attributes.filter((a) => a.namespace === XML_NAMESPACE).map((a) => a.local));
  const result: XmlAttribute[] = [];
  for (let scope = apex.scope; scope !== undefined; scope = scope.parent) {
    for (const attribute of scope.xmlAttributes) {
      if (own.has(attribute.local)) continue;
      own.add(attribute.local);
      result.push(attribute);
    }
  }
  return result;
}
