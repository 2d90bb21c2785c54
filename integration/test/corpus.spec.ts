import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, serialize } from '@holdfast/soap';
import {
  credential,
  defaultProtection,
  type ProtectionKeys,
  protect,
  readCertificate,
  SUITES,
} from '@holdfast/ws-security';
import { attacks, certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import { main } from '#src/corpus/main.js';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const now = new Date('2026-03-01T12:00:00.000Z');
const plaintext = `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${WSA}"><s:Header><a:To>urn:bob</a:To></s:Header><s:Body><x>1</x></s:Body></s:Envelope>`;
const requireSigned = [`{${SOAP}}Body`, `{${WSU}}Timestamp`, `{${WSA}}To`];
const identifier = 'urn:uuid:1';
const secret = Buffer.alloc(32, 1);
const secrets = { [identifier]: secret.toString('base64') };

describe('the corpus command', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-corpus-'));
  const keyFolder = join(root, 'keys');
  after(() => rmSync(root, { recursive: true }));

  mkdirSync(keyFolder);
  const authority = certificateAuthority('Corpus CA', now);
  writeFileSync(join(keyFolder, 'ca.cert.pem'), authority.certificate);
  const party = (name: string) => {
    const { certificate, privateKey } = authority.issue({ name });
    writeFileSync(join(keyFolder, `${name}.cert.pem`), certificate);
    writeFileSync(join(keyFolder, `${name}.key.pem`), privateKey);
    return { certificate, privateKey };
  };
  const alice = party('alice');
  const bob = party('bob');
  party('carol');

  const x509: ProtectionKeys = {
    kind: 'X509',
    signer: credential(alice.certificate, alice.privateKey),
    signerReference: 'direct',
    recipient: readCertificate(bob.certificate),
    recipientReference: 'thumbprint',
  };
  const context: ProtectionKeys = {
    kind: 'SecurityContextToken',
    context: { version: '1.3', identifier, instance: undefined, secret, identity: 'x' },
    includeToken: true,
  };

  function secured(keys: ProtectionKeys): string {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const description = { ...defaultProtection, suite: SUITES.Basic256, token: keys.kind };
    return serialize(protect(parse(plaintext).root, description, keys, { now, random }).envelope);
  }

  const actions = (keys: ProtectionKeys) => [
    { do: 'timestamp' },
    ...(keys.kind === 'SecurityContextToken' ? [{ do: 'sct', version: '1.3' }] : []),
    { do: 'sign', with: keys.kind === 'X509' ? 'x509' : 'dkt', parts: ['Body', 'Timestamp'] },
    { do: 'encrypt', with: keys.kind === 'X509' ? 'x509' : 'dkt' },
  ];
  const stated = {
    plaintext,
    secrets,
    verify: { requireSigned },
    signed: [
      { name: `{${SOAP}}Body`, path: 'Envelope/Body' },
      { name: `{${WSU}}Timestamp`, path: 'Envelope/Header/Security/Timestamp' },
      { name: `{${WSA}}To`, path: 'Envelope/Header/To' },
    ],
    encrypted: [{ name: `{${SOAP}}Body`, path: 'Envelope/Body' }],
  };
  const valid = (name: string, keys: ProtectionKeys) => ({
    name,
    file: `${name}.xml`,
    actions: actions(keys),
    ...stated,
  });

  let count = 0;
  /** A corpus of these texts, judged: the exit code, what was printed, and the report in its last line. */
  function judged(
    files: Readonly<Record<string, string>>,
    manifest: object,
    args: readonly string[] = ['--keys', keyFolder],
  ) {
    const folder = join(root, `corpus-${++count}`);
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ now: now.toISOString(), ...manifest }));
    const lines: string[] = [];
    const complaints: string[] = [];
    const code = main(
      [folder, ...args],
      (line) => lines.push(line),
      (line) => complaints.push(line),
    );
    return { code, lines, complaints, report: code === 2 ? undefined : JSON.parse(lines.at(-1) ?? '') };
  }

  it('accepts valid messages with the stated parts, and refuses attacks made of them', () => {
    const [first, second] = [secured(x509), secured(context)];
    const made = [...attacks(first)].filter(({ replay }) => !replay).slice(0, 150);
    const files = Object.fromEntries(made.map(({ message }, at) => [`a${at}.xml`, message]));
    const { code, report, lines } = judged(
      { 'x.xml': first, 'c.xml': second, ...files },
      {
        valid: [valid('x', x509), valid('c', context)],
        attacks: made.map(({ name }, at) => ({ name, file: `a${at}.xml`, base: 'x', requireSigned })),
      },
    );
    expect(lines).to.have.lengthOf(1);
    expect(report).to.deep.equal({ valid: { accepted: 2, refused: [] }, attacks: { refused: 150, accepted: [] } });
    expect(code).to.equal(0);
  });

  it('names valid messages that are refused, or lack a stated part, and says why', () => {
    const message = secured(context);
    const files = { 'c.xml': message, 'changed.xml': message.replace('urn:bob', 'urn:eve') };
    const { code, report, lines } = judged(files, {
      valid: [
        { ...valid('changed', context) },
        { ...valid('c', context), name: 'another-body', plaintext: plaintext.replace('<x>1', '<x>2') },
        {
          ...valid('c', context),
          name: 'more-encrypted',
          encrypted: [{ name: `{${WSA}}To`, path: 'Envelope/Header/To' }],
        },
        { ...valid('c', context), name: 'not-there', signed: [{ name: `{${WSA}}From`, path: 'Envelope/Header/From' }] },
        { ...valid('c', context), name: 'no-key', secrets: {} },
      ],
    });
    expect(code).to.equal(1);
    expect(report.valid).to.deep.equal({
      accepted: 0,
      refused: ['changed', 'another-body', 'more-encrypted', 'not-there', 'no-key'],
    });
    expect(lines[0]).to.contain('valid changed: digest-mismatch');
    expect(lines[1]).to.contain('the content of the Body');
    expect(lines[2]).to.contain('Envelope/Header/To is not proven to have come encrypted');
    expect(lines[3]).to.contain('Envelope/Header/From is not there');
    expect(lines[4]).to.contain('context-unknown');
  });

  it('names attacks that are accepted, but for those that may be', () => {
    const message = secured(context);
    const attack = { file: 'c.xml', base: 'sct', secrets, requireSigned, reason: 'none' };
    const { code, report, lines } = judged(
      { 'c.xml': message },
      {
        valid: [],
        attacks: [
          { ...attack, name: 'honest' },
          { ...attack, name: 'open', expected: 'either' },
        ],
      },
    );
    expect(code).to.equal(1);
    expect(report.attacks).to.deep.equal({ refused: 0, accepted: ['honest'] });
    expect(lines[0]).to.equal('attack honest: accepted (none)');
  });

  it('judges by the policy that an attack states', () => {
    const attack = { file: 'c.xml', base: 'sct', secrets };
    const { report } = judged(
      { 'c.xml': secured(context) },
      {
        attacks: [
          { ...attack, name: 'more-signed', requireSigned: [...requireSigned, `{${WSA}}From`] },
          { ...attack, name: 'more-encrypted', requireSigned, requireEncrypted: [`{${WSA}}To`] },
          { ...attack, name: 'other-kind', requireSigned, base: 'x509' },
        ],
      },
    );
    expect(report.attacks).to.deep.equal({ refused: 3, accepted: [] });
  });

  it('refuses a replay only after the message itself was accepted', () => {
    const replay = { name: 'replay', file: 'c.xml', base: 'c', after: 'c', secrets, requireSigned };
    const { report } = judged({ 'c.xml': secured(context) }, { valid: [valid('c', context)], attacks: [replay] });
    expect(report.attacks).to.deep.equal({ refused: 1, accepted: [] });
    const { report: broken } = judged({ 'c.xml': '<nothing/>' }, { valid: [valid('c', context)], attacks: [replay] });
    expect(broken.attacks.accepted, 'a first message that is refused proves nothing').to.deep.equal(['replay']);
  });

  it('says what is wrong with its command line, a folder, a manifest, or the keys', () => {
    const complaint = (...args: readonly string[]): string => {
      const complaints: string[] = [];
      expect(
        main(
          args,
          () => undefined,
          (line) => complaints.push(line),
        ),
      ).to.equal(2);
      return complaints.join('\n');
    };
    expect(complaint()).to.contain('usage: corpus DIR');
    expect(complaint('a', 'b')).to.contain('one folder');
    expect(complaint('a', '--keys')).to.contain('--keys needs a folder');
    expect(complaint('--verbose')).to.contain('--verbose is not an option');
    expect(complaint(join(root, 'nowhere'))).to.contain('cannot be read (ENOENT)');
    expect(judged({}, { now: 'today' }).complaints[0]).to.contain('"now"');
    expect(judged({}, { valid: {} }).complaints[0]).to.contain('"valid" must be an array');
    expect(judged({}, { valid: [{ name: 'x' }] }).complaints[0]).to.contain('has no "file"');
    expect(judged({}, { valid: [valid('x', x509)] }).complaints[0]).to.contain('x.xml cannot be read');
    expect(judged({}, {}, ['--keys', join(root, 'nowhere')]).complaints[0]).to.contain('--keys');
    expect(judged({}, {}, ['--keys', root]).complaints[0]).to.contain('ca.cert.pem');
    const attack = { name: 'a', file: 'a.xml', base: 'nonsense' };
    expect(judged({ 'a.xml': '<x/>' }, { attacks: [attack] }).complaints[0]).to.contain(
      'neither a valid entry nor a kind',
    );
  });
});
