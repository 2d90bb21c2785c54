import { createHash } from 'node:crypto';
import { elements, parse } from '@holdfast/soap';
import {
  certificateTrust,
  credential,
  defaultProtection,
  type KeyLookup,
  noKeys,
  type ProtectionDescription,
  type Receipt,
  SUITES,
  type Unprotected,
  unprotect,
} from '@holdfast/ws-security';
import { readRequestSecurityTokenResponse } from '@holdfast/ws-trust';
import { expect } from 'chai';
import { contentOf, refusal, shared, sharedText } from './kit.js';

const FOLDER = 'vectors/rampart-sample04';
const holder = (name: string) =>
  credential(sharedText(`${FOLDER}/keys/${name}.cert.pem`), sharedText(`${FOLDER}/keys/${name}.key.pem`));
const [client, service] = [holder('client'), holder('service')];

interface Expected {
  readonly encryptedKeySecret_hex: string;
  readonly encryptedKeySHA1_b64: string;
  readonly sctSecret_b64: string;
  readonly messages: Readonly<
    Record<string, { readonly plain: readonly { readonly xml: string; readonly type: string }[] }>
  >;
}
const expected = JSON.parse(sharedText(`${FOLDER}/expected.json`)) as Expected;
const CONTEXT = 'urn:uuid:20189D76AA5794EBCA12142275347662';

const keys: KeyLookup = {
  ...noKeys,
  credentials: [service],
  trust: certificateTrust({ anchors: [client.certificate] }),
  // Rampart calls its certificate X509v1.
  acceptX509v1: true,
  securityContext: (identifier) =>
    identifier === CONTEXT
      ? {
          version: '2005',
          identifier,
          instance: undefined,
          secret: Buffer.from(expected.sctSecret_b64, 'base64'),
          identity: 'the client',
        }
      : undefined,
};

/** Basic128Rsa15 with the keys of 1024 bits of those days. Its policy names no parts to be signed: the Timestamp is. */
const base = {
  ...defaultProtection,
  suite: { ...SUITES.Basic128Rsa15, asymmetricKeyBits: [1_024, 4_096] },
  // Its policy signs nothing but the Timestamp.
  signBody: false,
  dangerouslyUnsignedCiphertext: true,
  signedHeaders: [],
  encryptSignature: true,
  layout: 'strict',
} as const;
const endorsing = { token: 'X509', endorsing: true, signed: false, encrypted: false } as const;
const response: ProtectionDescription = {
  ...base,
  token: 'EncryptedKey',
  encryptBody: false,
  signatureConfirmation: true,
};
const bootstrap: ProtectionDescription = { ...response, supportingTokens: [endorsing] };
const application: ProtectionDescription = { ...base, token: 'SecurityContextToken' };

function open(file: string, description: ProtectionDescription, lookup = keys, request?: Receipt): Unprotected {
  const octets = shared(`${FOLDER}/norm/${file}`);
  const created = /Created>([^<]*)</.exec(octets.toString('utf8'))?.[1] ?? '';
  return unprotect(parse(octets), description, lookup, {
    now: new Date(created),
    ...(request === undefined ? {} : { request }),
  });
}

