import { element, type SoapVersion, soapNames, type XmlElement } from '@holdfast/soap';
import type { RmNames } from './parts.js';

/** wsrm:UsesSequenceSTR, a header block: the CreateSequence carries a reference to a token (WS-RM 1.2 §6.1). */
export function writeUsesSequenceStr(names: RmNames, soap: SoapVersion): XmlElement {
  return element(names('UsesSequenceSTR'), [[soapNames(soap)('mustUnderstand'), '1']]);
}
