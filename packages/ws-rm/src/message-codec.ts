import {
  attribute,
  type IncomingMessage,
  isElement,
  noXmlLimits,
  type OutgoingMessage,
  optionalAddressing,
  type Proof,
  type ProvenToken,
  parse,
  type ReadEnvelope,
  readEnvelope,
  serialize,
  WSA,
  withChildren,
  writeEnvelope,
  wsa,
  type XmlElement,
} from '@holdfast/soap';
import { damaged, openFrame, sealFrame } from './session-codec.js';

/** A message that waits to be sent or answered, as the store keeps it. */
export interface StoredOutgoing {
  readonly message: OutgoingMessage;
  /** Whether a reply is expected. */
  readonly request: boolean;
}

/** A message that waits to be delivered. */
export interface StoredIncoming {
  readonly message: IncomingMessage;
  /** At the initiator: the number of the request that this is the reply to. */
  readonly request?: bigint;
}

const FORMAT = 1;

/** The unsecured message with its addressing, as it was submitted: what is sent again is the same message. */
export function encodeOutgoing({ message, request }: StoredOutgoing): Uint8Array {
  const { envelope, addressing } = message;
  return sealFrame(FORMAT, `${request ? 'request' : 'message'}\n${serialize(writeEnvelope(envelope, { addressing }))}`);
}

/** @throws StoreError `store-damaged` */
export function decodeOutgoing(bytes: Uint8Array): StoredOutgoing {
  const { head, envelope } = openMessage(bytes);
  const { version, headers, body } = envelope;
  const own = headers.filter((block) => block.namespace !== WSA && !isReferenceParameter(block));
  return {
    request: head === 'request',
    message: { envelope: { version, headers: own, body }, addressing: optionalAddressing(envelope) },
  };
}

/** The message as it was read, with what was proven about it. */
export function encodeIncoming({ message, request }: StoredIncoming): Uint8Array {
  const head = JSON.stringify({ request: request === undefined ? undefined : String(request), ...proofOf(message) });
  return sealFrame(FORMAT, `${head}\n${serialize(shownOf(message.envelope))}`);
}

/**
 * The envelope with no more than its reader was shown: a header block that the security layer left out, because nobody
 * signed it, must not come back from the store.
 */
function shownOf({ root, headers, bodyElement }: ReadEnvelope): XmlElement {
  const header = root.children.filter(isElement).find(({ local }) => local === 'Header');
  return withChildren(root, header === undefined ? [bodyElement] : [withChildren(header, headers), bodyElement]);
}

/** @throws StoreError `store-damaged` */
export function decodeIncoming(bytes: Uint8Array): StoredIncoming {
  const { head, envelope } = openMessage(bytes);
  try {
    const { request, tokens, header, body } = JSON.parse(head) as StoredHead;
    const covered = [...envelope.headers, envelope.bodyElement];
    const message: IncomingMessage = {
      envelope,
      addressing: optionalAddressing(envelope),
      proof: restoredProof(tokens, covered, [...header, body]),
    };
    return { message, ...(request === undefined ? {} : { request: BigInt(request) }) };
  } catch (cause) {
    throw damaged(cause);
  }
}

/** Which tokens signed and which encrypted one part, by their place in the list of tokens. */
interface StoredCover {
  readonly signed: readonly number[];
  readonly encrypted: readonly number[];
}

interface StoredProof {
  readonly tokens: readonly ProvenToken[];
  /** One for each header block. */
  readonly header: readonly StoredCover[];
  readonly body: StoredCover;
}

interface StoredHead extends StoredProof {
  readonly request?: string;
}

function openMessage(bytes: Uint8Array): { readonly head: string; readonly envelope: ReturnType<typeof readEnvelope> } {
  const text = openFrame(FORMAT, bytes);
  const end = text.indexOf('\n');
  try {
    return { head: text.slice(0, end), envelope: readEnvelope(parse(text.slice(end + 1), noXmlLimits)) };
  } catch (cause) {
    throw damaged(cause);
  }
}

function proofOf({ envelope, proof }: IncomingMessage): StoredProof {
  const tokens: ProvenToken[] = [];
  const places = (found: readonly ProvenToken[]): readonly number[] =>
    found.map((token) => {
      const known = tokens.findIndex(
        ({ kind, id, identity, instance }) =>
          kind === token.kind && id === token.id && identity === token.identity && instance === token.instance,
      );
      return known >= 0 ? known : tokens.push(token) - 1;
    });
  const cover = (of: XmlElement): StoredCover => ({
    signed: places(proof.signers(of)),
    encrypted: places(proof.encrypters(of)),
  });
  return { header: envelope.headers.map(cover), body: cover(envelope.bodyElement), tokens };
}

/** A proof that was made when the message came in. It covers whole header blocks and the whole Body, and what is in them. */
function restoredProof(
  tokens: readonly ProvenToken[],
  parts: readonly XmlElement[],
  covers: readonly StoredCover[],
): Proof {
  if (tokens.length === 0) return { signers: () => [], encrypters: () => [], tokens: [] };
  const coverOf = (of: XmlElement): StoredCover | undefined => covers[parts.findIndex((part) => isWithin(of, part))];
  const named = (places: readonly number[] | undefined): readonly ProvenToken[] =>
    (places ?? []).map((place) => tokens[place]).filter((token) => token !== undefined);
  return {
    signers: (of) => named(coverOf(of)?.signed),
    encrypters: (of) => named(coverOf(of)?.encrypted),
    tokens,
  };
}

function isWithin(of: XmlElement, whole: XmlElement): boolean {
  return of === whole || whole.children.some((node) => isElement(node) && isWithin(of, node));
}

function isReferenceParameter(block: XmlElement): boolean {
  return attribute(block, wsa('IsReferenceParameter')) !== undefined;
}
