import { isAddressingFault, predefinedSubcodes } from './addressing-faults.js';
import type { FaultCode, SoapFault } from './fault.js';
import type { Envelope, ReadEnvelope, SoapVersion } from './message.js';
import { SOAP_11, SOAP_12, WSA, wsa } from './namespaces.js';
import { soapNames, versionOfNamespace } from './soap-version.js';
import { detached } from './xml/detach.js';
import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isElement,
  isNamed,
  type Name,
  type QualifiedName,
  resolveQName,
  text,
  trimmedText,
  XML_NAMESPACE,
  type XmlElement,
} from './xml/tree.js';

/** The fault as the one child of a Body: SOAP 1.1 §4.4, SOAP 1.2 Part 1 §5.4. Header blocks: see {@link faultEnvelope}. */
export function writeFault(fault: SoapFault, version: SoapVersion): XmlElement {
  return version === '1.1' ? writeFault11(fault) : writeFault12(fault);
}

/** A whole envelope for the fault, with the header blocks that go with it in this version. */
export function faultEnvelope(fault: SoapFault, version: SoapVersion): Envelope {
  const other = version === '1.1' ? SOAP_12 : SOAP_11;
  const headers = (fault.headers ?? []).filter(({ namespace }) => namespace !== other);
  if (version === '1.1' && isAddressingFault(fault) && fault.detail.length > 0) {
    headers.push(element(wsa('FaultDetail'), [], ...fault.detail));
  }
  return { version, headers, body: [writeFault(fault, version)] };
}

/**
 * The fault that the Body carries, if it does. What a peer got wrong in its fault does not hide it: a code that SOAP
 * does not have is a subcode of Sender.
 */
export function readFault(envelope: ReadEnvelope): SoapFault | undefined {
  const fault = envelope.bodyElement.children.find(isElement);
  if (!isNamed(fault, soapNames(envelope.version)('Fault'))) return undefined;
  return envelope.version === '1.1' ? readFault11(fault, envelope) : readFault12(fault);
}

/** Whether the Body carries a fault. */
export function isFault(envelope: ReadEnvelope): boolean {
  return isNamed(envelope.bodyElement.children.find(isElement), soapNames(envelope.version)('Fault'));
}

const codes11 = {
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
  DataEncodingUnknown: 'Client',
  Sender: 'Client',
  Receiver: 'Server',
} as const satisfies Record<FaultCode, string>;

/** What a code is called in either version. */
const codes: ReadonlyMap<string, FaultCode> = new Map<string, FaultCode>([
  ['VersionMismatch', 'VersionMismatch'],
  ['MustUnderstand', 'MustUnderstand'],
  ['DataEncodingUnknown', 'DataEncodingUnknown'],
  ['Sender', 'Sender'],
  ['Receiver', 'Receiver'],
  ['Client', 'Sender'],
  ['Server', 'Receiver'],
]);

function writeFault11(fault: SoapFault): XmlElement {
  const unqualified = (local: string): QualifiedName => ({ prefix: '', namespace: '', local });
  const code = fault.subcodes.at(-1) ?? soapNames('1.1')(codes11[fault.code]);
  const hasDetail = fault.detail.length > 0 && !isAddressingFault(fault);
  return element(
    soapNames('1.1')('Fault'),
    [],
    withQName(unqualified('faultcode'), code),
    element(unqualified('faultstring'), [], fault.reason),
    fault.role === undefined ? undefined : element(unqualified('faultactor'), [], fault.role),
    hasDetail ? element(unqualified('detail'), [], ...fault.detail.map(detached)) : undefined,
  );
}

function writeFault12(fault: SoapFault): XmlElement {
  const s = soapNames('1.2');
  const subcode = fault.subcodes.reduceRight<XmlElement | undefined>(
    (inner, name) => element(s('Subcode'), [], withQName(s('Value'), name), inner),
    undefined,
  );
  return element(
    s('Fault'),
    [],
    element(s('Code'), [], withQName(s('Value'), s(fault.code)), subcode),
    element(s('Reason'), [], element(s('Text'), [[LANG, 'en']], fault.reason)),
    fault.role === undefined ? undefined : element(s('Role'), [], fault.role),
    fault.detail.length === 0 ? undefined : element(s('Detail'), [], ...fault.detail.map(detached)),
  );
}

