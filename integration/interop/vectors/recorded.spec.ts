import { elements, parse } from '@holdfast/soap';
import { defaultBootstrapProtection } from '@holdfast/ws-secconv';
import {
  defaultProtection,
  type ProtectionDescription,
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
  /** The bootstrap without a key of the client's, which is not spoken yet. */
  | 'not supported';

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
    others: { '0001': 'not supported', '0002': 'not supported', '0015': 'not supported', '0016': 'confirmation' },
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

/** Not tried at all, and why. */
const outOfScope: Readonly<Record<string, string>> = {
  'recorded-cxf/sc13-username-tls':
    'transport binding: the context only endorses the Timestamp, and answers hold nothing but one',
};

function describedBy(protection: Protection | undefined, suite: SuiteName): ProtectionDescription {
  const application = { ...defaultProtection, suite: SUITES[suite], token: 'SecurityContextToken' } as const;
  switch (protection) {
    case 'X.509':
    case 'not supported':
      return { ...defaultBootstrapProtection, suite: SUITES[suite] };
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
    const open = (file: string): Unprotected => {
      const octets = shared(`${path}/${file}`);
      // At the time that it was made.
      const created = /Created[^>]*>([^<]*)</.exec(octets.toString('latin1'))?.[1];
      const keys = keysOf(file.includes('-in') ? bob : alice, secret, version);
      return unprotect(parse(octets), describedBy(others[file.slice(0, 4)], suite), keys, {
        now: new Date(created ?? 0),
      });
    };
    const actions = new Map(
      [...sharedText(`${path}/README.md`).matchAll(/^\| (\d{4}-\w+) \|(?:[^|]*\|)? ((?:http|urn):\S*) \|/gm)].map(
        ([, file, action]) => [`${file}.xml`, action],
      ),
    );

    for (const file of sharedFiles(path).filter((name) => name.endsWith('.xml'))) {
      const protection = others[file.slice(0, 4)];
      if (protection === 'not supported') {
        it(`${file} is refused: this bootstrap is not spoken`, () => {
          expect(refusal(() => open(file))).to.be.oneOf(['wrong-token', 'unsupported-token']);
        });
        continue;
      }

      it(`${file} decrypts and verifies${protection === undefined ? '' : ` (${protection})`}`, () => {
        const { envelope, proof, token, unprotectedHeaders } = open(file);
        const kind = protection === 'X.509' ? 'X509' : 'SecurityContextToken';
        expect(token?.kind).to.equal(kind);
        if (kind === 'X509') {
          const signer = file.includes('-in') ? alice : bob;
          expect(token?.id).to.equal(signer.certificate.fingerprint);
        } else {
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

    if (others['0002'] === 'X.509') {
      it('issues the context whose secret both sides then use', () => {
        const [body] = elements(open('0002-out.xml').envelope.bodyElement);
        const response = body && readRequestSecurityTokenResponse(body);
        expect(response?.token && elements(response.token)[0]?.children[0]).to.equal(secrets[0]?.id);
        expect(response?.version).to.equal(version);
      });
    }
  });
}

describe('the recorded sessions', () => {
  it('are all of them accounted for', () => {
    const folders = ['recorded-cxf', 'recorded-metro'].flatMap((folder) =>
      sharedFiles(`vectors/${folder}`)
        .filter((name) => !name.endsWith('.md'))
        .map((name) => `${folder}/${name}`),
    );
    expect(folders).to.have.members([...sessions.map(({ folder }) => folder), ...Object.keys(outOfScope)]);
  });
});
