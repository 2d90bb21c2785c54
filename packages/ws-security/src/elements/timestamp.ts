import { attribute, element, elements, isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import { WSU_ID, wsu } from '../namespaces.js';
import { trimmedContent } from '../simple-content.js';
import { utcInstant } from '../utc-instant.js';

/** wsu:Timestamp (WSS 1.1 §10): when a message was made, and until when it is to be believed. */
export interface Timestamp {
  readonly created: Date;
  readonly expires: Date | undefined;
}

export function writeTimestamp(id: string, created: Date, expires: Date): XmlElement {
  return element(
    wsu('Timestamp'),
    [[WSU_ID, id]],
    element(wsu('Created'), [], created.toISOString()),
    element(wsu('Expires'), [], expires.toISOString()),
  );
}

/**
 * Reads it as the Basic Security Profile has it (R3203, R3221–R3226): one Created, at most one Expires after it, UTC.
 * @throws SecurityError `security-header-invalid`
 */
export function readTimestamp(timestamp: XmlElement): Timestamp {
  const [first, second, ...others] = elements(timestamp);
  if (
    !isNamed(first, wsu('Created')) ||
    others.length > 0 ||
    (second !== undefined && !isNamed(second, wsu('Expires')))
  ) {
    throw new SecurityError('security-header-invalid', 'The Timestamp must hold Created and then, at most, Expires.');
  }
  for (const part of [first, second]) {
    if (part !== undefined && attribute(part, 'ValueType') !== undefined) {
      throw new SecurityError('security-header-invalid', `${part.local} must not have a ValueType.`);
    }
  }
  const created = instant(first);
  const expires = second === undefined ? undefined : instant(second);
  if (expires !== undefined && expires <= created) {
    throw new SecurityError('security-header-invalid', 'The Timestamp expires before it was created.');
  }
  return { created, expires };
}

/**
 * An xs:dateTime in UTC. Digits beyond the millisecond are dropped (WSS 1.1 §10: not relied on).
 * @throws SecurityError `security-header-invalid`
 */
export function instant(of: XmlElement): Date {
  const date = utcInstant(trimmedContent(of));
  if (date === undefined) {
    throw new SecurityError('security-header-invalid', `${of.local} is not a date and time in UTC.`);
  }
  return date;
}
