import { elements, SecurityError, type XmlElement } from '@holdfast/soap';
import { readSecurityContextToken, versionOf, wsse } from '@holdfast/ws-security';
import { referencedContext } from './reference.js';

/**
 * The contexts that a Security header names: by a token in it, or as the source of a derived key. Nothing is verified.
 * @throws SecurityError `security-header-invalid` when they are too many
 */
export function contextsNamed(header: XmlElement): readonly string[] {
  const result = new Set<string>();
  for (const part of elements(header)) {
    if (versionOf(part.namespace) === undefined) continue;
    if (part.local === 'SecurityContextToken') result.add(readSecurityContextToken(part).identifier);
    else if (part.local === 'DerivedKeyToken') {
      for (const inner of elements(part)) {
        if (inner.local !== 'SecurityTokenReference' || inner.namespace !== wsse('').namespace) continue;
        const identifier = referencedContext(inner);
        if (identifier !== undefined) result.add(identifier);
      }
    }
  }
  if (result.size > MAX_CONTEXTS_NAMED) {
    throw new SecurityError(
      'security-header-invalid',
      `The Security header names more than ${MAX_CONTEXTS_NAMED} security contexts.`,
    );
  }
  return [...result];
}

/** A message is protected by one context. What nobody has signed yet must not make us look for a thousand. */
const MAX_CONTEXTS_NAMED = 4;
