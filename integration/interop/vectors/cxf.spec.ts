import { elements, parse } from '@holdfast/soap';
import {
  certificateTrust,
  credential,
  defaultProtection,
  noKeys,
  type ProtectionDescription,
  SUITES,
  type Unprotected,
  unprotect,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { refusal, shared, sharedFiles, sharedText } from './kit.js';

const FOLDER = 'vectors/cxf-wss';
const key = (name: string) =>
  credential(sharedText(`${FOLDER}/keys/${name}.cert.pem`), sharedText(`${FOLDER}/keys/${name}.key.pem`));
const own = key('privatestore-myalias');
const keys = {
  ...noKeys,
  credentials: [own],
  certificates: [own.certificate],
  trust: certificateTrust({ anchors: [own.certificate] }),
};
/** Any time: the messages hold none. */
const now = new Date('2010-01-01T00:00:00Z');

/** Old messages of unit tests: no Timestamp, keys of 1024 bits, AES-128 with either key transport. */
const base: ProtectionDescription = {
  ...defaultProtection,
  token: 'X509',
  suite: {
    ...SUITES.Basic128Rsa15,
    asymmetricKeyBits: [1_024, 4_096],
    keyTransport: [...SUITES.Basic128Rsa15.keyTransport, ...SUITES.Basic128.keyTransport],
    oaepDigest: SUITES.Basic128.oaepDigest,
  },
  encryptBody: false,
  dangerouslyWithoutTimestamp: true,
};

const open = (file: string, more: Partial<ProtectionDescription> = {}): Unprotected =>
  unprotect(parse(shared(`${FOLDER}/${file}`)), { ...base, ...more }, keys, { now });

const headers = [{ namespace: 'http://www.sdj.pl', local: 'Header' }];

/** What is accepted, with the parts that are proven. */
const accepted: Readonly<
  Record<
    string,
    { readonly with?: Partial<ProtectionDescription>; readonly encrypted: boolean; readonly headers: number }
  >
> = {
  'signed_x509_direct_ref.xml': { encrypted: false, headers: 2 },
  'signed_x509_direct_ref_token_prot.xml': { with: { protectTokens: true }, encrypted: false, headers: 2 },
  'wsse-response-fault.xml': { with: { encryptBody: true }, encrypted: true, headers: 0 },
};

/** What is refused, and why. */
const refused: Readonly<
  Record<string, { readonly code: string; readonly why: string; readonly with?: Partial<ProtectionDescription> }>
> = {
  'encrypted_body_content.xml': { code: 'part-not-signed', why: 'it is decrypted, and nobody signed it' },
  'encrypted_missing_enc_body.xml': { code: 'part-not-signed', why: 'nobody signed it' },
  'encrypted_missing_enc_header.xml': { code: 'part-not-signed', why: 'nobody signed it' },
  'encrypted_body_element.xml': { code: 'security-header-invalid', why: 'the Body itself is encrypted (WSS-9-2)' },
  'in_enc.xml': {
    code: 'unsupported-token',
    why: 'an X509IssuerSerial that is not in an X509Data (X.509 Token Profile §3.2.3)',
  },
  'signed_invalid.xml': {
    code: 'unsupported-token',
    why: 'an X509IssuerSerial that is not in an X509Data (X.509 Token Profile §3.2.3)',
    with: { role: 'actor1' },
  },
  'edeliver-as4-clean.xml': { code: 'security-header-missing', why: 'it is not secured' },
  'request.xml': { code: 'security-header-missing', why: 'it is not secured' },
  'wsse-request-clean.xml': { code: 'security-header-missing', why: 'it is not secured' },
};

/** Policies, an assertion by itself, certificates: no messages. */
const others = /policy|missing_binding|service_|issued-saml-assertion/;

describe("messages of CXF's tests", () => {
  for (const [file, { with: more = {}, encrypted, headers: count }] of Object.entries(accepted)) {
    it(`${file} is accepted`, () => {
      const { token, envelope, proof, unprotectedHeaders } = open(file, { signedHeaders: headers, ...more });
      expect(token?.id).to.equal(own.certificate.fingerprint);
      expect([envelope.headers.length, unprotectedHeaders.length]).to.deep.equal([count, 0]);
      for (const part of [envelope.bodyElement, ...envelope.headers])
        expect(proof.signers(part)).to.deep.equal([token]);
      expect(proof.encrypters(envelope.bodyElement).length).to.equal(encrypted ? 1 : 0);
      expect(elements(envelope.bodyElement).length).to.equal(1);
    });

    it(`${file} is refused where a Timestamp must be`, () => {
      expect(refusal(() => open(file, { ...more, dangerouslyWithoutTimestamp: false }))).to.equal('timestamp-missing');
    });
  }

  it('signed_x509_direct_ref.xml is refused where its token must be signed, and its Body encrypted', () => {
    expect(refusal(() => open('signed_x509_direct_ref.xml', { protectTokens: true }))).to.equal('part-not-signed');
    expect(refusal(() => open('signed_x509_direct_ref.xml', { encryptBody: true }))).to.equal('part-not-encrypted');
  });

  for (const [file, { code, why, with: more = {} }] of Object.entries(refused)) {
    it(`${file} is refused: ${why}`, () => {
      expect(refusal(() => open(file, more))).to.equal(code);
    });
  }

  it('are all of them accounted for', () => {
    const messages = sharedFiles(FOLDER).filter((name) => name.endsWith('.xml') && !others.test(name));
    expect(messages).to.have.members([...Object.keys(accepted), ...Object.keys(refused)]);
  });
});

describe('messages of WSS4J 1.6 with a context', () => {
  for (const [file, suite, version] of [
    ['sct-200502-basic256.xml', SUITES.Basic256, '2005'],
    ['sct-200512-basic256.xml', SUITES.Basic256, '1.3'],
    ['sct-200512-basic128.xml', SUITES.Basic128, '1.3'],
  ] as const) {
    it(file, () => {
      const identifier = 'urn:uuid:11111111-2222-3333-4444-555555555555';
      const context = {
        version,
        identifier,
        instance: undefined,
        secret: Buffer.from(Array.from({ length: 32 }, (_, at) => at + 1)),
        identity: 'x',
      };
      const lookup = { ...noKeys, securityContext: (asked: string) => (asked === identifier ? context : undefined) };
      const octets = shared(`vectors/wss4j-and-gsoap/${file}`);
      const description = { ...defaultProtection, token: 'SecurityContextToken', suite } as const;
      const created = /Created>([^<]*)</.exec(octets.toString('utf8'))?.[1] ?? '';
      const { token, proof, envelope } = unprotect(parse(octets), description, lookup, { now: new Date(created) });
      expect(token?.id).to.equal(identifier);
      expect(proof.encrypters(envelope.bodyElement).length).to.equal(1);
      expect(envelope.headers.length).to.be.at.least(1);
    });
  }
});
