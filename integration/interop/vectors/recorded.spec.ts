import { elements, parse } from '@holdfast/soap';
import { defaultBootstrapProtection } from '@holdfast/ws-secconv';
import {
  defaultProtection,
  type ProtectionDescription,
  type Receipt,
  type SecureConversationVersion,
  SUITES,
  type SuiteName,
  type Unprotected,
  unprotect,
} from '@holdfast/ws-security';
import { readRequestSecurityTokenResponse } from '@holdfast/ws-trust';
import { expect } from 'chai';
import { alice, bob, keysOf, refusal, shared, sharedFiles, sharedText } from './kit.js';

interface Secret {
  readonly id: string;
  readonly secret: string;
}

/** How a message is protected; the default is a context's derived keys. */
type Protection =
  /** The bootstrap: mutual X.509. */
  | 'X.509'
  /** CXF's answer to Cancel: signed with the context's own secret, in clear. */
  | 'confirmation'
  /** Metro leaves wsmc:MessagePending unsigned in application replies: it is then not seen. */
  | 'MessagePending unsigned'
  /** The bootstrap of a client without a key: one that it makes for the server's certificate, used as it is. */
  | 'EncryptedKey';

interface Session {
  readonly folder: string;
  readonly suite: SuiteName;
  readonly version: SecureConversationVersion;
  /** Messages that are not protected by derived keys of the context. */
  readonly others: Readonly<Record<string, Protection>>;
}

const bootstrap = (...numbers: readonly string[]) =>
  Object.fromEntries(numbers.map((number) => [number, 'X.509' as const]));

const sessions: readonly Session[] = [
  {
    folder: 'recorded-cxf/sc13-rm11-soap12-x509-loss',
    suite: 'Basic256',
    version: '1.3',
    others: { ...bootstrap('0001', '0002', '0022'), '0023': 'confirmation' },
  },
  {
    folder: 'recorded-cxf/sc13-renew-x509',
    suite: 'Basic256',
    version: '1.3',
    others: { ...bootstrap('0001', '0002', '0005', '0006', '0009'), '0010': 'confirmation' },
  },
  {
    folder: 'recorded-cxf/sc13-rm11-soap11-fault',
    suite: 'Basic256',
    version: '1.3',
    others: { ...bootstrap('0001', '0002', '0011'), '0012': 'confirmation' },
  },
  {
    folder: 'recorded-cxf/sc13-rm11-anonymous-basic256sha256',
    suite: 'Basic256Sha256',
    version: '1.3',
    others: { '0001': 'EncryptedKey', '0002': 'EncryptedKey', '0015': 'EncryptedKey', '0016': 'confirmation' },
  },
  {
    folder: 'recorded-cxf/sc2005-rm10-soap11-x509',
    suite: 'Basic256',
    version: '2005',
    others: { ...bootstrap('0001', '0002', '0015'), '0016': 'confirmation' },
  },
  { folder: 'recorded-metro/sc13-rm11-str', suite: 'Basic256', version: '1.3', others: bootstrap('0001', '0002') },
  {
    folder: 'recorded-metro/sc13-rm11-mc',
    suite: 'Basic256',
    version: '1.3',
    others: { ...bootstrap('0001', '0002'), '0010': 'MessagePending unsigned', '0014': 'MessagePending unsigned' },
  },
  { folder: 'recorded-metro/sc2005-rm10', suite: 'Basic128', version: '2005', others: bootstrap('0001', '0002') },
];

function describedBy(protection: Protection | undefined, suite: SuiteName): ProtectionDescription {
  const application = { ...defaultProtection, suite: SUITES[suite], token: 'SecurityContextToken' } as const;
  switch (protection) {
    case 'X.509':
      return { ...defaultBootstrapProtection, suite: SUITES[suite], token: 'X509' };
    case 'EncryptedKey':
      return { ...application, token: 'EncryptedKey', acceptUnderivedKeys: true };
    case 'confirmation':
      return { ...application, encryptBody: false, acceptUnderivedKeys: true };
    case 'MessagePending unsigned':
      return {
        ...application,
        signedHeaders: application.signedHeaders.filter(({ namespace }) => !namespace.includes('wsmc')),
      };
    case undefined:
      return application;
    default:
      return protection satisfies never;
  }
}