describe('a session of Rampart, 2008: bootstrap, use and end of a context', () => {
  it('rst04: EncryptedKey, encrypted signature, endorsed by a certificate', () => {
    const { token, proof, receipt, certificate, unprotectedHeaders } = open('rst04.xml', bootstrap);
    expect(token?.id).to.equal(expected.encryptedKeySHA1_b64);
    expect(Buffer.from(receipt.encryptedKey?.secret ?? []).toString('hex')).to.equal(expected.encryptedKeySecret_hex);
    expect(proof.tokens.map(({ kind, id }) => [kind, id])).to.deep.equal([
      ['EncryptedKey', expected.encryptedKeySHA1_b64],
      ['X509', client.certificate.fingerprint],
    ]);
    expect(certificate).to.equal(undefined);
    expect(receipt.signatures.length).to.equal(2);
    expect(unprotectedHeaders.map(({ local }) => local)).to.deep.equal(['To', 'ReplyTo', 'MessageID', 'Action']);
  });

  it('rstr04: under the key of the request, whose two signatures it confirms', () => {
    const { receipt } = open('rst04.xml', bootstrap);
    const { token, envelope } = open('rstr04.xml', response, { ...keys, credentials: [client] }, receipt);
    expect(token?.id).to.equal(expected.encryptedKeySHA1_b64);
    const [body] = elements(envelope.bodyElement);
    expect(body && readRequestSecurityTokenResponse(body).version).to.equal('2005');
    expect(contentOf(envelope.bodyElement)).to.contain(expected.sctSecret_b64);
  });

  for (const file of ['req04.xml', 'res04.xml', 'creq04.xml', 'cres04.xml']) {
    it(`${file}: under derived keys of the context, its Body and signature encrypted`, () => {
      const { token, proof, envelope } = open(file, application);
      expect([token?.id, token?.identity]).to.deep.equal([CONTEXT, 'the client']);
      expect(proof.encrypters(envelope.bodyElement).map(({ id }) => id)).to.deep.equal([CONTEXT]);
      expect(proof.signers(envelope.bodyElement)).to.deep.equal([]);
      const plain = expected.messages[file]?.plain.find(({ type }) => type === 'Content')?.xml ?? '';
      const [read] = elements(envelope.bodyElement);
      expect(read?.local).to.equal(elements(parse(`<x>${plain}</x>`).root)[0]?.local);
    });
  }

  const refused: readonly (readonly [string, string, () => unknown])[] = [
    ['a Body that must be signed', 'part-not-signed', () => open('req04.xml', { ...application, signBody: true })],
    [
      'a Body that must be encrypted',
      'part-not-encrypted',
      () => open('rst04.xml', { ...bootstrap, encryptBody: true }),
    ],
    ['without what endorses it', 'security-header-invalid', () => open('rst04.xml', response)],
    [
      'a certificate called X509v1',
      'unsupported-token',
      () => open('rst04.xml', bootstrap, { ...keys, acceptX509v1: false }),
    ],
    [
      'a suite without RSA 1.5',
      'algorithm-not-allowed',
      () => open('rst04.xml', { ...bootstrap, suite: SUITES.Basic128 }),
    ],
    ['a key of 1024 bits', 'token-not-trusted', () => open('rst04.xml', { ...bootstrap, suite: SUITES.Basic128Rsa15 })],
    ['the response without its request', 'token-unavailable', () => open('rstr04.xml', response)],
    [
      'the response to another request',
      'wrong-token',
      () => {
        const { receipt } = open('rst04.xml', bootstrap);
        return open('rstr04.xml', response, keys, { ...receipt, signatures: receipt.signatures.slice(1) });
      },
    ],
    [
      'under another context',
      'context-unknown',
      () => open('req04.xml', application, { ...keys, securityContext: noKeys.securityContext }),
    ],
    [
      'headers that must be signed',
      'part-not-signed',
      () => open('req04.xml', { ...application, signedHeaders: defaultProtection.signedHeaders }),
    ],
  ];
  for (const [what, code, call] of refused) {
    it(`refuses ${what} (${code})`, () => {
      expect(refusal(call)).to.equal(code);
    });
  }

  it('EncryptedKeySHA1 is the SHA-1 of what the CipherValue decodes to', () => {
    const value =
      /<xenc:EncryptedKey .*?<xenc:CipherValue>([^<]*)</s.exec(sharedText(`${FOLDER}/norm/rst04.xml`))?.[1] ?? '';
    expect(createHash('sha1').update(Buffer.from(value, 'base64')).digest('base64')).to.equal(
      expected.encryptedKeySHA1_b64,
    );
  });
});
