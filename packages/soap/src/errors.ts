/**
 * Errors, sorted by whose fault it is. Each has a stable `code`; the message says what to do about it.
 * Nothing secret is ever in one.
 */

/** Every {@link InvalidMessageCode}. */
export const INVALID_MESSAGE_CODES = [
  'message-too-large',
  'malformed-xml',
  'forbidden-xml',
  'xml-limit-exceeded',
  'duplicate-id',
  'unsupported-encoding',
  'unsupported-media-type',
  'not-an-envelope',
  'version-mismatch',
  'not-understood',
  'invalid-addressing-header',
  'invalid-element',
] as const;

/** Why a message could not be read as what it claims to be. */
export type InvalidMessageCode = (typeof INVALID_MESSAGE_CODES)[number];

/** Every {@link SecurityCode}. */
export const SECURITY_CODES = [
  'security-header-missing',
  'security-header-invalid',
  'algorithm-not-allowed',
  'unsupported-token',
  'token-unavailable',
  'token-not-trusted',
  'token-expired',
  'signature-invalid',
  'digest-mismatch',
  'reference-not-resolved',
  'decryption-failed',
  'part-not-signed',
  'part-not-encrypted',
  'timestamp-missing',
  'message-expired',
  'message-from-the-future',
  'replayed',
  'wrong-token',
  'context-unknown',
  'context-expired',
  'not-authorized',
] as const;

/** Why a message was not trusted. Exact here and in the log; on the wire all of them look the same. */
export type SecurityCode = (typeof SECURITY_CODES)[number];

/** Where a peer left the protocol, or the protocol ended in a way that the caller must know of. */
export type ProtocolCode =
  | 'fault-received'
  | 'unexpected-message'
  | 'trust-refused'
  | 'sequence-refused'
  | 'sequence-terminated'
  | 'sequence-closed'
  | 'sequence-unknown'
  | 'sequence-expired'
  | 'message-number-rollover'
  | 'invalid-acknowledgement'
  | 'binding-violation'
  | 'delivery-failed';

/** What a {@link UsageError} says was wrong with a call. */
export type UsageCode =
  | 'invalid-option'
  | 'closed'
  | 'wrong-key'
  | 'missing-key'
  | 'invalid-key'
  | 'unsupported'
  | 'invalid-argument';

/** What a {@link TransportError} says became of a message on its way. */
export type TransportCode =
  | 'unreachable'
  | 'timed-out'
  | 'aborted'
  | 'connection-lost'
  | 'tls-failed'
  | 'http-status'
  | 'response-too-large'
  | 'unreadable-response'
  | 'port-in-use'
  | 'permission-denied';

/** What a {@link StoreError} says is wrong with a store. */
export type StoreCode =
  | 'store-unavailable'
  | 'store-locked'
  | 'store-full'
  | 'store-read-only'
  | 'store-damaged'
  | 'store-conflict'
  | 'store-too-new'
  | 'not-found';

interface Cause {
  readonly cause?: unknown;
}

/** Common to all of Holdfast's errors; `instanceof HoldfastError` tells them from the runtime's. */
export abstract class HoldfastError<Code extends string = string> extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options: Cause = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The peer sent something that is not a readable message. `fault`: what to answer, where a specification says so. */
export class InvalidMessageError extends HoldfastError<InvalidMessageCode> {
  readonly fault: import('./fault.js').SoapFault | undefined;
  constructor(
    code: InvalidMessageCode,
    message: string,
    options: Cause & { readonly fault?: import('./fault.js').SoapFault } = {},
  ) {
    super(code, message, options);
    this.fault = options.fault;
  }
}

/** The peer sent a message that cannot be trusted. */
export class SecurityError extends HoldfastError<SecurityCode> {}

/** The peer does not keep to the protocol, or has ended it. `fault` is the SOAP fault when there was one. */
export class ProtocolError extends HoldfastError<ProtocolCode> {
  readonly fault: import('./fault.js').SoapFault | undefined;
  constructor(
    code: ProtocolCode,
    message: string,
    options: Cause & { readonly fault?: import('./fault.js').SoapFault } = {},
  ) {
    super(code, message, options);
    this.fault = options.fault;
  }
}

/** The calling program asked for something that cannot be done. */
export class UsageError extends HoldfastError<UsageCode> {}

/** The network or the peer's HTTP server failed. `retryable` says whether sending again may help. */
export class TransportError extends HoldfastError<TransportCode> {
  readonly retryable: boolean;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  constructor(
    code: TransportCode,
    message: string,
    options: Cause & { readonly retryable?: boolean; readonly status?: number } = {},
  ) {
    super(code, message, options);
    this.retryable = options.retryable ?? true;
    this.status = options.status;
  }
}

/** The store failed. `retryable` says whether the same call may succeed later. */
export class StoreError extends HoldfastError<StoreCode> {
  readonly retryable: boolean;
  constructor(code: StoreCode, message: string, options: Cause & { readonly retryable?: boolean } = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
  }
}
