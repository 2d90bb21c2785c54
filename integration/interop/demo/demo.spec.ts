import { readFileSync } from 'node:fs';
import { elements, parse, SOAP_12, serialize, WSA, WSSE, WSU, type XmlElement } from '@holdfast/soap';
import { type SchemaValidator, schemaValidator } from '@holdfast/soap/schema';
import { WSRM_11 } from '@holdfast/ws-rm';
import { expect } from 'chai';
import { SignedXml } from 'xml-crypto';
import { sharedPath } from '../shared.js';
import { type Answer, type Judge, startJudge } from '../vectors/judge.js';
import { PLACE, type Recorded, type Recording, recordConversation } from './recorded-conversation.js';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const TRUST = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
const BOOTSTRAP: readonly string[] = [`${TRUST}/RST/SCT`, `${TRUST}/RSTR/SCT`];

/** What the judge says of signatures and keys, as far as it is asked for here. */
interface Verdict extends Answer {
  readonly decrypted: string;
  readonly signed: readonly (Found & { readonly signature: number })[];
  readonly encrypted: readonly (Found & { readonly algorithm: string })[];
  readonly signatures: readonly { readonly algorithm: string; readonly value: string; readonly subject?: string }[];
  readonly tokens: readonly { readonly type: string; readonly nonce?: string; readonly length?: number }[];
  readonly digestAlgorithms: readonly string[];
  readonly transformAlgorithms: readonly string[];
  readonly keyTransportAlgorithms: readonly string[];
  readonly encryptedForms: readonly string[];
}

interface Found {
  readonly name: string;
  readonly path: string;
  readonly protection: string;
  readonly content?: boolean;
}