const LANG: QualifiedName = { prefix: 'xml', namespace: XML_NAMESPACE, local: 'lang' };

/** An element whose content is a QName; the prefix is declared on the element itself. */
function withQName(name: QualifiedName, content: Name | QualifiedName): XmlElement {
  const { namespace, local } = content;
  if (namespace === '') return element(name, [], local);
  const given = 'prefix' in content ? content.prefix : '';
  const prefix = given === '' || (given === name.prefix && namespace !== name.namespace) ? 'q' : given;
  return { ...element(name, [], `${prefix}:${local}`), declarations: [{ prefix, namespace }] };
}

function readFault11(fault: XmlElement, envelope: ReadEnvelope): SoapFault {
  const part = (local: string): XmlElement | undefined =>
    child(fault, { namespace: '', local }) ?? child(fault, { namespace: SOAP_11, local });
  const faultcode = part('faultcode');
  const role = part('faultactor');
  const read = faultcode === undefined ? { code: 'Receiver' as const, subcodes: [] } : readCode11(faultcode);
  const aboutHeaders = read.subcodes[0]?.namespace === WSA;
  const detail =
    part('detail') ?? (aboutHeaders ? envelope.headers.find((block) => isNamed(block, wsa('FaultDetail'))) : undefined);
  return {
    ...read,
    reason: textOf(part('faultstring')),
    detail: detail === undefined ? [] : elements(detail),
    ...(role === undefined ? {} : { role: trimmedText(role) }),
  };
}

function readCode11(faultcode: XmlElement): { readonly code: FaultCode; readonly subcodes: readonly Name[] } {
  const name = qname(faultcode);
  if (versionOfNamespace(name.namespace) === undefined && name.namespace !== '') {
    return predefinedSubcodes(name) ?? { code: 'Sender', subcodes: [name] };
  }
  const [general = '', ...special] = name.local.split('.');
  const code = codes.get(general);
  if (code === undefined) return { code: 'Sender', subcodes: [name] };
  // SOAP 1.1 §4.4.1: "Client.Authentication" is a Client.
  return { code, subcodes: special.length === 0 ? [] : [name] };
}

function readFault12(fault: XmlElement): SoapFault {
  const s = soapNames('1.2');
  const code = child(fault, s('Code'));
  const value = code === undefined ? undefined : child(code, s('Value'));
  const role = child(fault, s('Role'));
  const detail = child(fault, s('Detail'));
  const name = value === undefined ? undefined : qname(value);
  const known = name === undefined ? 'Receiver' : codes.get(name.local);
  const subcodes = code === undefined ? [] : readSubcodes(code);
  return {
    code: known ?? 'Sender',
    subcodes: known === undefined && name !== undefined ? [name, ...subcodes] : subcodes,
    reason: readReason(child(fault, s('Reason'))),
    detail: detail === undefined ? [] : elements(detail),
    ...(role === undefined ? {} : { role: trimmedText(role) }),
  };
}

function readSubcodes(code: XmlElement): readonly Name[] {
  const s = soapNames('1.2');
  const names: Name[] = [];
  for (let at = child(code, s('Subcode')); at !== undefined; at = child(at, s('Subcode'))) {
    const value = child(at, s('Value'));
    if (value !== undefined) names.push(qname(value));
  }
  return names;
}

function readReason(reason: XmlElement | undefined): string {
  if (reason === undefined) return '';
  const texts = childrenNamed(reason, soapNames('1.2')('Text'));
  return textOf(texts.find((one) => attribute(one, LANG)?.toLowerCase().startsWith('en')) ?? texts[0]);
}

/** The QName in the content; one whose prefix is not declared is taken for a name without namespace. */
function qname(of: XmlElement): Name {
  const content = trimmedText(of);
  return resolveQName(of, content) ?? { namespace: '', local: content.slice(content.indexOf(':') + 1) };
}

function textOf(of: XmlElement | undefined): string {
  return of === undefined ? '' : text(of).trim();
}
