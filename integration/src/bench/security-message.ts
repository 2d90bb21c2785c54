import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { attribute, child, elements, parse, SOAP_12, serialize, text, WSA, type XmlElement } from '@holdfast/soap';
import {
  canonicalize,
  DEFAULT_LABEL,
  decodeBase64,
  defaultProtection,
  deriveKey,
  type KeyLookup,
  noKeys,
  type ProtectionDescription,
  protect,
  readDerivedKeyToken,
  type SecurityContextKey,
  unprotect,
} from '@holdfast/ws-security';
import { SaxesParser } from 'saxes';
import { SignedXml } from 'xml-crypto';

/** What is measured with one message: each a function that does the whole of it once. */
export interface SecurityWork {
  /** Characters of the Body's content, and octets of the message on the wire. */
  readonly size: number;
  readonly wire: number;
  /** From the envelope's tree to octets. */
  protect(): void;
  /** The same derivations, hashes, HMAC and cipher, over the same octets, and nothing else. */
  bareProtect(): void;
  /** From octets to what the application reads. */
  unprotect(): void;
  /** A parse of those octets by saxes with nobody listening, and the same derivations, hashes, HMAC and cipher. */
  bareUnprotect(): void;
  /** What another library takes to verify the same six references and HMAC, decrypted for it beforehand. */
  xmlCrypto(): void;
}

const WSRM = 'http://docs.oasis-open.org/ws-rx/wsrm/200702';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XENC = 'http://www.w3.org/2001/04/xmlenc#';

const now = new Date('2027-01-01T12:00:00.000Z');
const description: ProtectionDescription = { ...defaultProtection, token: 'SecurityContextToken' };

const context: SecurityContextKey = {
  version: '1.3',
  identifier: 'urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100',
  instance: undefined,
  secret: Buffer.from(Array.from({ length: 32 }, (_, at) => at + 1)),
  identity: 'x509:the-initiator',
};
const keys: KeyLookup = {
  ...noKeys,
  securityContext: (identifier) => (identifier === context.identifier ? context : undefined),
};

/**
 * The work with a message under a security context: Basic256, keys derived anew, Timestamp, Body and four headers signed,
 * the Body's content encrypted.
 * @param size characters of the Body's content
 */
export function securityWork(size: number): SecurityWork {
  const envelope = parse(plain(size)).root;
  const secured = (): string => serialize(protectedEnvelope(envelope));
  const message = secured();
  const octets = Buffer.from(message);
  const opened = (): XmlElement => unprotect(parse(octets), description, keys, { now }).envelope.root;

  const parts = partsOf(parse(octets).root, opened());
  const derive = (): void => {
    for (const token of parts.derivedKeys) deriveKey(context.secret, token);
  };
  const hash = (): void => {
    for (const part of parts.signed) createHash('sha1').update(part).digest();
    createHmac('sha1', parts.signatureKey).update(parts.signedInfo).digest();
  };
  return {
    size,
    wire: octets.length,
    protect: () => {
      Buffer.from(secured());
    },
    bareProtect: () => {
      derive();
      hash();
      const cipher = createCipheriv('aes-256-cbc', parts.encryptionKey, parts.iv);
      Buffer.concat([parts.iv, cipher.update(parts.plaintext), cipher.final()]);
    },
    unprotect: opened,
    bareUnprotect: () => {
      const parser = new SaxesParser({ xmlns: false, position: false });
      parser.write(octets.toString('utf8')).close();
      derive();
      hash();
      const decipher = createDecipheriv('aes-256-cbc', parts.encryptionKey, parts.iv);
      Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]);
    },
    xmlCrypto: () => {
      const verifier = new SignedXml({ publicCert: parts.signatureKey, idMode: 'wssecurity' });
      verifier.enableHMAC();
      verifier.loadSignature(parts.signature);
      if (!verifier.checkSignature(parts.decrypted)) throw new Error('xml-crypto does not accept the message.');
    },
  };
}

function protectedEnvelope(envelope: XmlElement): XmlElement {
  return protect(envelope, description, { kind: 'SecurityContextToken', context, includeToken: true }, { now, random })
    .envelope;
}

/** Not what a program should take: the time that a source of randomness needs is not what is measured. */
function random(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff);
}

/** An order of as many lines as it takes. */
function plain(size: number): string {
  let lines = '';
  for (let line = 1; lines.length < size; line++) {
    lines += `<line no="${line}"><article>A-${(line * 7919) % 100_000}</article><quantity unit="each">${line % 12}</quantity><note>as &amp; when it is there</note></line>`;
  }
  return (
    `<s:Envelope xmlns:s="${SOAP_12}" xmlns:a="${WSA}"><s:Header><a:Action s:mustUnderstand="1">urn:o/Place</a:Action>` +
    '<a:MessageID>urn:uuid:00000000-0000-4000-8000-000000000001</a:MessageID><a:To s:mustUnderstand="1">http://localhost/orders</a:To>' +
    `<r:Sequence xmlns:r="${WSRM}" s:mustUnderstand="1"><r:Identifier>urn:uuid:seq-1</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence></s:Header>` +
    `<s:Body><placeOrder xmlns="urn:holdfast:bench">${lines}</placeOrder></s:Body></s:Envelope>`
  );
}

/** The octets that cryptography is done over, taken from a message of ours. */
function partsOf(secured: XmlElement, opened: XmlElement) {
  const security = found(secured, 'Security');
  const tokens = elements(security).filter(({ local }) => local === 'DerivedKeyToken');
  const derivedKeys = tokens.map((token) => {
    const { nonce, offset, length } = readDerivedKeyToken(token);
    if (nonce === undefined) throw new Error('A derived key has no nonce.');
    return { label: DEFAULT_LABEL, nonce, offset, length };
  });
  const [signatureKey, encryptionKey] = derivedKeys.map((token) => deriveKey(context.secret, token)) as [
    Buffer,
    Buffer,
  ];
  const signature = found(found(opened, 'Security'), 'Signature');
  const signedInfo = child(signature, { namespace: DS, local: 'SignedInfo' }) as XmlElement;
  const decrypted = serialize(opened);
  const { ids } = parse(decrypted);
  const references = elements(signedInfo).flatMap((part) => attribute(part, 'URI')?.slice(1) ?? []);
  const cipherValue = found(found(secured, 'EncryptedData'), 'CipherValue');
  if (cipherValue.namespace !== XENC) throw new Error('The message is not encrypted.');
  const encrypted = decodeBase64(text(cipherValue), 'A CipherValue');
  const decipher = createDecipheriv('aes-256-cbc', encryptionKey, encrypted.subarray(0, 16));
  return {
    derivedKeys,
    signatureKey,
    encryptionKey,
    signed: references.map((id) => Buffer.from(canonicalize(ids.get(id) as XmlElement))),
    signedInfo: Buffer.from(canonicalize(signedInfo)),
    signature: serialize(found(found(parse(decrypted).root, 'Security'), 'Signature')),
    decrypted,
    iv: encrypted.subarray(0, 16),
    ciphertext: encrypted.subarray(16),
    plaintext: Buffer.concat([decipher.update(encrypted.subarray(16)), decipher.final()]),
  };
}

/** The first element with this local name, in document order. */
function found(root: XmlElement, local: string): XmlElement {
  const search = (of: XmlElement): XmlElement | undefined => {
    if (of.local === local) return of;
    for (const inner of elements(of)) {
      const result = search(inner);
      if (result !== undefined) return result;
    }
    return undefined;
  };
  const result = search(root);
  if (result === undefined) throw new Error(`There is no ${local} in the message.`);
  return result;
}
