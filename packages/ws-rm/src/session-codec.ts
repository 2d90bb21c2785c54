import { crc32 } from 'node:zlib';
import { StoreError } from '@holdfast/soap';
import type { Binding } from './binding.js';
import type { DestinationState, Draining, Reception } from './destination-state.js';
import { type AcknowledgementRange, noRanges, type Ranges } from './ranges.js';
import type { KeptReply, Session } from './session-state.js';
import type { EndReason, InFlight, SourceState, Transfer } from './source-state.js';

/**
 * A session as bytes for the store: a version, a checksum, and JSON. What holds only while the process lives (what the
 * application has in hand, what is being loaded) is left out.
 */
export function encodeSession(state: Session): Uint8Array {
  const { role, soap, address, binding, createId, offer, expires, source, destination, replies } = state;
  const json = JSON.stringify({
    role,
    soap,
    address,
    binding,
    createId,
    offer,
    expires,
    source: encodeSource(source),
    destination: encodeDestination(destination),
    replies: replies.map(({ request, reply, sequenced }) => [String(request), String(reply), sequenced]),
  });
  return sealFrame(FORMAT, json);
}

/** @throws StoreError `store-damaged` when the bytes are not what {@link encodeSession} wrote; `store-too-new` for a later format */
export function decodeSession(bytes: Uint8Array): Session {
  const json = openFrame(FORMAT, bytes);
  try {
    return readSession(record(JSON.parse(json)));
  } catch (cause) {
    throw damaged(cause);
  }
}

const FORMAT = 1;

/** One byte of format, four bytes of CRC-32, then the text. */
export function sealFrame(format: number, text: string): Uint8Array {
  const body = Buffer.from(text, 'utf8');
  const framed = Buffer.allocUnsafe(body.length + 5);
  framed[0] = format;
  framed.writeUInt32BE(crc32(body), 1);
  body.copy(framed, 5);
  return framed;
}

/** The text of {@link sealFrame}. */
export function openFrame(format: number, bytes: Uint8Array): string {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const written = frame[0];
  if (written !== undefined && written > format) {
    throw new StoreError('store-too-new', 'The store was written by a later version of Holdfast. Use that version.');
  }
  if (frame.length < 5 || written !== format || frame.readUInt32BE(1) !== crc32(frame.subarray(5))) throw damaged();
  return frame.toString('utf8', 5);
}

export function damaged(cause?: unknown): StoreError {
  return new StoreError('store-damaged', 'What the store holds is not what was written. Restore it from a copy.', {
    cause,
  });
}

function encodeTransfer(state: Transfer): Record<string, unknown> {
  return {
    next: String(state.nextNumber),
    unsent: String(state.unsent),
    acknowledged: encodeRanges(state.acknowledged),
    window: state.window.map(({ number, request, attempts, dueAt, acknowledged }) => [
      String(number),
      request,
      attempts,
      dueAt,
      acknowledged,
    ]),
  };
}

function encodeSource(state: SourceState): unknown {
  if (state.kind === 'none') return { kind: 'none', ended: state.ended };
  const { kind, heardAt } = state;
  const common = { kind, heardAt, ...encodeTransfer(state) };
  switch (state.kind) {
    case 'creating':
      return { ...common, attempts: state.attempts, dueAt: state.dueAt, closeWanted: state.closeWanted };
    case 'created':
    case 'rollover':
      return { ...common, ...established(state), closeWanted: state.closeWanted };
    case 'closing':
    case 'terminating':
      return { ...common, ...established(state), attempts: state.attempts, dueAt: state.dueAt };
    case 'closed':
      return { ...common, ...established(state) };
  }
}

function established(state: { readonly identifier: string; readonly expiresAt?: number; readonly askedAt?: number }): {
  readonly identifier: string;
  readonly expiresAt: number | undefined;
  readonly askedAt: number | undefined;
} {
  return { identifier: state.identifier, expiresAt: state.expiresAt, askedAt: state.askedAt };
}

function encodeDestination(state: DestinationState): unknown {
  if (state.kind === 'none') {
    return {
      kind: 'none',
      ended: state.ended,
      draining:
        state.draining === undefined
          ? undefined
          : { identifier: state.draining.identifier, ...encodeReception(state.draining) },
    };
  }
  const { kind, identifier, heardAt, expiresAt } = state;
  const common = { kind, identifier, heardAt, expiresAt, ...encodeReception(state) };
  switch (state.kind) {
    case 'created':
      return common;
    case 'closed':
      return {
        ...common,
        last: state.lastMessageNumber === undefined ? undefined : String(state.lastMessageNumber),
      };
    case 'terminating':
      return { ...common, attempts: state.attempts, dueAt: state.dueAt };
  }
}

function encodeReception(state: Reception): Record<string, unknown> {
  return { received: encodeRanges(state.received), delivered: encodeRanges(state.delivered) };
}

function encodeRanges(ranges: Ranges): unknown {
  return ranges.map(({ lower, upper }) => [String(lower), String(upper)]);
}

type Fields = Readonly<
  Partial<
    Record<
      | 'acknowledged'
      | 'address'
      | 'askedAt'
      | 'attempts'
      | 'binding'
      | 'closeWanted'
      | 'context'
      | 'createId'
      | 'delivered'
      | 'destination'
      | 'draining'
      | 'dueAt'
      | 'ended'
      | 'expires'
      | 'expiresAt'
      | 'heardAt'
      | 'identifier'
      | 'identity'
      | 'kind'
      | 'last'
      | 'next'
      | 'offer'
      | 'received'
      | 'replies'
      | 'role'
      | 'soap'
      | 'source'
      | 'unsent'
      | 'uuid'
      | 'window',
      unknown
    >
  >
