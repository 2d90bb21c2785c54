import { namespaceInScope } from '@holdfast/soap';
import type { NamespaceAxis } from './writer.js';

/**
 * Exclusive XML Canonicalization §3: an element renders the prefixes that it visibly uses, unless its nearest output
 * ancestor that used them rendered the same; prefixes of the PrefixList follow the inclusive rule.
 */
export function exclusiveAxis(inclusivePrefixes: readonly string[]): NamespaceAxis {
  const rendered = new Map<string, string>();
  const undo: (readonly [string, string | undefined])[][] = [];
  const prefixes = inclusivePrefixes.map((prefix) => (prefix === '#default' ? '' : prefix));

  return {
    rendered(element) {
      const output: (readonly [string, string])[] = [];
      const changes: (readonly [string, string | undefined])[] = [];
      const use = (prefix: string, namespace: string): void => {
        const before = rendered.get(prefix);
        if (prefix === 'xml' || before === namespace || (before === undefined && prefix === '' && namespace === ''))
          return;
        changes.push([prefix, before]);
        rendered.set(prefix, namespace);
        output.push([prefix, namespace]);
      };
      use(element.prefix, element.namespace);
      for (const { prefix, namespace } of element.attributes) {
        if (prefix !== '') use(prefix, namespace);
      }
      // What is in scope of an element that the program built is not decided before it is parsed.
      for (const prefix of element.scope === undefined ? [] : prefixes) {
        const namespace = namespaceInScope(element.scope, prefix) ?? (prefix === '' ? '' : undefined);
        if (namespace !== undefined) use(prefix, namespace);
      }
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
