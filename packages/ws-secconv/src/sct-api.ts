import { SecurityError, UsageError, type XmlElement } from '@holdfast/soap';
import { type SecurityContext, zero } from './context.js';
import type { ContextTable } from './context-table.js';
import { contextReference, referencedContext } from './reference.js';
import { decodeContext, encodeContext } from './serialized-context.js';

/**
 * The SCT API: the one door through which others, reliable messaging above all, handle security context tokens. They
 * know a token by its UUID and as serialized bytes, never its secret.
 */
export interface SctApi {
  /**
   * The UUID of the token of the conversation with a peer: the one in use, or one that is established now. Concurrent
   * calls share one establishment.
   * @throws ProtocolError, SecurityError, TransportError when none can be established
   */
  getUuid(peer: string, signal?: AbortSignal): Promise<string>;
  /**
   * The token with its secret, for a store that protects it.
   * @throws SecurityError `context-unknown`
   */
  serialize(uuid: string): Promise<Uint8Array>;
  /**
   * Takes a serialized token back into use and answers its UUID.
   * @throws UsageError `invalid-argument` for damaged or foreign bytes, and for a token of the other side's
   */
  deserialize(bytes: Uint8Array): Promise<string>;
  /** The SecurityTokenReference that names the token in CreateSequence. @throws SecurityError `context-unknown` */
  reference(uuid: string): XmlElement;
  /** The UUID that a SecurityTokenReference names; `undefined` when it names no security context. */
  resolve(reference: XmlElement): string | undefined;
  /**
   * Puts a token out of use for good, without a word to the peer: the next {@link SctApi.getUuid} establishes another,
   * and a recipient no longer accepts it.
   */
  forget(uuid: string): Promise<void>;
}

/** Told of what is done with tokens through the {@link SctApi}, by whom they are also kept elsewhere. */
interface Listener {
  restored(context: SecurityContext): Promise<void>;
  forgotten(uuid: string): Promise<void>;
}

const nobody: Listener = { restored: () => Promise.resolve(), forgotten: () => Promise.resolve() };

/** @param establish how a new context is obtained; a recipient has no way to */
export function sctApi(
  table: ContextTable,
  establish: ((peer: string, signal: AbortSignal | undefined) => Promise<SecurityContext>) | undefined,
  { restored, forgotten }: Listener = nobody,
): SctApi {
  const role = establish === undefined ? 'recipient' : 'initiator';
  const known = (uuid: string): SecurityContext => {
    const context = table.get(uuid);
    if (context === undefined)
      throw new SecurityError('context-unknown', `The security context ${uuid} is not in use here.`);
    return context;
  };
  return {
    async getUuid(peer, signal) {
      if (establish === undefined) {
        throw new UsageError('unsupported', 'A recipient does not establish security contexts; it is asked for them.');
      }
      return (await establish(peer, signal)).identifier;
    },
    serialize: async (uuid) => encodeContext(known(uuid)),
    async deserialize(bytes) {
      const context = decodeContext(bytes);
      if (context.role !== role) {
        zero(context);
        throw new UsageError(
          'invalid-argument',
          `The bytes are of a token that the ${context.role} keeps; here is the ${role}.`,
        );
      }
      if (table.get(context.identifier) === undefined) {
        table.put(context);
        await restored(context);
      } else {
        // A context in use is not older than its stored form.
        zero(context);
      }
      return context.identifier;
    },
    reference: (uuid) => contextReference(known(uuid)),
    resolve: referencedContext,
    async forget(uuid) {
      table.end(uuid);
      await forgotten(uuid);
    },
  };
}
