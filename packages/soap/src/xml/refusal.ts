import { type InvalidMessageCode, InvalidMessageError } from '../errors.js';

/** Refuses a document that is beyond a limit. @throws InvalidMessageError `xml-limit-exceeded` */
export function refuseBeyond(what: string, most: number, option: string): never {
  throw new InvalidMessageError('xml-limit-exceeded', `The message has more than ${most} ${what} (${option}).`);
}

/** Refuses a document for its DOCTYPE. @throws InvalidMessageError `forbidden-xml` */
export function refuseDoctype(): never {
  return refuse('forbidden-xml', 'A document type declaration (DOCTYPE) is not accepted.');
}

/** Refuses a document that is not well-formed. @param at the position of the fault @throws InvalidMessageError `malformed-xml` */
export function refuseMalformed(what: string, at: number): never {
  return refuse('malformed-xml', `The XML is not well-formed: ${what} (at character ${at + 1}).`);
}

/** Refuses a document. @throws InvalidMessageError with this code */
export function refuse(code: InvalidMessageCode, message: string): never {
  throw new InvalidMessageError(code, message);
}

/** Part of a hostile message that is put into an error must neither flood a log nor begin a line of its own there. */
export function brief(value: string): string {
  const start = value.length <= 80 ? value : `${value.slice(0, 80)}…`;
  return start.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd');
}
