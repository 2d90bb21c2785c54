import {
  type Exchange,
  element,
  type Handler,
  type IncomingMessage,
  isElement,
  type OutgoingMessage,
  type Proof,
  type ProvenToken,
  parse,
  readMessage,
  serialize,
  writeEnvelope,
  type XmlElement,
} from '@holdfast/soap';
import { wsse } from '#src/namespaces.js';
import type { SctApi } from '#src/sct-api.js';

/** A token as a proof names it. */
export function contextToken(uuid: string, identity = 'x509:alice'): ProvenToken {
  return { kind: 'SecurityContextToken', id: uuid, identity };
}

/** A proof that these tokens signed the whole message, or all of it but what `except` picks out. */
export function signedBy(
  tokens: readonly ProvenToken[],
  except: (element: XmlElement) => boolean = () => false,
): Proof {
  return { signers: (of) => (except(of) ? [] : tokens), encrypters: () => [], tokens };
}

/** Tokens without cryptography: they are whatever is said about them. */
export class FakeTokens implements SctApi {
  readonly issued: string[] = [];
  readonly forgotten: string[] = [];
  readonly restored: string[] = [];
  inUse: string | undefined;

  async getUuid(): Promise<string> {
    if (this.inUse === undefined) {
      this.inUse = `urn:uuid:token-${this.issued.length + 1}`;
      this.issued.push(this.inUse);
    }
    return this.inUse;
  }

  async serialize(uuid: string): Promise<Uint8Array> {
    return Buffer.from(`secret of ${uuid}`);
  }

  async deserialize(bytes: Uint8Array): Promise<string> {
    const uuid = Buffer.from(bytes).toString().replace('secret of ', '');
    this.restored.push(uuid);
    this.inUse = uuid;
    return uuid;
  }

  reference(uuid: string): XmlElement {
    return element(wsse('SecurityTokenReference'), [], element(wsse('Reference'), [['URI', uuid]]));
  }

  resolve(reference: XmlElement): string | undefined {
    const inner = reference.children.find((node) => isElement(node));
    return isElement(inner) ? inner.attributes.find(({ local }) => local === 'URI')?.value : undefined;
  }

  async forget(uuid: string): Promise<void> {
    this.forgotten.push(uuid);
    this.inUse = undefined;
  }
}

/** The message as it arrives, under the token that it asks for. */
export function arrive(message: OutgoingMessage, token: ProvenToken | undefined): IncomingMessage {
  const root = writeEnvelope(message.envelope, { addressing: message.addressing });
  const read = readMessage(parse(serialize(root)), '');
  return token === undefined ? read : { ...read, proof: signedBy([token]) };
}

/**
 * An exchange that ends in a handler of the same process, with a security layer that proves what messages ask for.
 * Answers are proven by the token of their request.
 */
export function securedExchange(
  handler: Handler,
  tamper: (answer: IncomingMessage) => IncomingMessage = (answer) => answer,
): Exchange {
  return async (message) => {
    const token = message.securityContext === undefined ? undefined : contextToken(message.securityContext);
    const answer = await handler(arrive(message, token));
    return answer === undefined ? undefined : tamper(arrive(answer, token));
  };
}
