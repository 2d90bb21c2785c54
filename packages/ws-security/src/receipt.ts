/**
 * What a party keeps of a request to make, or to judge, the response: the response confirms the request's signatures
 * (WSS 1.1 §8.5), and may use its key without sending it again (§7.7, EncryptedKeySHA1).
 */
export interface Receipt {
  /** The values of the Signatures in the request's Security header, in their order; none for an unsigned request. */
  readonly signatures: readonly Buffer[];
  /** The key that came with the request in an EncryptedKey, if one did. */
  readonly encryptedKey: SharedKey | undefined;
}

/** The key of an xenc:EncryptedKey, under the name that later messages may give it. */
export interface SharedKey {
  /** SHA-1 of the encrypted octets, Base64. */
  readonly sha1: string;
  readonly secret: Uint8Array;
}
