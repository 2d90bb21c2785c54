import { attribute, elements, isNamed, SOAP_11, SOAP_12, type XmlElement } from '@holdfast/soap';
import { wsse } from '../namespaces.js';
import { invalid } from '../refusal.js';

/** The parts of an envelope, by identity. */
export interface Shape {
  readonly version: '1.1' | '1.2';
  /** Every child of the Header, the Security header among them. */
  readonly blocks: readonly XmlElement[];
  readonly body: XmlElement;
  readonly security: XmlElement | undefined;
}

/**
 * @param role whose Security header is looked for; absent: the ultimate receiver's
 * @throws SecurityError `security-header-invalid` when it has another shape than a SOAP envelope, or two such headers
 */
export function shapeOf(root: XmlElement, role?: string): Shape {
  const { namespace } = root;
  if (root.local !== 'Envelope' || (namespace !== SOAP_11 && namespace !== SOAP_12))
    invalid('The message is not a SOAP envelope.');
  const parts = elements(root);
  const [first, second] = parts;
  const hasHeader = first !== undefined && isNamed(first, { namespace, local: 'Header' });
  const body = hasHeader ? second : first;
  if (body === undefined || !isNamed(body, { namespace, local: 'Body' }) || parts.length > (hasHeader ? 2 : 1)) {
    invalid('The envelope must hold at most one Header and then exactly one Body.');
  }
  const blocks = hasHeader ? elements(first) : [];
  const version = namespace === SOAP_11 ? '1.1' : '1.2';
  const ours = blocks.filter((block) => isNamed(block, wsse('Security')) && isFor(role, block, namespace));
  if (ours.length > 1) invalid('The message has two Security headers for one role.');
  return { version, blocks, body, security: ours[0] };
}

/**
 * The Security header of an envelope that is for us, before anything in it is believed.
 * @throws SecurityError `security-header-invalid` when the envelope has another shape than a SOAP envelope, or two such headers
 */
export function securityHeader(root: XmlElement, role?: string): XmlElement | undefined {
  return shapeOf(root, role).security;
}

/** The attribute that says for whom a header block is. */
export function roleName(namespace: string): { readonly namespace: string; readonly local: string } {
  return { namespace, local: namespace === SOAP_11 ? 'actor' : 'role' };
}

/** Whether a header block is for that role; absent: for the ultimate receiver. */
export function isFor(role: string | undefined, block: XmlElement, namespace: string): boolean {
  const stated = attribute(block, roleName(namespace)) ?? '';
  const ofUltimateReceiver = stated === '' || stated === `${SOAP_12}/role/ultimateReceiver`;
  return role === undefined ? ofUltimateReceiver : stated === role;
}
