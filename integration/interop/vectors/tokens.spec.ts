import { createHash } from 'node:crypto';
import { element, elements, parse, SOAP_12, serialize, WSU, type XmlElement } from '@holdfast/soap';
import {
  type AssertionIssuer,
  authenticateUsername,
  certificateKeyInfo,
  certificateTrust,
  confirmations,
  credential,
  digestToken,
  holderKey,
  isAssertion,
  issueAssertion,
  passwordDigest,
  readUsernameToken,
  readX509Token,
  replayCache,
  type SamlVersion,
  type UsernameToken,
  usernameKey,
  verifyAssertion,
  WSSE,
  writeUsernameToken,
  wsse,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { SignedXml } from 'xml-crypto';
import { type Answer, type Judge, startJudge } from './judge.js';
import { alice, refusal, sharedFiles, sharedText, trust } from './kit.js';

const pem = (file: string): string => sharedText(`peers/keys/${file}`);
const carol = credential(pem('carol.cert.pem'), pem('carol.key.pem'));
const ISSUER = 'urn:holdfast:peers:issuer';
/** Everybody of the test authority may issue, as the judge has it. */
const issuers: readonly AssertionIssuer[] = [{ name: ISSUER, trust, certificates: [carol.certificate] }];
const VERSIONS: readonly SamlVersion[] = ['1.1', '2.0'];
const METHODS = ['bearer', 'sender-vouches', 'holder-of-key'] as const;

/** The elements of a document that are what is asked for. */
function found(at: XmlElement, wanted: (element: XmlElement) => boolean): readonly XmlElement[] {
  return wanted(at) ? [at] : elements(at).flatMap((child) => found(child, wanted));
}

const named =
  (local: string) =>
  (element: XmlElement): boolean =>
    element.local === local && element.namespace === WSSE;

/** A message with nothing but the token, and a Timestamp. */
function messageWith(token: XmlElement, now: Date): string {
  const timestamp =
    `<u:Timestamp xmlns:u="${WSU}"><u:Created>${now.toISOString()}</u:Created>` +
    `<u:Expires>${new Date(now.getTime() + 300_000).toISOString()}</u:Expires></u:Timestamp>`;
  const security = serialize(element(wsse('Security'), [], token)).replace('</wsse:Security>', `${timestamp}$&`);
  return `<s:Envelope xmlns:s="${SOAP_12}"><s:Header>${security}</s:Header><s:Body><x xmlns="urn:x"/></s:Body></s:Envelope>`;
}

function issued(version: SamlVersion, method: (typeof METHODS)[number], now: Date): XmlElement {
  return issueAssertion(
    {
      version,
      id: `_${version === '1.1' ? 'a' : 'b'}-${method}`,
      issuer: ISSUER,
      issueInstant: now,
      subject: { name: 'alice & co', format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified' },
      confirmation:
        method === 'holder-of-key' ? { method, keyInfo: certificateKeyInfo(alice.certificate) } : { method },
      conditions: { notBefore: now, notOnOrAfter: new Date(now.getTime() + 300_000), audiences: ['urn:us'] },
      attributes: [{ name: 'role', namespace: 'urn:holdfast:peers:role', values: ['buyer', 'seller'] }],
      authentication: {
        instant: now,
        method:
          version === '1.1'
            ? 'urn:oasis:names:tc:SAML:1.0:am:password'
            : 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      },
    },
    { signer: carol },
  );
}

describe('tokens and the judge (WSS4J 4)', () => {
  let judge: Judge;
  before(async () => {
    judge = await startJudge();
  });
  after(() => judge.stop());

  const verify = (xml: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
    judge.ask({ op: 'verify', xml, requireTimestamp: true, passwords: { joe: 'joespassword' }, ...more });

  describe('UsernameTokens that we write', () => {
    // Made when they are judged: other tests may have taken longer than a token lives.
    const tokens = (now: Date): Readonly<Record<string, UsernameToken>> => ({
      text: { username: 'joe', password: { type: 'text', value: 'joespassword' } },
      'text with nonce and created': {
        ...digestToken({ username: 'joe', password: 'x', nonce: Buffer.alloc(16, 1), now }),
        password: { type: 'text', value: 'joespassword' },
      },
      digest: digestToken({ username: 'joe', password: 'joespassword', nonce: Buffer.alloc(16, 2), now }),
    });
    for (const what of Object.keys(tokens(new Date()))) {
      it(`${what}: accepted, valid by the schema, and refused with another password`, async () => {
        const now = new Date();
        const xml = messageWith(writeUsernameToken(tokens(now)[what] as UsernameToken, 'ut'), now);
        const answer = await verify(xml);
        expect(answer.ok, answer.error).to.equal(true);
        expect((await judge.ask({ op: 'validate', xml })).errors).to.deep.equal([]);
        expect((await verify(xml, { passwords: { joe: 'other' } })).ok).to.equal(false);
      });
    }
  });

  describe('assertions that we issue', () => {
    for (const version of VERSIONS) {
      for (const method of METHODS) {
        it(`SAML ${version}, ${method}: accepted, and refused when changed`, async () => {
          const now = new Date();
          const xml = messageWith(issued(version, method, now), now);
          // Who holds the key, and who vouches, is for the signature of a message to show; here is none.
          const options = { samlConfirmation: method === 'bearer' };
          const answer = await verify(xml, options);
          expect(answer.ok, answer.error).to.equal(true);
          expect((await verify(xml.replace('>buyer<', '>admin<'), options)).ok).to.equal(false);
        });
      }
    }
  });

  describe('assertions that it issues', () => {
    for (const version of VERSIONS) {
      for (const confirmation of METHODS) {
        it(`SAML ${version}, ${confirmation}: accepted, and refused when changed`, async () => {
          const xml = messageWith(element(wsse('Nothing')), new Date()).replace(
            /<wsse:Security.*<\/wsse:Security>/,
            '',
          );
          const { xml: protectedXml, error } = await judge.ask({
            op: 'protect',
            xml,
            actions: [{ do: 'saml', version, confirmation, signed: true }],
          });
          expect(error).to.equal(undefined);
          const verified = (text: string) => {
            const [assertion] = found(parse(text).root, isAssertion);
            return verifyAssertion(assertion as XmlElement, { issuers, now: new Date() });
          };
          const assertion = verified(protectedXml ?? '');
          expect(assertion.subject?.name).to.equal('alice');
          expect(assertion.signer?.fingerprint).to.equal(carol.certificate.fingerprint);
          expect(confirmations(assertion, confirmation, { now: new Date() }).length).to.equal(1);
          expect(refusal(() => verified((protectedXml ?? '').replace('>alice<', '>bob<')))).to.equal('digest-mismatch');
        });
      }
    }
  });
});

describe('tokens in the messages of WSS4J 4', () => {
  const now = new Date((JSON.parse(sharedText('vectors/wss4j4/manifest.json')) as { now: string }).now);
  const tokens = (file: string, wanted: (element: XmlElement) => boolean): XmlElement => {
    const [token] = found(parse(sharedText(`vectors/wss4j4/${file}`)).root, wanted);
    return token ?? expect.fail(`no token in ${file}`);
  };
  const assertion = (file: string) =>
    verifyAssertion(tokens(file, isAssertion), { issuers, now, acceptUnsignedSenderVouches: true });
  const user = (file: string, cache = replayCache()) =>
    authenticateUsername(readUsernameToken(tokens(file, named('UsernameToken'))), {
      password: (name) => (name === 'joe' ? 'joespassword' : undefined),
      now,
      accept: ['text', 'digest'],
      replayCache: cache,
    });

  it('are accepted: assertions', () => {
    const held = assertion('valid/saml11-holder-of-key.xml');
    const key = holderKey(held, { now });
    expect(key.kind === 'certificate' && key.certificate.fingerprint).to.equal(alice.certificate.fingerprint);
    expect(assertion('valid/saml20-sender-vouches.xml').signer).to.equal(undefined);
  });

  it('are accepted: UsernameTokens', () => {
    for (const file of ['valid/username-text.xml', 'valid/username-digest.xml']) expect(user(file).id).to.equal('joe');
    expect(readUsernameToken(tokens('valid/username-none.xml', named('UsernameToken')))).to.deep.include({
      username: 'joe',
    });
  });

  for (const [file, code] of Object.entries({
    'saml-signature-stripped': 'token-not-trusted',
    'saml-subject-changed': 'digest-mismatch',
    'saml-issuer-untrusted': 'token-not-trusted',
    'saml-expired': 'token-expired',
  })) {
    it(`are refused: ${file}`, () => {
      expect(refusal(() => assertion(`attacks/${file}.xml`))).to.equal(code);
    });
  }

  for (const [file, code] of Object.entries({
    'username-wrong-password': 'token-not-trusted',
    'username-wrong-text': 'token-not-trusted',
    'username-nonce-changed': 'token-not-trusted',
    'username-stale': 'message-expired',
  })) {
    it(`are refused: ${file}`, () => {
      expect(refusal(() => user(`attacks/${file}.xml`))).to.equal(code);
    });
  }

  it('are refused: replay-username-token-in-new-message', () => {
    const cache = replayCache();
    user('valid/username-digest.xml', cache);
    expect(refusal(() => user('attacks/replay-username-token-in-new-message.xml', cache))).to.equal('replayed');
  });
});

describe('digests and keys of passwords by WSS4J', () => {
  interface Vector {
    readonly password: string;
    readonly nonce_b64?: string;
    readonly created?: string;
    readonly salt_b64?: string;
    readonly iteration?: number;
    readonly expected_b64: string;
  }
  const vectors = JSON.parse(sharedText('vectors/kdf/usernametoken.json')) as readonly Vector[];

  for (const { password, nonce_b64, created, salt_b64, iteration, expected_b64 } of vectors) {
    const octets = createHash('sha1').update(password).digest();
    it(salt_b64 === undefined ? 'digest' : 'key', () => {
      const made =
        salt_b64 === undefined
          ? passwordDigest(Buffer.from(nonce_b64 ?? '', 'base64'), created, octets)
          : usernameKey(octets, Buffer.from(salt_b64, 'base64'), iteration ?? 0).toString('base64');
      expect(made).to.equal(expected_b64);
    });
  }
});

describe('X.509 tokens of other stacks', () => {
  const token = (file: string): XmlElement =>
    found(parse(sharedText(`vectors/${file}`)).root, named('BinarySecurityToken'))[0] ?? expect.fail(file);

  it('hold a PKIPath (CXF)', () => {
    expect(sharedFiles('vectors/cxf-wss')).to.include('signed_x509_direct_ref.xml');
    for (const file of ['cxf-wss/signed_x509_direct_ref.xml', 'cxf-wss/signed_x509_direct_ref_token_prot.xml']) {
      const { certificate, path } = readX509Token(token(file));
      expect([certificate.x509.subject, path.length]).to.deep.equal(['CN=myAlias', 1]);
    }
  });

  it('call a certificate X509v1 (Rampart), which is accepted where it is asked for', () => {
    const rampart = token('rampart-sample04/norm/rst04.xml');
    expect(refusal(() => readX509Token(rampart))).to.equal('unsupported-token');
    expect(readX509Token(rampart, { acceptX509v1: true }).certificate.x509.subject).to.contain('CN=Sample Client');
  });
});

describe('xml-crypto', () => {
  const now = new Date('2027-01-01T12:00:00.000Z');
  for (const version of VERSIONS) {
    it(`accepts the assertions that we issue, and none that was changed: SAML ${version}`, () => {
      const checked = (assertion: string): boolean => {
        const verifier = new SignedXml({
          publicCert: carol.certificate.x509.toString(),
          ...(version === '1.1' ? { idAttribute: 'AssertionID' } : {}),
        });
        verifier.loadSignature(/<ds:Signature.*<\/ds:Signature>/s.exec(assertion)?.[0] ?? '');
        return verifier.checkSignature(assertion);
      };
      const text = serialize(issued(version, 'holder-of-key', now));
      expect(checked(text)).to.equal(true);
      expect(checked(text.replace('>buyer<', '>admin<'))).to.equal(false);
      const pinned = [{ name: ISSUER, trust: certificateTrust({ anchors: [carol.certificate] }) }];
      const ours = verifyAssertion(parse(text).root, { issuers: pinned, now, audiences: ['urn:us'] });
      expect(ours.subject?.name).to.equal('alice & co');
    });
  }
});
