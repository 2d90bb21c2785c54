import { InvalidMessageError } from './errors.js';
import type { ReadEnvelope, SoapVersion } from './message.js';
import { mustUnderstandFault } from './soap-faults.js';
import { soapNames } from './soap-version.js';
import { attribute, type Name, type XmlElement } from './xml/tree.js';

/** SOAP 1.2 Part 1 §2.2; SOAP 1.1 §4.2.2 has `next` alone, under a name of its own. */
export const ROLE_NEXT = 'http://www.w3.org/2003/05/soap-envelope/role/next';
/** Blocks for this role are processed by nobody (SOAP 1.2 Part 1 §2.2). */
export const ROLE_NONE = 'http://www.w3.org/2003/05/soap-envelope/role/none';
/** Blocks for this role, as those without one, are for whom the message is for in the end (SOAP 1.2 Part 1 §2.2). */
export const ROLE_ULTIMATE_RECEIVER = 'http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver';
/** What SOAP 1.1 calls {@link ROLE_NEXT} (§4.2.2). */
export const ACTOR_NEXT = 'http://schemas.xmlsoap.org/soap/actor/next';

/**
 * Whether whom the block is for must understand it. SOAP 1.2: an xs:boolean. SOAP 1.1: "1" or "0"; "true" and "false"
 * are taken as well, because senders that speak both versions write them.
 * @throws InvalidMessageError `invalid-element` for any other value
 */
export function mustUnderstand(block: XmlElement, version: SoapVersion): boolean {
  const value = attribute(block, soapNames(version)('mustUnderstand'));
  switch (value?.trim()) {
    case '1':
    case 'true':
      return true;
    case undefined:
    case '0':
    case 'false':
      return false;
    default:
      throw new InvalidMessageError(
        'invalid-element',
        `The header block "${block.local}" has a mustUnderstand that is neither true nor false.`,
      );
  }
}

/** The URI of whom the block is for (1.1 `actor`, 1.2 `role`); undefined: the ultimate receiver. */
export function roleOf(block: XmlElement, version: SoapVersion): string | undefined {
  const role = attribute(block, soapNames(version)(version === '1.1' ? 'actor' : 'role'))?.trim();
  return role === undefined || role === '' || role === ROLE_ULTIMATE_RECEIVER ? undefined : role;
}

/**
 * Whether the block is for this node: for the ultimate receiver, for the next node, or for a role that it plays besides.
 * @param roles URIs of the other roles that this node plays
 */
export function isForUs(block: XmlElement, version: SoapVersion, roles: readonly string[] = []): boolean {
  const role = roleOf(block, version);
  return role === undefined || role === (version === '1.1' ? ACTOR_NEXT : ROLE_NEXT) || roles.includes(role);
}

/**
 * To be asked before anything else is done with a message (SOAP 1.2 Part 1 §2.6).
 * @param understood whether this node processes header blocks of that name
 * @throws InvalidMessageError `not-understood`, with the MustUnderstand fault, when a mandatory block for us is not understood
 */
export function assertUnderstood(
  envelope: ReadEnvelope,
  understood: (name: Name) => boolean,
  roles: readonly string[] = [],
): void {
  const { version } = envelope;
  const offending = envelope.headers.filter(
    (block) => isForUs(block, version, roles) && mustUnderstand(block, version) && !understood(block),
  );
  if (offending.length === 0) return;
  const names = offending.map(({ namespace, local }) => `{${namespace}}${local}`).join(', ');
  throw new InvalidMessageError('not-understood', `The message has header blocks that must be understood: ${names}.`, {
    fault: mustUnderstandFault(offending),
  });
}