for (const { folder, suite, version, others } of sessions) {
  describe(`the session ${folder}`, () => {
    const path = `vectors/${folder}`;
    const secrets = sharedText(`${path}/secrets.jsonl`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Secret);
    // Of a renewed context the second secret is that of the Instance.
    const secret = (identifier: string, instance: string | undefined) => {
      const all = secrets.filter(({ id }) => id === identifier);
      const found = instance === undefined ? all[0] : all[1];
      return found && Buffer.from(found.secret, 'base64');
    };
    const open = (file: string, request?: Receipt): Unprotected => {
      const octets = shared(`${path}/${file}`);
      // At the time that it was made.
      const created = /Created[^>]*>([^<]*)</.exec(octets.toString('latin1'))?.[1];
      const keys = keysOf(file.includes('-in') ? bob : alice, secret, version);
      return unprotect(parse(octets), describedBy(others[file.slice(0, 4)], suite), keys, {
        now: new Date(created ?? 0),
        ...(request === undefined ? {} : { request }),
      });
    };
    /** The receipt of the request that a response under its key answers. */
    const requestOf = (file: string): Receipt | undefined =>
      file === '0002-out.xml' && others['0001'] === 'EncryptedKey' ? open('0001-in.xml').receipt : undefined;
    const actions = new Map(
      [...sharedText(`${path}/README.md`).matchAll(/^\| (\d{4}-\w+) \|(?:[^|]*\|)? ((?:http|urn):\S*) \|/gm)].map(
        ([, file, action]) => [`${file}.xml`, action],
      ),
    );

    for (const file of sharedFiles(path).filter((name) => name.endsWith('.xml'))) {
      const protection = others[file.slice(0, 4)];
      it(`${file} decrypts and verifies${protection === undefined ? '' : ` (${protection})`}`, () => {
        const { envelope, proof, token, unprotectedHeaders } = open(file, requestOf(file));
        const kind =
          protection === 'X.509'
            ? 'X509'
            : (protection ?? '') === 'EncryptedKey'
              ? 'EncryptedKey'
              : 'SecurityContextToken';
        expect(token?.kind).to.equal(kind);
        if (kind === 'X509') {
          const signer = file.includes('-in') ? alice : bob;
          expect(token?.id).to.equal(signer.certificate.fingerprint);
        } else if (kind === 'SecurityContextToken') {
          expect(secrets.map(({ id }) => id)).to.include(token?.id);
        }
        expect(proof.signers(envelope.bodyElement).map(({ kind: each }) => each)).to.include(kind);
        const encrypted = proof.encrypters(envelope.bodyElement).length > 0;
        expect(encrypted).to.equal(protection !== 'confirmation');
        const action = envelope.headers.find(({ local }) => local === 'Action')?.children[0];
        if (action !== undefined) expect(action).to.equal(actions.get(file));
        expect(elements(envelope.bodyElement).map(({ local }) => local)).to.not.include('EncryptedData');
        // What is left unsigned need not be understood: no session shows otherwise.
        const left = unprotectedHeaders.map(({ local }) => local);
        expect(left).to.deep.equal(
          protection === 'MessagePending unsigned' ? ['MessagePending'] : left.filter((local) => local === 'FaultTo'),
        );
      });
    }

    if (others['0002'] === 'EncryptedKey') {
      it('answers under the key of the request, and under no other', () => {
        const { receipt } = open('0001-in.xml');
        expect(open('0002-out.xml', receipt).receipt.encryptedKey).to.deep.equal(receipt.encryptedKey);
        expect(refusal(() => open('0002-out.xml'))).to.equal('token-unavailable');
        expect(refusal(() => open('0002-out.xml', open('0015-in.xml').receipt))).to.equal('token-unavailable');
      });
    }

    if (others['0002'] !== undefined) {
      it('issues the context whose secret both sides then use', () => {
        const [body] = elements(open('0002-out.xml', requestOf('0002-out.xml')).envelope.bodyElement);
        const response = body && readRequestSecurityTokenResponse(body);
        expect(response?.token && elements(response.token)[0]?.children[0]).to.equal(secrets[0]?.id);
        expect(response?.version).to.equal(version);
      });
    }
  });
}

const OVER_TLS = 'recorded-cxf/sc13-username-tls';

/** Only the Timestamp is signed, if anything, and answers hold nothing but one: the transport protects the rest. */
describe(`the session ${OVER_TLS}`, () => {
  const path = `vectors/${OVER_TLS}`;
  const { id, secret } = JSON.parse(sharedText(`${path}/secrets.jsonl`).split('\n')[0] ?? '') as Secret;
  const plain = { endorsing: false, signed: false, encrypted: false } as const;
  const user = { ...plain, token: 'UsernameToken', passwords: ['text', 'digest'] } as const;
  const context = { ...plain, token: 'SecurityContextToken', endorsing: true } as const;
  const open = (
    file: string,
    supportingTokens: ProtectionDescription['supportingTokens'],
    password = 'joespassword',
  ) => {
    const octets = shared(`${path}/${file}`);
    const created = /Created[^>]*>([^<]*)</.exec(octets.toString('latin1'))?.[1];
    const keys = {
      ...keysOf(bob, (identifier) => (identifier === id ? Buffer.from(secret, 'base64') : undefined), '1.3'),
      password: (name: string) => (name === 'joe' ? password : undefined),
    };
    const description = {
      ...defaultProtection,
      token: 'transport',
      acceptUnderivedKeys: true,
      supportingTokens,
    } as const;
    return unprotect(parse(octets), description, keys, { now: new Date(created ?? 0) });
  };

  for (const file of ['0001-in.xml', '0009-in.xml']) {
    it(`${file} is from the user whose password it shows`, () => {
      expect(open(file, [user]).token?.identity).to.equal('user:joe');
      expect(refusal(() => open(file, [user], 'other'))).to.equal('token-not-trusted');
      expect(refusal(() => open(file, []))).to.equal('security-header-invalid');
      expect(refusal(() => open(file, [context]))).to.equal('wrong-token');
    });
  }

  for (const file of ['0003-in.xml', '0005-in.xml', '0007-in.xml']) {
    it(`${file} is endorsed by the context`, () => {
      expect(open(file, [context]).token?.id).to.equal(id);
      expect(refusal(() => open(file, [user]))).to.equal('security-header-invalid');
    });
  }

  for (const file of ['0002-out.xml', '0004-out.xml', '0006-out.xml', '0008-out.xml']) {
    it(`${file} holds a Timestamp, and says nothing of who sent it`, () => {
      expect(open(file, []).proof.tokens).to.deep.equal([]);
    });
  }

  it('0010-out.xml, a fault, has no Security header', () => {
    expect(refusal(() => open('0010-out.xml', []))).to.equal('security-header-missing');
  });
});

describe('the recorded sessions', () => {
  it('are all of them accounted for', () => {
    const folders = ['recorded-cxf', 'recorded-metro'].flatMap((folder) =>
      sharedFiles(`vectors/${folder}`)
        .filter((name) => !name.endsWith('.md'))
        .map((name) => `${folder}/${name}`),
    );
    expect(folders).to.have.members([...sessions.map(({ folder }) => folder), OVER_TLS]);
  });
});
