import { elements, type ProvenToken, parse, SOAP_11, WSA, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { SUITES, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { defaultProtection, matches } from '#src/description.js';
import { sctType } from '#src/elements/security-context-token.js';
import { noKeys } from '#src/keys.js';
import { securityHeader } from '#src/opening/shape.js';
import { replayCache } from '#src/replay-cache.js';
import { unprotect } from '#src/unprotect.js';
import {
  ALL,
  contextKey,
  derived,
  dkt,
  encryptedData,
  envelope,
  good,
  reference,
  referenceList,
  SCT,
  type SignOptions,
  signed,
  TIMESTAMP,
  TOKENS,
} from './forge.js';
import {
  after,
  changed,
  context,
  contextKeys,
  envelopeText,
  now,
  ORDER,
  opened,
  part,
  recipientKeys,
  secured,
  thrown,
  withCertificates,
  withContext,
  xml,
} from './samples.js';

const clear = { ...withContext, encryptBody: false };
const forged = (options: SignOptions = {}, ids = ALL, tokens = TOKENS, timestamp = TIMESTAMP, headers = '') =>
  signed(envelope(`${timestamp}${tokens}<!--signature-->`, ORDER, headers), ids, options);

describe('unprotect', () => {
  describe('the Timestamp', () => {
    const stamped = (content: string) =>
      forged({}, ALL, TOKENS, `<wsu:Timestamp wsu:Id="ts">${content}</wsu:Timestamp>`);
    const at = (created: number, expires?: number) =>
      stamped(
        `<wsu:Created>${after(created).toISOString()}</wsu:Created>` +
          (expires === undefined ? '' : `<wsu:Expires>${after(expires).toISOString()}</wsu:Expires>`),
      );
    const description = { ...clear, clockSkew: 1_000, maxAge: 10_000 };
    const accepted = (text: string) => expect(opened(text, description).token.id).to.equal(context.identifier);

    it('is required', () => {
      const text = forged({}, ALL.slice(1), TOKENS, '');
      thrown(() => opened(text, clear), 'timestamp-missing');
      thrown(() => opened(changed(secured(clear), part(secured(clear), 'wsu:Created'), ''), clear), 'digest-mismatch');
    });

    it('may be ahead of our clock by the skew, and no more', () => {
      accepted(at(1_000, 5_000));
      thrown(() => opened(at(1_001, 5_000), description), 'message-from-the-future');
    });

    it('may have expired by less than the skew', () => {
      accepted(at(-5_000, -999));
      thrown(() => opened(at(-5_000, -1_000), description), 'message-expired');
    });

    it('makes a message no older than the greatest age, whatever it says itself', () => {
      accepted(at(-10_999, 1_000_000));
      thrown(() => opened(at(-11_000, 1_000_000), description), 'message-expired');
    });

    it('without Expires makes a message as old as the greatest age', () => {
      accepted(at(-10_999));
      thrown(() => opened(at(-11_000), description), 'message-expired');
    });

    it('is refused when it cannot be read, although it is signed', () => {
      thrown(() => opened(stamped('<wsu:Created>2026-03-01T12:00:00</wsu:Created>'), clear), 'security-header-invalid');
      thrown(
        () => opened(stamped('<wsu:Expires>2026-03-01T12:00:00Z</wsu:Expires>'), clear),
        'security-header-invalid',
      );
    });

    it('of a message that was kept for an hour is refused', () => {
      thrown(() => opened(secured(), withContext, recipientKeys, after(3_600_000)), 'message-expired');
    });

    it('of a message from tomorrow is refused', () => {
      thrown(() => opened(secured(), withContext, recipientKeys, after(-86_400_000)), 'message-from-the-future');
    });
  });

  describe('a repetition', () => {
    const message = secured();
    const open = (text: string, cache: ReturnType<typeof replayCache>, at = now) =>
      unprotect(parse(text), withContext, recipientKeys, { now: at, replayCache: cache });

    it('is refused as long as the message is fresh, and expired afterwards', () => {
      const cache = replayCache();
      open(message, cache);
      for (const late of [0, 1_000, 359_999]) thrown(() => open(message, cache, after(late)), 'replayed');
      thrown(() => open(message, cache, after(360_000)), 'message-expired');
    });

    it('is one although what nobody signed was changed in it', () => {
      const cache = replayCache();
      open(message, cache);
      thrown(() => open(message.replace('<s:Header>', '<s:Header><x:More xmlns:x="urn:x"/>'), cache), 'replayed');
      thrown(() => open(message.replace(/(?<=<ds:SignatureValue>)/, '\n '), cache), 'replayed');
    });

    it('is not another message with the same content', () => {
      const cache = replayCache();
      open(secured(), cache);
      open(secured(), cache);
    });

    it('is not a message after another that was refused', () => {
      const cache = replayCache();
      thrown(() => open(changed(message, 'urn:o/Place', 'urn:o/Other'), cache), 'digest-mismatch');
      open(message, cache);
    });

    it('is accepted where nobody looks for repetitions', () => {
      opened(message);
      opened(message);
    });
  });

  describe('header blocks', () => {
    const more = (block: string, ids = ALL) => forged({}, ids, TOKENS, TIMESTAMP, block);

    it('that nobody signed are set apart', () => {
      const { envelope: found, unprotectedHeaders, proof } = opened(more('<x:Mine xmlns:x="urn:x">1</x:Mine>'), clear);
      expect(found.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To']);
      expect(unprotectedHeaders.map(({ local }) => local)).to.deep.equal(['Mine']);
      expect(proof.signers(unprotectedHeaders[0] as XmlElement)).to.deep.equal([]);
    });

    it('that the description names must be signed, whoever they are for', () => {
      const block = `<w:From xmlns:w="${WSA}" s:role="urn:other"/>`;
      thrown(() => opened(more(block), clear), 'part-not-signed');
      opened(more(block), { ...clear, signedHeaders: [{ namespace: WSA, local: 'To' }] });
    });

    it('with a Security header for somebody else are left alone', () => {
      const security = `<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" s:role="urn:other"><w:Nonsense/></w:Security>`;
      const { unprotectedHeaders } = opened(more(security), clear);
      expect(unprotectedHeaders.map(({ local }) => local)).to.deep.equal(['Security']);
    });
  });

  describe('the Security header', () => {
    it('is the one for the ultimate receiver, in either version of SOAP', () => {
      const root = (attributes: string, s = 'http://www.w3.org/2003/05/soap-envelope') =>
        xml(
          `<s:Envelope xmlns:s="${s}"><s:Header><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" ${attributes}/></s:Header><s:Body/></s:Envelope>`,
        );
      for (const attributes of [
        '',
        's:role=""',
        's:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"',
        's:actor="urn:x"',
      ]) {
        expect(securityHeader(root(attributes)), attributes).to.not.equal(undefined);
      }
      for (const attributes of ['s:role="urn:x"', 's:role="http://www.w3.org/2003/05/soap-envelope/role/next"']) {
        expect(securityHeader(root(attributes)), attributes).to.equal(undefined);
      }
      expect(securityHeader(root('s:actor=""', SOAP_11))).to.not.equal(undefined);
      expect(securityHeader(root('s:actor="urn:x"', SOAP_11))).to.equal(undefined);
    });

    it('may be missing, and is then asked for', () => {
      expect(securityHeader(xml(envelopeText()))).to.equal(undefined);
      thrown(() => opened(envelopeText()), 'security-header-missing');
      thrown(() => opened(envelopeText(), withCertificates), 'security-header-missing');
    });

    it('is looked for in an envelope only', () => {
      const soap = (content: string) => `<s:Envelope xmlns:s="${SOAP_11}">${content}</s:Envelope>`;
      for (const text of [
        '<a/>',
        '<Envelope><Body/></Envelope>',
        soap(''),
        soap('<s:Header/>'),
        soap('<s:Header/><s:Header/><s:Body/>'),
        soap('<s:Body/><x/>'),
        soap('<x/><s:Body/>'),
      ]) {
        thrown(() => securityHeader(xml(text)), 'security-header-invalid');
      }
    });
  });

  describe('accepts what peers write', () => {
    it('keys derived with Offset, Generation and Label', () => {
      for (const more of [
        '<wsc:Offset>0</wsc:Offset>',
        '<wsc:Generation>0</wsc:Generation>',
        '<wsc:Label>WS-SecureConversationWS-SecureConversation</wsc:Label>',
      ]) {
        opened(forged({}, ALL, SCT + dkt('sign', 24, '#sct', more)), clear);
      }
    });

    it('a response that names the context by Identifier, with a type or without', () => {
      for (const type of [sctType('1.3'), undefined]) {
        const token = dkt('sign', 24, context.identifier);
        opened(forged({}, ALL, type === undefined ? token.replace(/ ValueType="[^"]*"/, '') : token), clear);
      }
    });

    it('a token after the signature that uses it', () => {
      opened(signed(envelope(`${TIMESTAMP}<!--signature-->${TOKENS}`), ALL), clear);
    });

    it('a Timestamp at the end', () => {
      opened(signed(envelope(`${TOKENS}<!--signature-->${TIMESTAMP}`), ALL), clear);
    });

    it('an EncryptedData in the header that no list names', () => {
      const hidden = encryptedData(
        'sig',
        part(forged(), 'ds:Signature').replace(
          '<ds:Signature',
          '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"',
        ),
        'Element',
      );
      opened(envelope(`${TIMESTAMP}${TOKENS}${hidden}`), { ...clear, encryptSignature: true });
    });

    it('an empty Body, in clear or encrypted', () => {
      const empty = (security: string, body: string) =>
        signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${security}`, body), ALL);
      expect(opened(empty('', '')).envelope.body).to.deep.equal([]);
      expect(opened(empty('', ' \n')).envelope.body).to.deep.equal([' \n']);
      expect(opened(empty(referenceList('data'), encryptedData('data', ''))).envelope.body).to.deep.equal([]);
    });

    it('signature confirmations, which are not asked for', () => {
      const confirmation =
        '<c:SignatureConfirmation xmlns:c="http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"/>';
      opened(forged({}, ALL, TOKENS + confirmation), clear);
    });

    it('HMAC-SHA256 where the suite allows both, and not where it does not', () => {
      const key = { kind: 'symmetric', secret: derived(24), algorithm: SYMMETRIC_SIGNATURE.hmacSha256 } as const;
      const text = forged({ key, digestAlgorithm: SUITES.Basic256Sha256.digest[0] });
      opened(text, { ...clear, suite: SUITES.Basic256Sha256 });
      thrown(() => opened(text, clear), 'algorithm-not-allowed');
    });
  });

  describe('the context', () => {
    it('that is not known is told from one that is', () => {
      thrown(
        () => opened(secured(), withContext, { ...recipientKeys, securityContext: () => undefined }),
        'context-unknown',
      );
      thrown(() => opened(secured(), withContext, noKeys), 'context-unknown');
    });

    it('is looked up by Identifier and Instance', () => {
      const asked: (string | undefined)[] = [];
      const keys = {
        ...recipientKeys,
        securityContext: (identifier: string, instance: string | undefined) => {
          asked.push(identifier, instance);
          return context;
        },
      };
      const instance = { ...context, instance: 'two' };
      for (const includeToken of [true, false]) {
        opened(
          secured(withContext, { kind: 'SecurityContextToken', context: instance, includeToken }),
          withContext,
          keys,
        );
      }
      expect(new Set(asked)).to.deep.equal(new Set([context.identifier, 'two']));
    });

    it('is not one of another version of WS-SecureConversation', () => {
      const old = { ...recipientKeys, securityContext: () => ({ ...context, version: '2005' as const }) };
      for (const includeToken of [true, false]) {
        thrown(() => opened(secured(withContext, contextKeys(includeToken)), withContext, old), 'unsupported-token');
      }
    });

    it('of 2005 protects messages as well', () => {
      const old = { ...context, version: '2005' as const };
      const text = secured(withContext, { kind: 'SecurityContextToken', context: old, includeToken: true });
      expect(text).to.contain('http://schemas.xmlsoap.org/ws/2005/02/sc');
      opened(text, withContext, { ...recipientKeys, securityContext: () => old });
    });

    it('with a key too short to be one is refused', () => {
      const key = { ...contextKey, secret: Buffer.alloc(8) } as typeof contextKey;
      const short = { ...context, secret: Buffer.alloc(8) };
      const keys = { ...recipientKeys, securityContext: () => short };
      thrown(
        () => opened(forged({ key, keyInfo: reference('#sct') }), { ...clear, acceptUnderivedKeys: true }, keys),
        'security-header-invalid',
      );
    });
  });

  describe('the proof', () => {
    const result = opened(good());
    const [order] = elements(result.envelope.bodyElement);

    it('is about elements, and all that is in them', () => {
      expect(result.proof.signers(order as XmlElement)).to.deep.equal([result.token]);
      expect(result.proof.encrypters(order as XmlElement).map(({ id }) => id)).to.deep.equal([context.identifier]);
      for (const inner of elements(order as XmlElement))
        expect(result.proof.signers(inner)).to.deep.equal([result.token]);
    });

    it('says nothing of the envelope, of the header as a whole, nor of an element of another message', () => {
      const foreign = opened(good());
      for (const other of [
        result.envelope.root,
        elements(result.envelope.root)[0],
        foreign.envelope.bodyElement,
        order && { ...order },
      ]) {
        expect(result.proof.signers(other as XmlElement)).to.deep.equal([]);
        expect(result.proof.encrypters(other as XmlElement)).to.deep.equal([]);
      }
    });

    it('holds the tokens that signed', () => {
      const expected: ProvenToken = {
        kind: 'SecurityContextToken',
        id: context.identifier,
        identity: context.identity,
      };
      expect(result.proof.tokens).to.deep.equal([expected]);
    });
  });

  it('matches header rules by namespace, and by name where they have one', () => {
    const name = { namespace: 'urn:a', local: 'x' };
    expect(matches([{ namespace: 'urn:a' }], name)).to.equal(true);
    expect(matches([{ namespace: 'urn:a', local: 'x' }], name)).to.equal(true);
    expect(matches([{ namespace: 'urn:a', local: 'y' }, { namespace: 'urn:b' }], name)).to.equal(false);
    expect(matches([], name)).to.equal(false);
    expect(matches(defaultProtection.signedHeaders, { namespace: WSA, local: 'Action' })).to.equal(true);
  });
});
