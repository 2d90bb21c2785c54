import type { KeyObject } from 'node:crypto';
import type { ProvenToken, XmlElement } from '@holdfast/soap';
import type { KeyLookup } from '../keys.js';
import { unsupported } from '../refusal.js';
import type { ReplayCache } from '../replay-cache.js';
import { confirmations, type HolderKey, holderKey } from '../saml/holder-key.js';
import { type VerifiedAssertion, verifyAssertion } from '../saml/verify-assertion.js';
import type { Certificate } from '../x509/certificate.js';

/** What the holder of an assertion proves himself by. */
export type AssertionHolder =
  | { readonly kind: 'public-key'; readonly publicKey: KeyObject; readonly certificate: Certificate | undefined }
  | Extract<HolderKey, { readonly kind: 'encrypted-key' | 'secret' }>;

/** The SAML assertions of one message. Each is verified once, when it is first needed. */
export class MessageAssertions {
  readonly #keys: KeyLookup;
  readonly #clock: { readonly now: Date; readonly clockSkew: number };
  readonly #oneTimeUse: ReplayCache | undefined;
  readonly #verified = new Map<XmlElement, VerifiedAssertion>();

  constructor(keys: KeyLookup, now: Date, clockSkew: number, oneTimeUse: ReplayCache | undefined) {
    this.#keys = keys;
    this.#clock = { now, clockSkew };
    this.#oneTimeUse = oneTimeUse;
  }

  /** What whoever signs in the name of the assertion must sign with (holder-of-key). */
  holder(element: XmlElement): { readonly token: ProvenToken; readonly holder: AssertionHolder } {
    const assertion = this.#assertion(element);
    const { certificates } = this.#keys;
    const key = holderKey(assertion, { ...this.#clock, ...this.#recipients(), certificates });
    return { token: tokenOf(assertion), holder: holderOf(key) };
  }

  /**
   * The subject of an assertion that no key confirms: whoever bears it, or whom the sender vouches for.
   * @param isBound whether the message signature covers the assertion, or the transport protects it: otherwise it could
   * have been put into the message by anybody
   * @param isVouched whether somebody who is known has signed the message
   */
  confirmed(element: XmlElement, isBound: boolean, isVouched: boolean): ProvenToken {
    const assertion = this.#assertion(element);
    if (!isBound) unsupported('A SAML assertion is neither covered by the message signature nor confirmed by a key.');
    const methods = assertion.confirmations.map(({ method }) => method);
    // An assertion that nobody signed is the word of whoever signed the message, and nothing without it.
    const method = methods.includes('bearer') && assertion.signer !== undefined ? 'bearer' : 'sender-vouches';
    confirmations(assertion, method, { ...this.#clock, ...this.#recipients() });
    // The issuer's signature says that he named the subject, not that the sender may speak for them.
    if (method === 'sender-vouches' && !isVouched) {
      unsupported('A SAML assertion is vouched for by nobody who is known.');
    }
    return tokenOf(assertion);
  }

  #recipients(): { readonly recipients?: readonly string[] } {
    const recipients = this.#keys.assertions?.recipients;
    return recipients === undefined ? {} : { recipients };
  }

  #assertion(element: XmlElement): VerifiedAssertion {
    const known = this.#verified.get(element);
    if (known !== undefined) return known;
    const { assertions } = this.#keys;
    if (assertions === undefined) unsupported('No SAML assertions are accepted here.');
    const { recipients, vouchedByTransport, ...requirements } = assertions;
    const verified = verifyAssertion(element, {
      ...requirements,
      ...this.#clock,
      ...(this.#oneTimeUse === undefined ? {} : { oneTimeUse: this.#oneTimeUse }),
    });
    this.#verified.set(element, verified);
    return verified;
  }
}

function holderOf(key: HolderKey): AssertionHolder {
  switch (key.kind) {
    case 'certificate':
      return { kind: 'public-key', publicKey: key.certificate.publicKey, certificate: key.certificate };
    case 'public-key':
      return { kind: 'public-key', publicKey: key.key, certificate: undefined };
    case 'encrypted-key':
    case 'secret':
      return key;
    default:
      return key satisfies never;
  }
}

/** A name is unique among those of its format and its qualifiers only (SAML Core 2.0 §8.3.7). */
function tokenOf({ id, issuer, subject }: VerifiedAssertion): ProvenToken {
  const who =
    subject === undefined
      ? [`#${id}`]
      : [subject.name, subject.format, subject.qualifier, subject.spQualifier].map((part) =>
          encodeURIComponent(part ?? ''),
        );
  while (who.at(-1) === '') who.pop();
  return { kind: 'SAML', id, identity: ['saml', encodeURIComponent(issuer), ...who].join(':') };
}
