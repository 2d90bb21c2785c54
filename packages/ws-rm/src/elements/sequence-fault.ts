import {
  element,
  elements,
  type Name,
  type QualifiedName,
  resolveQName,
  text,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { invalid, optionalChild, type RmNames, requiredChild } from './parts.js';

/** wsrm:SequenceFault, a header block of SOAP 1.1 faults (WS-RM 1.2 §4.1). */
export interface SequenceFault {
  /** The fault by its subcode of WS-RM 1.2 §4. */
  readonly faultCode: Name;
  readonly detail: readonly XmlElement[];
}

export function readSequenceFault(of: XmlElement, names: RmNames): SequenceFault {
  const code = requiredChild(of, names('FaultCode'));
  const detail = optionalChild(of, names('Detail'));
  const faultCode = resolveQName(code, text(code));
  if (faultCode === undefined) invalid(`The wsrm:FaultCode "${trimmedText(code).slice(0, 100)}" is not a QName.`);
  return { faultCode, detail: detail === undefined ? [] : elements(detail) };
}

export function writeSequenceFault(
  value: { readonly faultCode: QualifiedName; readonly detail: readonly XmlElement[] },
  names: RmNames,
): XmlElement {
  const { prefix, namespace, local } = value.faultCode;
  return element(
    names('SequenceFault'),
    [],
    { ...element(names('FaultCode'), [], `${prefix}:${local}`), declarations: [{ prefix, namespace }] },
    value.detail.length === 0 ? undefined : element(names('Detail'), [], ...value.detail),
  );
}
