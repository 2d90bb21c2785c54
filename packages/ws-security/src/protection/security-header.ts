import type { XmlElement } from '@holdfast/soap';
import { matches, type ProtectionDescription } from '../description.js';
import { writeReferenceList } from '../elements/encrypted-data.js';
import { writeSignatureConfirmation } from '../elements/signature-confirmation.js';
import { writeTimestamp } from '../elements/timestamp.js';
import { type EncryptionKey, encryptContent, encryptElement, encryptHeader } from './encrypting.js';
import type { EnvelopeParts } from './envelope-parts.js';
import type { Making } from './making.js';
import type { MessageTokens } from './message-tokens.js';
import { type MadeSignature, type SignedPart, sign, signedElement } from './signing.js';
import type { SupportingPart } from './supporting-tokens.js';

/** An envelope with its Security header, and the signatures in it. */
export interface Secured {
  readonly envelope: XmlElement;
  readonly signatures: readonly MadeSignature[];
}

/** A part of the message, in clear or encrypted. */
interface Part {
  readonly element: XmlElement;
  /** The Id of the EncryptedData, if there is one now. */
  readonly encrypted: string | undefined;
}

/** Puts a Security header together: what is signed, what is encrypted, and in which order a receiver needs to see it. */
export class SecurityHeader {
  readonly #parts: EnvelopeParts;
  readonly #supporting: readonly SupportingPart[];
  readonly #make: Making;
  readonly #description: ProtectionDescription;
  readonly #timestamp: readonly XmlElement[];
  readonly #confirmations: readonly XmlElement[];

  constructor(parts: EnvelopeParts, supporting: readonly SupportingPart[], make: Making) {
    this.#parts = parts;
    this.#supporting = supporting;
    this.#make = make;
    this.#description = make.description;
    this.#timestamp = timestamp(make);
    this.#confirmations = confirmations(make);
  }