>;

function readSession(fields: Fields): Session {
  const offer = optional(fields.offer, string);
  const expires = optional(fields.expires, number);
  return {
    role: oneOf(fields.role, ['initiator', 'recipient']),
    soap: oneOf(fields.soap, ['1.1', '1.2']),
    address: string(fields.address),
    binding: optional(fields.binding, (value) => readBinding(record(value))),
    createId: string(fields.createId),
    source: readSource(record(fields.source)),
    destination: readDestination(record(fields.destination)),
    replies: list(fields.replies, readReply),
    ...(offer === undefined ? {} : { offer }),
    ...(expires === undefined ? {} : { expires }),
  };
}

function readBinding(fields: Fields): Binding {
  const identity = optional(fields.identity, string);
  const context = optional(fields.context, string);
  const whose = identity === undefined ? {} : { identity };
  const kind = oneOf(fields.kind, ['token', 'identity', 'none']);
  switch (kind) {
    case 'token':
      return { kind, uuid: string(fields.uuid), ...whose };
    case 'identity':
      return { kind, ...whose, ...(context === undefined ? {} : { context }) };
    case 'none':
      return { kind };
  }
}

function readSource(fields: Fields): SourceState {
  const kind = oneOf(fields.kind, ['none', 'creating', 'created', 'rollover', 'closing', 'closed', 'terminating']);
  if (kind === 'none') return { kind, ...readEnded(fields) };
  const living = {
    nextNumber: bigint(fields.next),
    unsent: bigint(fields.unsent),
    acknowledged: readRanges(fields.acknowledged),
    window: list(fields.window, readInFlight),
    loading: false,
    heardAt: number(fields.heardAt),
  };
  const repeated = () => ({ attempts: number(fields.attempts), dueAt: number(fields.dueAt) });
  if (kind === 'creating') return { kind, ...living, ...repeated(), closeWanted: boolean(fields.closeWanted) };
  const expiresAt = optional(fields.expiresAt, number);
  const askedAt = optional(fields.askedAt, number);
  const whole = {
    ...living,
    identifier: string(fields.identifier),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(askedAt === undefined ? {} : { askedAt }),
  };
  switch (kind) {
    case 'created':
    case 'rollover':
      return { kind, ...whole, closeWanted: boolean(fields.closeWanted) };
    case 'closing':
    case 'terminating':
      return { kind, ...whole, ...repeated() };
    case 'closed':
      return { kind, ...whole };
  }
}

function readDestination(fields: Fields): DestinationState {
  const kind = oneOf(fields.kind, ['none', 'created', 'closed', 'terminating']);
  if (kind === 'none') {
    const draining = optional(fields.draining, (value) => readDraining(record(value)));
    return { kind, ...readEnded(fields), ...(draining === undefined ? {} : { draining }) };
  }
  const expiresAt = optional(fields.expiresAt, number);
  const common = {
    ...readReception(fields),
    identifier: string(fields.identifier),
    heardAt: number(fields.heardAt),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  switch (kind) {
    case 'created':
      return { kind, ...common };
    case 'closed': {
      const last = optional(fields.last, bigint);
      return { kind, ...common, ...(last === undefined ? {} : { lastMessageNumber: last }) };
    }
    case 'terminating':
      return { kind, ...common, attempts: number(fields.attempts), dueAt: number(fields.dueAt) };
  }
}

function readDraining(fields: Fields): Draining {
  return { identifier: string(fields.identifier), ...readReception(fields) };
}

function readReception(fields: Fields): Reception {
  return {
    received: readRanges(fields.received),
    delivered: readRanges(fields.delivered),
    delivering: noRanges,
  };
}

function readEnded(fields: Fields): { readonly ended?: EndReason } {
  const reasons = [
    'terminated',
    'refused',
    'terminated-by-peer',
    'unknown-to-peer',
    'expired',
    'inactive',
    'exhausted',
    'violated',
  ] as const satisfies readonly EndReason[];
  const ended = optional(fields.ended, (value) => oneOf(value, reasons));
  return ended === undefined ? {} : { ended };
}

function readInFlight(value: unknown): InFlight {
  const [which, request, attempts, dueAt, acknowledged] = list(value, (part) => part);
  return {
    number: bigint(which),
    request: boolean(request),
    attempts: number(attempts),
    dueAt: number(dueAt),
    acknowledged: boolean(acknowledged),
  };
}

function readReply(value: unknown): KeptReply {
  const [request, reply, sequenced] = list(value, (part) => part);
  return { request: bigint(request), reply: bigint(reply), sequenced: boolean(sequenced) };
}

function readRanges(value: unknown): Ranges {
  let last = -1n;
  return list(value, (part): AcknowledgementRange => {
    const [lower, upper] = list(part, bigint);
    if (lower === undefined || upper === undefined || lower > upper || lower <= last + 1n) throw unexpected('ranges');
    last = upper;
    return { lower, upper };
  });
}

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected('an object');
  return value as Fields;
}

function list<Item>(value: unknown, read: (item: unknown) => Item): readonly Item[] {
  if (!Array.isArray(value)) throw unexpected('a list');
  return value.map((item) => read(item));
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('a string');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw unexpected('a number');
  return value;
}

function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unexpected('a boolean');
  return value;
}

function bigint(value: unknown): bigint {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) throw unexpected('a message number');
  return BigInt(value);
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw unexpected(values.join(' or '));
  return found;
}

function optional<Value>(value: unknown, read: (value: unknown) => Value): Value | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

function unexpected(what: string): Error {
  return new Error(`Expected ${what}.`);
}
