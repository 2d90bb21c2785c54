import type { XmlElement } from '@holdfast/soap';

/**
 * The SCT API: all that reliable messaging knows of security. `@holdfast/ws-secconv` implements it.
 * A sequence is bound to a Security Context Token by its UUID; the serialized token is stored beside the sequence, and
 * after a restart both come back together.
 */
export interface SctApi {
  /**
   * The UUID (the wsc:Identifier) of the token of the conversation with this peer, establishing one when there is none.
   * @param peer the address that messages go to
   */
  getUuid(peer: string, signal?: AbortSignal): Promise<string>;
  /** The token with its secret, as bytes that only this security runtime reads. The caller stores them protected. */
  serialize(uuid: string): Promise<Uint8Array>;
  /** Takes a serialized token back into use, and answers its UUID. */
  deserialize(bytes: Uint8Array): Promise<string>;
  /** The wsse:SecurityTokenReference that names the token in CreateSequence: its Identifier as URI, with ValueType. */
  reference(uuid: string): XmlElement;
  /** The UUID that a SecurityTokenReference of a CreateSequence names, if it is a reference to an SCT. */
  resolve(reference: XmlElement): string | undefined;
  /**
   * Puts a token out of use, without a word to the peer: the next {@link SctApi.getUuid} establishes another. Without it,
   * a token that the peer refuses cannot be replaced.
   */
  forget?(uuid: string): Promise<void>;
}
