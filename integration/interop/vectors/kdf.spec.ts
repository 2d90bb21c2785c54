import { parse } from '@holdfast/soap';
import {
  DEFAULT_LABEL,
  defaultProtection,
  type ProtectionDescription,
  pSha1,
  SUITES,
  unprotect,
} from '@holdfast/ws-security';
import { computedKey } from '@holdfast/ws-trust';
import { expect } from 'chai';
import { bob, contentOf, keysOf, shared, sharedText } from './kit.js';

interface Vector {
  readonly name: string;
  readonly secret_b64: string;
  readonly label: string;
  readonly nonce_b64?: string;
  readonly nonce_hex?: string;
  readonly offset: number;
  readonly length: number;
  readonly expected_b64?: string;
  readonly expected_hex?: string;
}

const octets = (base64: string | undefined, hex: string | undefined): Buffer =>
  base64 === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(base64, 'base64');

describe('keys that other implementations derived', () => {
  const vectors = JSON.parse(sharedText('vectors/kdf/psha1-derived-keys.json')) as readonly Vector[];

  it('are thirteen', () => {
    expect(vectors.length).to.equal(13);
  });

  for (const { name, secret_b64, label, nonce_b64, nonce_hex, offset, length, expected_b64, expected_hex } of vectors) {
    it(name, () => {
      const key = pSha1(Buffer.from(secret_b64, 'base64'), label, octets(nonce_b64, nonce_hex), offset, length);
      expect(key.toString('hex')).to.equal(octets(expected_b64, expected_hex).toString('hex'));
    });
  }

  describe('by WSS4J (psha1.txt)', () => {
    const text = sharedText('vectors/wss4j-and-gsoap/psha1.txt');
    const value = (name: string): Buffer => {
      const found = new RegExp(`^${name}[ =]([0-9a-f]+)$`, 'm').exec(text)?.[1];
      return found === undefined ? expect.fail(`no ${name}`) : Buffer.from(found, 'hex');
    };

    it('from Offset 0', () => {
      const key = pSha1(value('secret'), DEFAULT_LABEL, value('nonce'), 0, 64);
      expect(key).to.deep.equal(value('PSHA1\\(secret,label\\|\\|nonce\\) off=0 len=64'));
    });

    it('from Offset 16', () => {
      const key = pSha1(value('secret'), DEFAULT_LABEL, value('nonce'), 16, 24);
      expect(key).to.deep.equal(value('PSHA1 off=16 len=24'));
    });

    it('as a computed key of two entropies', () => {
      expect(computedKey(value('clientEntropy'), value('serverEntropy'), 256)).to.deep.equal(
        value('CK/PSHA1\\(client,server\\) 256bit'),
      );
    });
  });
});

describe('messages by WSS4J 1.6.19 under a context', () => {
  const secret = Buffer.from(Array.from({ length: 32 }, (_, at) => at + 1));
  for (const [file, version, suite] of [
    ['sct-200502-basic256.xml', '2005', SUITES.Basic256],
    ['sct-200512-basic256.xml', '1.3', SUITES.Basic256],
    ['sct-200512-basic128.xml', '1.3', SUITES.Basic128],
  ] as const) {
    it(`${file} opens, with its Body signed and encrypted`, () => {
      const message = shared(`vectors/wss4j-and-gsoap/${file}`);
      const created = /<wsu:Created>([^<]*)</.exec(message.toString())?.[1];
      const description: ProtectionDescription = {
        ...defaultProtection,
        suite,
        token: 'SecurityContextToken',
        signedHeaders: [],
      };
      const keys = keysOf(bob, () => secret, version);
      const { envelope, token } = unprotect(parse(message), description, keys, { now: new Date(created ?? 0) });
      expect(token?.id).to.equal('urn:uuid:11111111-2222-3333-4444-555555555555');
      expect(contentOf(envelope.bodyElement)).to.not.equal('');
    });
  }
});
