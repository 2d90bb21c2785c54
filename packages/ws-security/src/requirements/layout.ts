import { attribute, elements, isNamed, trimmedText, type XmlElement } from '@holdfast/soap';
import type { Layout } from '../description.js';
import { isAssertionId } from '../elements/security-token-reference.js';
import { wsse } from '../namespaces.js';
import type { Opened } from '../opening/opening.js';
import { invalid } from '../refusal.js';

/**
 * What stands where in the Security header (WS-SecurityPolicy 1.2 §6.7).
 * @throws SecurityError `security-header-invalid`
 */
export function checkLayout(opened: Opened, layout: Layout): void {
  const parts = opened.tokens.all;
  const timestamp = opened.timestamp && opened.tree.current(opened.timestamp);
  switch (layout) {
    case 'lax':
      return;
    case 'lax-timestamp-first':
      if (timestamp !== undefined && parts[0] !== timestamp) invalid('The Timestamp is not the first of its header.');
      return;
    case 'lax-timestamp-last':
      if (timestamp !== undefined && parts.at(-1) !== timestamp)
        invalid('The Timestamp is not the last of its header.');
      return;
    case 'strict':
      checkDeclaredBeforeUse(opened, parts);
      return;
    default:
      layout satisfies never;
  }
}

/** A token stands before whatever refers to it (BSP R5205). */
function checkDeclaredBeforeUse(opened: Opened, parts: readonly XmlElement[]): void {
  parts.forEach((user, index) => {
    for (const id of tokenIds(user, 0)) {
      const token = opened.tokens.byId(id);
      if (token !== undefined && parts.indexOf(token) > index) {
        invalid(`A ${token.local} stands after the ${user.local} that refers to it; the layout is Strict.`);
      }
    }
  });
}

/** How deep a reference to a token stands in an element of the Security header. */
const MAX_DEPTH = 6;

function tokenIds(of: XmlElement, depth: number): readonly string[] {
  if (isNamed(of, wsse('Reference'))) {
    const uri = attribute(of, 'URI');
    return uri?.startsWith('#') ? [uri.slice(1)] : [];
  }
  if (isNamed(of, wsse('KeyIdentifier'))) {
    return isAssertionId(attribute(of, 'ValueType') ?? '') ? [trimmedText(of)] : [];
  }
  return depth === MAX_DEPTH ? [] : elements(of).flatMap((part) => tokenIds(part, depth + 1));
}
