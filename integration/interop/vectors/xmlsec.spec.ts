import {
  child,
  elements,
  isNamed,
  parse,
  SOAP_12,
  serialize,
  WSA,
  WSU,
  withChildren,
  type XmlElement,
} from '@holdfast/soap';
import {
  type AlgorithmSuite,
  DEFAULT_LABEL,
  defaultProtection,
  deriveKey,
  ENCRYPTION,
  type ProtectionDescription,
  readDerivedKeyToken,
  withDigest,
  withSignatures,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { shared } from './kit.js';
import { context, contextKeys, emitted, orders, suites, WSRM, x509Keys } from './variants.js';
import { xmlsec } from './xmlsec.js';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const at = new Date('2027-01-01T12:00:00.000Z');

/** The elements with Ids, which xmlsec1 must be told. */
const IDS = [
  `${SOAP_12}:Body`,
  `${WSU}:Timestamp`,
  ...['Action', 'MessageID', 'To'].map((local) => `${WSA}:${local}`),
  `${WSRM}:Sequence`,
].flatMap((name) => ['--id-attr:Id', name]);

describe('xmlsec1 decrypts and verifies what we write', () => {
  for (const suite of [...suites, ...sha2(suites[0] as AlgorithmSuite)]) {
    for (const order of orders) {
      for (const encryptSignature of [false, true]) {
        const base = { ...defaultProtection, suite, order, encryptSignature };
        const signature = suite.symmetricSignature[0].replace(/.*-/, '').toUpperCase();
        const name = `${suite.name} (${signature}), ${order}${encryptSignature ? ', encrypted signature' : ''}`;

        it(`${name}, keys derived of a context`, () => {
          const { message, signatureKey, encryptionKey } = underContext({ ...base, token: 'SecurityContextToken' });
          const option = suite.encryption[0] === ENCRYPTION.tripleDesCbc ? '--deskey' : '--aeskey';
          const decrypt = (text: string) => decrypted(text, [option, encryptionKey]);
          check(message, decrypt, ['--hmackey', signatureKey], base);
        });

        it(`${name}, certificates`, () => {
          const message = emitted({ description: { ...base, token: 'X509' }, keys: x509Keys('thumbprint') }, at);
          const bob = shared('peers/keys/bob.key.pem');
          const decrypt = (text: string) => decrypted(withEncryptedKey(text), ['--privkey-pem', bob]);
          check(message, decrypt, ['--pubkey-cert-pem', shared('peers/keys/alice.cert.pem')], base);
        });
      }
    }
  }

  it('and refuses them with another key, or after a change', () => {
    const base = { ...defaultProtection, order: 'encrypt-then-sign' } as const;
    const { message, signatureKey } = underContext({ ...base, token: 'SecurityContextToken' });
    expect(isVerified(message, ['--hmackey', signatureKey])).to.equal(true);
    expect(isVerified(message, ['--hmackey', Buffer.alloc(24)])).to.equal(false);
    expect(isVerified(message.replace('urn:o/Place', 'urn:o/Cancel'), ['--hmackey', signatureKey])).to.equal(false);
  });
});

/** Undoes what was done to the message in the order that it asks for. */
function check(
  message: string,
  decrypt: (text: string) => string,
  key: readonly (string | Uint8Array)[],
  { order, encryptSignature }: Pick<ProtectionDescription, 'order' | 'encryptSignature'>,
): void {
  // The signature stands before the Body, and so is decrypted first.
  const signed = encryptSignature ? decrypt(message) : message;
  if (order === 'encrypt-then-sign') expect(isVerified(signed, key)).to.equal(true);
  const plain = decrypt(signed);
  if (order === 'sign-then-encrypt') expect(isVerified(plain, key)).to.equal(true);
  expect(plain).to.include('placeOrder').and.not.include('EncryptedData');
}

function isVerified(message: string, key: readonly (string | Uint8Array)[]): boolean {
  return xmlsec('--verify', [...key, ...IDS], message).ok;
}

/** The message with its first EncryptedData decrypted. */
function decrypted(message: string, key: readonly (string | Uint8Array)[]): string {
  const { ok, output, error } = xmlsec('--decrypt', key, message);
  expect(ok, error).to.equal(true);
  return output;
}

function underContext(description: ProtectionDescription): {
  readonly message: string;
  readonly signatureKey: Buffer;
  readonly encryptionKey: Buffer;
} {
  const message = emitted({ description, keys: contextKeys(true) }, at);
  const tokens = elements(securityOf(parse(message).root)).filter(({ local }) => local === 'DerivedKeyToken');
  const [signatureKey, encryptionKey] = tokens.map((token) => {
    const { nonce, offset, length } = readDerivedKeyToken(token);
    return deriveKey(context.secret, { label: DEFAULT_LABEL, nonce: nonce as Uint8Array, offset, length });
  });
  return { message, signatureKey: signatureKey as Buffer, encryptionKey: encryptionKey as Buffer };
}

/** xmlsec1 knows no SecurityTokenReference, but an EncryptedKey that stands where the key is named. */
function withEncryptedKey(message: string): string {
  const { root } = parse(message);
  const found = child(securityOf(root), { namespace: XENC, local: 'EncryptedKey' }) as XmlElement;
  const kept = found.children.filter((part) => !isNamed(part, { namespace: DS, local: 'KeyInfo' }));
  const key = {
    ...found,
    attributes: [],
    children: kept.filter((part) => !isNamed(part, { namespace: XENC, local: 'ReferenceList' })),
  };
  // Only the one that is decrypted next: what else there is may be signed as it is.
  let isDone = false;
  const replaced = (of: XmlElement): XmlElement =>
    withChildren(
      of,
      of.children.map((part) => {
        if (isDone || typeof part === 'string' || part.kind !== 'element') return part;
        if (of.local !== 'EncryptedData' || !isNamed(part, { namespace: DS, local: 'KeyInfo' })) return replaced(part);
        isDone = true;
        return withChildren(part, [key]);
      }),
    );
  return serialize(replaced(root));
}

function securityOf(root: XmlElement): XmlElement {
  const header = elements(root)[0] as XmlElement;
  return elements(header).find(({ local }) => local === 'Security') as XmlElement;
}

/** The suite with the longer hashes in its signatures. */
function sha2(suite: AlgorithmSuite): readonly AlgorithmSuite[] {
  const hashes = ['SHA-256', 'SHA-384', 'SHA-512'] as const;
  return hashes.map((hash) => withDigest(withSignatures(suite, hash), hash));
}
