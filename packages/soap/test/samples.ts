import { expect } from 'chai';
import { readEnvelope } from '#src/envelope.js';
import { HoldfastError } from '#src/errors.js';
import type { Envelope, ReadEnvelope, SoapVersion } from '#src/message.js';
import { SOAP_11, SOAP_12, WSA } from '#src/namespaces.js';
import { parse } from '#src/xml/parse.js';
import { element, vocabulary } from '#src/xml/tree.js';

export const o = vocabulary('o', 'urn:example:orders');

export const versions: readonly SoapVersion[] = ['1.1', '1.2'];

/** The text of an envelope; prefixes s, wsa, o and q are declared. */
export function envelopeText(version: SoapVersion, header: string, body = '<o:Place/>'): string {
  const s = version === '1.1' ? SOAP_11 : SOAP_12;
  return `<s:Envelope xmlns:s="${s}" xmlns:wsa="${WSA}" xmlns:o="urn:example:orders" xmlns:q="urn:example:q"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

export function envelope(version: SoapVersion, header: string, body?: string): ReadEnvelope {
  return readEnvelope(parse(envelopeText(version, header, body)));
}

/** An envelope to be written. */
export function order(version: SoapVersion = '1.2', text = '12 eggs'): Envelope {
  return { version, headers: [], body: [element(o('Place'), [], text)] };
}

/** The error that the call throws, which must be one of ours with this code. */
export function thrown(call: () => unknown, code: string): HoldfastError {
  try {
    call();
  } catch (error) {
    return ours(error, code);
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

/** The error that the promise rejects with, which must be one of ours with this code. */
export async function rejected(promise: Promise<unknown>, code: string): Promise<HoldfastError> {
  try {
    await promise;
  } catch (error) {
    return ours(error, code);
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

function ours(error: unknown, code: string): HoldfastError {
  if (!(error instanceof HoldfastError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}