  /** Nothing but a Timestamp and the supporting tokens: the transport protects the rest. */
  underTransport(): Secured {
    const { blocks, body } = this.#parts;
    const signatures = this.#supporting.flatMap((part) => {
      const headers = blocks.filter((block) => matches(part.rule.signedHeaders ?? [], block));
      return this.#endorsed(part, [...this.#timestamp, ...headers].map(signedElement));
    });
    const tokens = this.#supporting.flatMap(({ token, companions }) => [
      ...(token === undefined ? [] : [token]),
      ...companions,
    ]);
    return this.#assembled(
      [...this.#confirmations, ...tokens, ...signatures.map(({ element }) => element)],
      blocks,
      body,
      signatures,
    );
  }

  underTokens(tokens: MessageTokens): Secured {
    return this.#description.order === 'sign-then-encrypt'
      ? this.#signThenEncrypt(tokens)
      : this.#encryptThenSign(tokens);
  }

  #signThenEncrypt(tokens: MessageTokens): Secured {
    const { blocks, body } = this.#parts;
    const key = tokens.encryptionKey;
    const supporting = this.#supporting.flatMap(({ rule, signedAs }) =>
      rule.signed && signedAs !== undefined ? [signedAs] : [],
    );
    const signature = this.#sign(blocks, body, supporting, tokens);
    const endorsements = this.#endorsements(signature);

    const held = this.#supporting.flatMap((part) => this.#held(part, key));
    const confirmed = this.#confirmations.map((part) => this.#withSignature(part, key));
    const signed = this.#withSignature(signature.element, key);
    const securedBlocks = blocks.map((block) => this.#block(block, key));
    const securedBody = this.#body(body, key);
    const encrypted = idsOf([securedBody, ...securedBlocks, ...confirmed, ...held, signed]);
    return this.#assembled(
      [
        ...tokens.elements,
        // A receiver works from the top: what is to be decrypted is named before the signature over the plaintext.
        ...tokens.lists(encrypted),
        ...elementsOf([...confirmed, ...held, signed]),
        ...endorsements.map(({ element }) => element),
      ],
      elementsOf(securedBlocks),
      securedBody.element,
      [signature, ...endorsements],
    );
  }

  #encryptThenSign(tokens: MessageTokens): Secured {
    const { blocks, body } = this.#parts;
    const key = tokens.encryptionKey;
    const securedBlocks = blocks.map((block) => this.#block(block, key));
    const securedBody = this.#body(body, key);
    const held = this.#supporting.map((part) => this.#held(part, key));
    const supporting = this.#supporting.flatMap(({ rule, signedAs }, index): readonly SignedPart[] => {
      const token = held[index]?.[0];
      if (!rule.signed || signedAs === undefined || token === undefined) return [];
      return [token.encrypted === undefined ? signedAs : signedElement(token.element)];
    });
    const signature = this.#sign(elementsOf(securedBlocks), securedBody.element, supporting, tokens);
    const endorsements = this.#endorsements(signature);

    const confirmed = this.#confirmations.map((part) => this.#withSignature(part, key));
    const signed = this.#withSignature(signature.element, key);
    // The signature is over what is encrypted, so the list of that stands after it; the list of the signature before.
    const before = tokens.lists(idsOf([...confirmed, signed]));
    const encrypted = idsOf([securedBody, ...securedBlocks, ...held.flat()]);
    // WSS4J decrypts what it comes by, listed or not: of the tokens those that the signature covers as ciphertext follow it.
    const hidden = held.filter(([token]) => token?.encrypted !== undefined).flat();
    const clear = held.filter(([token]) => token?.encrypted === undefined).flat();
    const after = before.length > 0 && encrypted.length > 0 ? [writeReferenceList(encrypted)] : tokens.lists(encrypted);
    return this.#assembled(
      [
        ...tokens.elements,
        ...before,
        ...elementsOf([...confirmed, ...clear, signed]),
        ...after,
        ...elementsOf(hidden),
        ...endorsements.map(({ element }) => element),
      ],
      elementsOf(securedBlocks),
      securedBody.element,
      [signature, ...endorsements],
    );
  }

  #sign(
    blocks: readonly XmlElement[],
    body: XmlElement,
    supporting: readonly SignedPart[],
    tokens: MessageTokens,
  ): MadeSignature {
    const { signBody, protectTokens } = this.#description;
    const elements = [...blocks, ...(signBody ? [body] : []), ...this.#timestamp, ...this.#confirmations];
    const own = protectTokens && tokens.signedAs !== undefined ? [tokens.signedAs] : [];
    const parts = [...elements.map(signedElement), ...own, ...supporting];
    return sign(parts, tokens.signingKey, tokens.signingReference, this.#make);
  }

  /** Signatures over the message signature, each by the key of a supporting token. */
  #endorsements(signature: MadeSignature): readonly MadeSignature[] {
    return this.#supporting.flatMap((part) => this.#endorsed(part, [signedElement(signature.element)]));
  }

  #endorsed({ endorser, signedAs }: SupportingPart, parts: readonly SignedPart[]): readonly MadeSignature[] {
    if (endorser === undefined) return [];
    const own = this.#description.protectTokens && signedAs !== undefined ? [signedAs] : [];
    return [sign([...parts, ...own], endorser.key, endorser.reference, this.#make)];
  }

  #body(body: XmlElement, key: EncryptionKey): Part {
    // An empty Body too: CXF and Metro hold it against their policy otherwise.
    if (!this.#description.encryptBody) return { element: body, encrypted: undefined };
    const { id, element } = encryptContent(body, key, this.#make);
    return { element, encrypted: id };
  }

  #block(block: XmlElement, key: EncryptionKey): Part {
    if (!matches(this.#description.encryptedHeaders, block)) return { element: block, encrypted: undefined };
    const { id, element } = encryptHeader(block, key, this.#make);
    return { element, encrypted: id };
  }

  /** The token first, then what comes with it. */
  #held({ rule, token, companions }: SupportingPart, key: EncryptionKey): readonly Part[] {
    const clear = companions.map((element) => ({ element, encrypted: undefined }));
    return token === undefined ? clear : [this.#headerPart(token, rule.encrypted, key), ...clear];
  }

  /** Encrypted where the signature is: what belongs to it. */
  #withSignature(element: XmlElement, key: EncryptionKey): Part {
    return this.#headerPart(element, this.#description.encryptSignature, key);
  }

  #headerPart(element: XmlElement, isEncrypted: boolean, key: EncryptionKey): Part {
    if (!isEncrypted) return { element, encrypted: undefined };
    const made = encryptElement(element, key, this.#make);
    return { element: made.element, encrypted: made.id };
  }

  #assembled(
    security: readonly XmlElement[],
    blocks: readonly XmlElement[],
    body: XmlElement,
    signatures: readonly MadeSignature[],
  ): Secured {
    const isLast = this.#description.layout === 'lax-timestamp-last';
    const parts = isLast ? [...security, ...this.#timestamp] : [...this.#timestamp, ...security];
    return { envelope: this.#parts.assemble(parts, blocks, body), signatures };
  }
}

function elementsOf(parts: readonly Part[]): readonly XmlElement[] {
  return parts.map(({ element }) => element);
}

function idsOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ encrypted }) => (encrypted === undefined ? [] : [encrypted]));
}

function timestamp({ description, environment: { now }, nextId }: Making): readonly XmlElement[] {
  if (description.dangerouslyWithoutTimestamp) return [];
  return [writeTimestamp(nextId(), now, new Date(now.getTime() + description.timeToLive))];
}

/** One for each signature of the request; for a request without any, one without a value (WSS 1.1 §8.5). */
function confirmations({ description, environment: { request }, nextId }: Making): readonly XmlElement[] {
  if (!description.signatureConfirmation || request === undefined) return [];
  const { signatures } = request;
  return (signatures.length === 0 ? [undefined] : signatures).map((value) =>
    writeSignatureConfirmation(nextId(), value),
  );
}
