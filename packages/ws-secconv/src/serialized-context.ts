import { createHash } from 'node:crypto';
import { UsageError } from '@holdfast/soap';
import type { EarlierKeys, SecurityContext } from './context.js';

/**
 * The serialized form of a context: magic, format number, fields, a checksum against damage. It holds the secret in
 * clear: whoever stores it must protect it.
 * @throws UsageError `unsupported` for an identifier, identity or address of more than 65,535 octets
 */
export function encodeContext(context: SecurityContext): Buffer {
  const fields = [
    Buffer.from(context.role),
    Buffer.from(context.version),
    Buffer.from(context.identifier),
    Buffer.from(context.instance ?? ''),
    Buffer.from(context.identity),
    Buffer.from(context.peer),
    instant(context.expires),
    context.secret,
    instant(context.created),
    ...context.earlier.flatMap(({ instance, secret, until }) => [Buffer.from(instance ?? ''), secret, instant(until)]),
  ];
  const parts: Buffer[] = [MAGIC, Buffer.from([FORMAT])];
  for (const field of fields) {
    if (field.length > MAX_FIELD)
      throw new UsageError(
        'unsupported',
        `A security context with a value of over ${MAX_FIELD} octets cannot be kept.`,
      );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(field.length);
    parts.push(length, field);
  }
  const content = Buffer.concat(parts);
  const result = Buffer.concat([content, checksum(content)]);
  content.fill(0);
  return result;
}

/** @throws UsageError `invalid-argument` for bytes that are foreign, damaged, or of a format that is not known */
export function decodeContext(bytes: Uint8Array): SecurityContext {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < MAGIC.length + 1 + CHECKSUM_LENGTH || !buffer.subarray(0, MAGIC.length).equals(MAGIC)) {
    refuse('they are not a security context');
  }
  const format = buffer[MAGIC.length];
  if (format !== 1 && format !== FORMAT) {
    refuse(`they are of format ${format}, and only those up to ${FORMAT} are known`);
  }
  const content = buffer.subarray(0, buffer.length - CHECKSUM_LENGTH);
  if (!checksum(content).equals(buffer.subarray(content.length))) refuse('they are damaged');
  const fields: Buffer[] = [];
  for (let at = MAGIC.length + 1; at < content.length; ) {
    const end = at + 2 <= content.length ? at + 2 + content.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > content.length) refuse('they are damaged');
    fields.push(content.subarray(at + 2, end));
    at = end;
  }
  const [role, version, identifier, instance, identity, peer, expires, secret, created, ...earlier] = fields;
  const roleName = role?.toString();
  const versionName = version?.toString();
  if (
    (roleName !== 'initiator' && roleName !== 'recipient') ||
    (versionName !== '1.3' && versionName !== '2005') ||
    identifier === undefined ||
    instance === undefined ||
    identity === undefined ||
    peer === undefined ||
    !isInstant(expires) ||
    !isSecret(secret) ||
    (format === FORMAT ? !isInstant(created) || earlier.length % 3 !== 0 : fields.length !== 8)
  ) {
    return refuse('they are damaged');
  }
  return {
    role: roleName,
    version: versionName,
    identifier: identifier.toString(),
    instance: instance.length === 0 ? undefined : instance.toString(),
    identity: identity.toString(),
    peer: peer.toString(),
    expires: expires.readDoubleBE(),
    secret: Buffer.from(secret),
    // Contexts of the first format are old enough to be renewed.
    created: created?.readDoubleBE() ?? 0,
    earlier: earlierKeys(earlier),
  };
}

function earlierKeys(fields: readonly Buffer[]): readonly EarlierKeys[] {
  const result: EarlierKeys[] = [];
  for (let at = 0; at < fields.length; at += 3) {
    const [instance, secret, until] = fields.slice(at, at + 3);
    if (instance === undefined || !isSecret(secret) || !isInstant(until)) return refuse('they are damaged');
    result.push({
      instance: instance.length === 0 ? undefined : instance.toString(),
      secret: Buffer.from(secret),
      until: until.readDoubleBE(),
    });
  }
  return result;
}

function instant(millis: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeDoubleBE(millis);
  return octets;
}

function isInstant(field: Buffer | undefined): field is Buffer {
  return field?.length === 8 && Number.isFinite(field.readDoubleBE());
}

function isSecret(field: Buffer | undefined): field is Buffer {
  return field !== undefined && field.length >= 16;
}

const MAGIC = Buffer.from('HFSC');
/** Format 1 had one set of keys, and did not say since when. */
const FORMAT = 2;
const CHECKSUM_LENGTH = 8;
const MAX_FIELD = 0xffff;

function checksum(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest().subarray(0, CHECKSUM_LENGTH);
}

function refuse(why: string): never {
  throw new UsageError('invalid-argument', `The bytes cannot be taken for a serialized security context: ${why}.`);
}
