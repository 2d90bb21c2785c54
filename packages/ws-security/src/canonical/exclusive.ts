import { namespaceInScope } from '@holdfast/soap';
import { type NamespaceAxis, OutputScope } from './namespace-axis.js';

/**
 * Exclusive XML Canonicalization §3: an element renders the prefixes that it visibly uses, unless its nearest output
 * ancestor that used them rendered the same; prefixes of the PrefixList follow the inclusive rule.
 */
export function exclusiveAxis(inclusivePrefixes: readonly string[]): NamespaceAxis {
  const output = new OutputScope();
  const listed = new Set(inclusivePrefixes.map((prefix) => (prefix === '#default' ? '' : prefix)));

  return {
    rendered(element, apex) {
      output.render(element.prefix, element.namespace);
      for (const { prefix, namespace } of element.attributes) if (prefix !== '') output.render(prefix, namespace);
      if (listed.size > 0) {
        // All that is in scope counts at the apex alone; further in, only what an element declares changes anything.
        if (apex) {
          for (const prefix of listed) {
            const namespace = namespaceInScope(element.scope, prefix);
            if (namespace !== undefined) output.render(prefix, namespace);
          }
        } else {
          for (const { prefix, namespace } of element.declarations) {
            if (listed.has(prefix)) output.render(prefix, namespace);
          }
        }
      }
      return output.take();
    },
    leave: (rendered) => output.leave(rendered),
  };
}
