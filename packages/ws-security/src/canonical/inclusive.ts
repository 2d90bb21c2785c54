import { namespacesInScope, XML_NAMESPACE, type XmlAttribute, type XmlElement } from '@holdfast/soap';
import type { NamespaceAxis } from './writer.js';

/** Canonical XML 1.0 §2.3: the apex renders all that is in scope, the elements in it what they change. */
export function inclusiveAxis(): NamespaceAxis {
  const rendered = new Map<string, string>();
  const undo: (readonly [string, string | undefined])[][] = [];

  return {
    rendered(element, apex) {
      const output: (readonly [string, string])[] = [];
      const changes: (readonly [string, string | undefined])[] = [];
      const render = (prefix: string, namespace: string): void => {
        const before = rendered.get(prefix);
        if (prefix === 'xml' || before === namespace || (before === undefined && prefix === '' && namespace === ''))
          return;
        changes.push([prefix, before]);
        rendered.set(prefix, namespace);
        output.push([prefix, namespace]);
      };
      if (apex) for (const [prefix, namespace] of namespacesInScope(element.scope)) render(prefix, namespace);
      else for (const { prefix, namespace } of element.declarations) render(prefix, namespace);
      // An element that the program built declares nothing itself; its names still need their prefixes.
      render(element.prefix, element.namespace);
      for (const { prefix, namespace } of element.attributes) if (prefix !== '') render(prefix, namespace);
      undo.push(changes);
      return output;
    },
    leave() {
      for (const [prefix, before] of undo.pop() ?? []) {
        if (before === undefined) rendered.delete(prefix);
        else rendered.set(prefix, before);
      }
    },
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
