import { HoldfastError, parse, serialize, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { TrustFault, type TrustFaultName } from '#src/faults.js';
import { WST_13, WST_2005 } from '#src/namespaces.js';

export const now = new Date('2026-03-01T12:00:00.000Z');

export function after(millis: number): Date {
  return new Date(now.getTime() + millis);
}

export const versions = [
  ['1.3', WST_13],
  ['2005', WST_2005],
] as const;

export const SCT = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/sct';

/** Octets that count up, so that each is easily told from the others. */
export function counting(first: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (first + at) & 0xff));
}

/** The element as a peer would have it after it went over the wire. */
export function sent(element: XmlElement): XmlElement {
  return parse(serialize(element)).root;
}

export function xml(text: string): XmlElement {
  return parse(text).root;
}

/** The error that the call throws, which must be one of ours with this code. */
export function thrown(call: () => unknown, code: string): HoldfastError {
  try {
    call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error;
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

/** The refusal of a token service, which must be this fault. */
export function refused(call: () => unknown, fault: TrustFaultName): TrustFault {
  try {
    call();
  } catch (error) {
    if (!(error instanceof TrustFault)) throw error;
    expect(error.fault, error.message).to.equal(fault);
    return error;
  }
  return expect.fail(`nothing was thrown; expected ${fault}`);
}