describe('a conversation like that of the demonstration, recorded on both sides', function () {
  this.timeout(120_000);
  let judge: Judge;
  let schemas: SchemaValidator;
  let recording: Recording;
  const judged: (Recorded & { readonly verdict: Verdict })[] = [];

  before(async () => {
    judge = await startJudge();
    schemas = await schemaValidator({ catalog: sharedPath('specs/xsd/catalog.xml') });
    recording = await recordConversation();
    for (const message of recording.messages) judged.push({ ...message, verdict: await verdictOn(message) });
  });

  after(() => {
    schemas?.[Symbol.dispose]();
    judge?.stop();
  });

  async function verdictOn({ xml, from }: Recorded): Promise<Verdict> {
    const answer = await judge.ask({
      op: 'verify',
      xml,
      // Who it is for opens it.
      role: from === 'initiator' ? 'recipient' : 'initiator',
      secrets: recording.secrets,
      requireTimestamp: true,
      allowRsa15: false,
    });
    return answer as Verdict;
  }

  it('has everything in it that there may be', () => {
    const local = ({ from, action, lost }: Recorded): string =>
      `${from} ${action.slice(action.lastIndexOf('/') + 1)}${lost ? ' (lost)' : ''}`;
    expect(recording.messages.map(local)).to.include.members([
      'initiator SCT',
      'recipient SCT',
      'initiator CreateSequence',
      'recipient CreateSequenceResponse',
      'initiator notify',
      'initiator notify (lost)',
      'initiator place',
      'initiator place (lost)',
      'recipient placeResponse',
      'initiator reject',
      'recipient fault',
      'initiator SequenceAcknowledgement',
      'recipient SequenceAcknowledgement',
      'initiator CloseSequence',
      'recipient CloseSequenceResponse',
      'initiator TerminateSequence',
      'recipient TerminateSequenceResponse',
      'initiator Cancel',
      'recipient Cancel',
    ]);
    const part = ['first', 'second', 'third', 'fourth & <last>'];
    expect(recording.delivered).to.deep.equal([...part, 'over the restart', ...part]);
    expect(Object.keys(recording.secrets)).to.have.length(1);
    expect(recording.messages.filter(({ action }) => BOOTSTRAP.includes(action))).to.have.length(2);
  });

  it('is read on each side as the other wrote it', () => {
    for (const from of ['initiator', 'recipient'] as const) {
      const arrived = recording.messages.filter((message) => message.from === from && !message.lost);
      const read = recording.received[from === 'initiator' ? 'recipient' : 'initiator'];
      expect([...read].sort()).to.deep.equal(arrived.map(({ xml }) => xml).sort());
    }
  });

  it('is accepted by WSS4J, message by message', () => {
    for (const { action, verdict } of judged) expect(verdict.ok, `${action}: ${verdict.error}`).to.equal(true);
  });

  it('has the Timestamp, the Body, and every header block of WS-Addressing and WS-RM signed, by one signature', () => {
    for (const { action, xml, verdict } of judged) {
      expect(verdict.signatures, action).to.have.length(1);
      const [header] = elements(parse(xml).root);
      const blocks = elements(header as XmlElement).filter(({ namespace }) => namespace !== WSSE);
      for (const { namespace } of blocks) expect(namespace).to.be.oneOf([WSA, WSRM_11]);
      const expected = [...blocks.map(clark), `{${SOAP_12}}Body`, `{${WSU}}Timestamp`];
      const names = verdict.signed.map(({ name }) => name);
      expect([...names].sort(), action).to.deep.equal(expected.sort());
      expect(new Set(verdict.signed.map(({ path }) => path)).size, action).to.equal(names.length);
    }
  });

  it('has the content of the Body encrypted, and nothing else', () => {
    for (const { action, xml, verdict } of judged) {
      const parts = verdict.encrypted.map(({ name, content, algorithm }) => ({ name, content, algorithm }));
      const body = { name: `{${SOAP_12}}Body`, content: true, algorithm: `${XENC}aes256-cbc` };
      expect(parts, action).to.deep.equal([body]);
      const keys = BOOTSTRAP.includes(action) ? ['Envelope/Header/Security/EncryptedKey'] : [];
      expect([...verdict.encryptedForms], action).to.have.members([...keys, 'Envelope/Body/EncryptedData']);
      for (const secret of ['order', 'confirmation', 'fourth', 'article']) {
        expect(bodyOf(xml), action).not.to.contain(secret);
      }
    }
  });

  it('has its bootstrap under X.509: signed with the private key of its sender, encrypted for the other', () => {
    const bootstrap = judged.filter(({ action }) => BOOTSTRAP.includes(action));
    expect(bootstrap.map(({ verdict }) => verdict.signatures[0]?.subject)).to.deep.equal([
      'CN=alice,O=Holdfast test',
      'CN=bob,O=Holdfast test',
    ]);
    for (const { verdict } of bootstrap) {
      expect(verdict.signatures[0]?.algorithm).to.equal(`${DS}rsa-sha1`);
      expect(verdict.keyTransportAlgorithms).to.deep.equal([`${XENC}rsa-oaep-mgf1p`]);
      expect(new Set(verdict.encrypted.map(({ protection }) => protection))).to.deep.equal(new Set(['EncryptedKey']));
      expect(verdict.tokens.map(({ type }) => type)).not.to.include('DerivedKeyToken');
    }
  });

  it('has all else under keys derived from the one security context, fresh ones for each message', () => {
    const nonces = new Set<string | undefined>();
    const rest = judged.filter(({ action }) => !BOOTSTRAP.includes(action));
    for (const { action, from, xml, verdict } of rest) {
      const derived = verdict.tokens.filter(({ type }) => type === 'DerivedKeyToken');
      expect(
        derived.map(({ length }) => length),
        action,
      ).to.have.members([24, 32]);
      for (const { nonce } of derived) nonces.add(nonce);
      const source =
        from === 'initiator' ? 'DerivedKeyToken of SecurityContextToken' : 'DerivedKeyToken of external sct';
      expect(new Set(verdict.signed.map(({ protection }) => protection)), action).to.deep.equal(new Set([source]));
      expect(verdict.signatures[0]?.algorithm, action).to.equal(`${DS}hmac-sha1`);
      expect(xml, action).to.contain(Object.keys(recording.secrets)[0] as string);
      expect(verdict.keyTransportAlgorithms, action).to.deep.equal([]);
    }
    expect(nonces.size).to.equal(2 * rest.length);
    expect(new Set(judged.map(({ verdict }) => verdict.signatures[0]?.value)).size).to.equal(judged.length);
  });

  it('has no other digests and transforms than those of its suite', () => {
    for (const { verdict } of judged) {
      expect(verdict.digestAlgorithms).to.deep.equal([`${DS}sha1`]);
      expect(verdict.transformAlgorithms).to.deep.equal(['http://www.w3.org/2001/10/xml-exc-c14n#']);
    }
  });

  it('repeats what was lost under the MessageID and number that it had, protected anew', () => {
    for (const lost of recording.messages.filter((message) => message.lost)) {
      const again = recording.messages.filter(({ xml }) => idOf(xml) === idOf(lost.xml) && xml !== lost.xml);
      expect(again, lost.action).to.have.length.of.at.least(1);
      for (const { xml } of again) expect(numberIn(xml)).to.equal(numberIn(lost.xml));
    }
  });

  it('is valid by the schemas as it was sent', async () => {
    for (const { action, xml } of judged) expect(await problems(xml), action).to.deep.equal([]);
  });

  it('is valid by the schemas when it is decrypted: the elements of trust and of reliable messaging too', async () => {
    const seen = new Set<string>();
    for (const { action, verdict } of judged) {
      expect(await problems(verdict.decrypted), action).to.deep.equal([]);
      for (const body of elements(elements(parse(verdict.decrypted).root)[1] as XmlElement)) seen.add(body.local);
    }
    expect([...seen]).to.include.members([
      'RequestSecurityToken',
      'RequestSecurityTokenResponseCollection',
      'CreateSequence',
      'CreateSequenceResponse',
      'CloseSequence',
      'CloseSequenceResponse',
      'TerminateSequence',
      'TerminateSequenceResponse',
      'Fault',
    ]);
  });

  it('would not be valid with a message number that is none: the schemas do look at it', async () => {
    const { verdict } = judged.find(({ action }) => action === PLACE) ?? expect.fail('no request');
    const wrong = verdict.decrypted.replace(/(MessageNumber[^>]*>)\d+</, '$1many<');
    expect(await problems(wrong)).to.have.length.of.at.least(1);
  });

  it('has RSA signatures that xml-crypto agrees with, and not when a word is changed', () => {
    for (const { action, from, verdict } of judged.filter((message) => BOOTSTRAP.includes(message.action))) {
      const certificate = readFileSync(
        sharedPath(`peers/keys/${from === 'initiator' ? 'alice' : 'bob'}.cert.pem`),
        'utf8',
      );
      expect(agrees(verdict.decrypted, certificate), action).to.equal(true);
      const changed = verdict.decrypted.replace(`${action}<`, `${action}/Cancel<`);
      expect(changed).not.to.equal(verdict.decrypted);
      expect(agrees(changed, certificate), action).to.equal(false);
    }
  });

  it('is refused by WSS4J when a header block is changed, whatever the message', async () => {
    for (const message of recording.messages) {
      const changed = message.xml.replace(/(<wsa:To[^>]*>)/, '$1x');
      expect(changed).not.to.equal(message.xml);
      expect((await verdictOn({ ...message, xml: changed })).ok, message.action).to.equal(false);
    }
  });

  /** By libxml2 and by the judge. */
  async function problems(xml: string): Promise<readonly string[]> {
    const { ok, error, errors = [] } = await judge.ask({ op: 'validate', xml });
    return [...schemas.validate(xml).map(({ message }) => message), ...(ok ? errors : [error ?? 'no answer'])];
  }
});

function clark({ namespace, local }: XmlElement): string {
  return `{${namespace}}${local}`;
}

function bodyOf(xml: string): string {
  return serialize(elements(parse(xml).root)[1] as XmlElement);
}

function idOf(xml: string): string {
  return /<wsa:MessageID[^>]*>([^<]*)</.exec(xml)?.[1] ?? '';
}

function numberIn(xml: string): string {
  return /<wsrm:MessageNumber>(\d+)</.exec(xml)?.[1] ?? '';
}

/** What xml-crypto says of the signature in a message's Security header. */
function agrees(message: string, certificate: string): boolean {
  const [header] = elements(parse(message).root);
  const security = elements(header as XmlElement).find(({ local }) => local === 'Security') as XmlElement;
  const signature = elements(security).find(({ local, namespace }) => local === 'Signature' && namespace === DS);
  const verifier = new SignedXml({ publicCert: certificate, idMode: 'wssecurity' });
  verifier.loadSignature(serialize(signature as XmlElement));
  return verifier.checkSignature(message);
}
