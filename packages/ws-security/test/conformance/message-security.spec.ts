import { attribute, elements, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { SUITES } from '#src/algorithms/suites.js';
import { securityFault } from '#src/faults.js';
import { WSC_13, WSSE } from '#src/namespaces.js';
import { replayCache } from '#src/replay-cache.js';
import {
  ALL,
  derived,
  dkt,
  encryptedData,
  envelope,
  reference,
  referenceList,
  SCT,
  signed,
  TIMESTAMP,
  TOKENS,
} from '../forge.js';
import {
  after,
  alice,
  bob,
  changed,
  context,
  contextKeys,
  envelopeText,
  ORDER,
  opened,
  part,
  secured,
  thrown,
  withContext,
  xml,
} from '../samples.js';
import { assertion, block, describedBy, lookup, received, sent } from '../structures/parties.js';

const clear = describedBy('SecurityContextToken', { encryptBody: false });
const made = (security = '', ids: readonly string[] = ALL, body = ORDER, headers = '') =>
  signed(envelope(`${TIMESTAMP}${TOKENS}${security}<!--signature-->`, body, headers), ids);
const refused = (text: string, code: string, description = clear) => thrown(() => received(text, description), code);
const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;

describe('Web Services Security 1.1', () => {
  it('WSS-4-1, WSS-13-3: an Id that is given twice, in clear or when decrypted, is refused; an attribute of the application is none', () => {
    received(made('', ALL, '<o:a xmlns:o="urn:o" Id="body"/>'), clear);
    refused(made().replace('12 eggs', '<a xml:id="body"/>'), 'duplicate-id');
    const hidden = encryptedData('data', '<o:a xmlns:o="urn:o" xml:id="to"/>');
    const revealed = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`, hidden), ALL);
    expect(() => received(revealed, describedBy('SecurityContextToken', { order: 'encrypt-then-sign' }))).to.throw();
    refused(made().replace('wsu:Id="to"', '$& xml:id="also"'), 'duplicate-id');
  });

  it('WSS-4-2: what is signed may be named by any Id: wsu:Id, xml:id, Id of Signature and EncryptedData', () => {
    const header = '<x:Mine xmlns:x="urn:x" xml:id="mine"/>';
    const found = received(made('', [...ALL, 'mine'], ORDER, header), clear);
    expect(found.proof.signers(block(found.envelope, 'Mine')).length).to.equal(1);
  });

  it('WSS-5-4: an element of the Security header that is not understood is refused', () => {
    for (const part_ of ['<x:Token xmlns:x="urn:x"/>', '<wsse:Other/>', '<ds:KeyInfo/>', '<xenc:Other/>']) {
      refused(made(part_), 'security-header-invalid');
    }
  });

  it('WSS-5-5: the header that is written must be understood; a token that cannot be processed is refused', () => {
    const [security] = elements(elements(xml(secured()))[0] as XmlElement);
    const { namespace } = xml(secured());
    expect(security && attribute(security, { namespace, local: 'mustUnderstand' })).to.equal('1');
    const kerberos = `<wsse:BinarySecurityToken wsu:Id="k" ValueType="http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#GSS_Kerberosv5_AP_REQ">AAAA</wsse:BinarySecurityToken>`;
    refused(made(kerberos), 'unsupported-token');
  });

  it('WSS-6-1, WSS-7-4: UsernameToken, BinarySecurityToken and SecurityTokenReference are processed', () => {
    const description = describedBy('X509');
    const { text } = sent(description, { kind: 'X509', signer: alice, signerReference: 'thumbprint', ...toBob });
    expect(text).to.contain(alice.certificate.thumbprintSha1.toString('base64')).and.to.contain('#ThumbprintSHA1');
    expect(received(text, description).token?.kind).to.equal('X509');
  });

  it('WSS-8-1, WSS-8-2, WSS-8-3: one detached signature over every header block, the Body and the Timestamp', () => {
    const text = secured(clear, contextKeys(), envelopeText('1.2', ORDER, '<x:Mine xmlns:x="urn:x"/>'));
    const ids = [...text.matchAll(/<ds:Reference URI="#([^"]*)"/g)].map(([, id]) => id);
    const named = [...text.matchAll(/<(wsa:\w+|x:Mine|s:Body|wsu:Timestamp) [^>]*wsu:Id="([^"]*)"/g)].map(
      ([, , id]) => id,
    );
    expect(ids).to.have.members(named);
    expect(named.length).to.equal(6);
  });

  it('WSS-8-4: a signature is refused for its syntax, its value, its digests, or for who made it', () => {
    const text = made();
    refused(changed(text, part(text, 'ds:SignatureValue'), ''), 'security-header-invalid');
    refused(text.replace(/(?<=<ds:SignatureValue>)..../, 'AAAA'), 'signature-invalid');
    refused(text.replace('12 eggs', '13 eggs'), 'digest-mismatch');
    thrown(() => received(text, clear, { ...lookup, securityContext: () => undefined }), 'context-unknown');
  });

  it('WSS-8-5: an STR-Transform whose reference cannot be resolved is refused', () => {
    const description = describedBy('SAML', { protectTokens: true });
    const { text } = sent(description, { kind: 'SAML', assertion: assertion('2.0', alice), holder: alice, ...toBob });
    received(text, description);
    const id = / ID="([^"]*)"/.exec(text)?.[1] ?? '';
    expect(() =>
      received(text.replace(`>${id}</wsse:KeyIdentifier>`, '>_nobody</wsse:KeyIdentifier>'), description),
    ).to.throw();
  });

  it('WSS-10-1, WSS-10-3: times are UTC, to the millisecond, and clocks may differ by the skew', () => {
    const text = secured();
    expect(part(text, 'wsu:Created')).to.equal('<wsu:Created>2026-03-01T12:00:00.000Z</wsu:Created>');
    expect(opened(text, withContext, lookup, after(-withContext.clockSkew)).token.id).to.equal(context.identifier);
    thrown(() => opened(text, withContext, lookup, after(-withContext.clockSkew - 1)), 'message-from-the-future');
  });

  it('WSS-12-1: signatures and decryption fail alike, by a fault of the list', () => {
    const fault = (text: string) =>
      securityFault(thrown(() => received(text, describedBy('SecurityContextToken')), codeOf(text)) as never);
    const codeOf = (text: string) => (text.includes('AAAA') ? 'decryption-failed' : 'digest-mismatch');
    const broken = secured().replace(/(?<=<xenc:CipherValue>)[^<]*/, 'AAAA'.repeat(16));
    const forged = secured().replace('http://bob/', 'http://eve/');
    expect(fault(broken)).to.deep.equal(fault(forged));
    expect(JSON.stringify(fault(broken))).to.contain(WSSE);
  });

  it('WSS-13-1: what no signature covers is set apart, and has no signers', () => {
    const {
      unprotectedHeaders,
      envelope: read,
      proof,
    } = received(made('', ALL, ORDER, '<x:Mine xmlns:x="urn:x"/>'), clear);
    expect(unprotectedHeaders.map(({ local }) => local)).to.deep.equal(['Mine']);
    expect(read.headers.map(({ local }) => local)).to.not.include('Mine');
    expect(proof.signers(unprotectedHeaders[0] as XmlElement)).to.deep.equal([]);
  });
});

describe('Web Services Security 1.1: repetitions', () => {
  it('WSS-13-2: a message is known by its signatures until its Timestamp is too old', () => {
    const cache = replayCache();
    const text = secured();
    received(text, withContext, lookup, { replayCache: cache });
    thrown(() => received(text, withContext, lookup, { replayCache: cache }), 'replayed');
    thrown(
      () => opened(text, withContext, lookup, after(withContext.maxAge + withContext.clockSkew)),
      'message-expired',
    );
  });
});

describe('WS-SecureConversation, as messages show it', () => {
  it('SC13-7-2, SC13-7-3: the default label, and 16 octets of nonce that are fresh for each key', () => {
    const text = secured();
    expect(text).to.not.contain('Label');
    const nonces = [...text.matchAll(/<wsc:Nonce>([^<]*)</g)].map(([, nonce]) => nonce ?? '');
    expect(new Set(nonces).size).to.equal(2);
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64').length).to.equal(16);
  });

  it('SC13-7-7: keys are derived from whatever token the reference names', () => {
    const { text } = sent(describedBy('EncryptedKey'), { kind: 'EncryptedKey', ...toBob });
    expect(text.match(/<wsc:DerivedKeyToken /g)?.length).to.equal(2);
    const nowhere = dkt('sign', 24).replace(reference('#sct', `${WSC_13}/sct`), '');
    refused(signed(envelope(`${TIMESTAMP}${SCT}${nowhere}<!--signature-->`), ALL), 'unsupported-token');
  });

  it('SC13-8-1, SC13-8-2, SC13-8-3: the context is named by "#" and Id, or by Identifier and Instance, with its type', () => {
    expect(secured()).to.match(new RegExp(`<wsse:Reference URI="#[^"]*" ValueType="${WSC_13}/sct"/>`));
    const other = { ...context, instance: 'urn:uuid:2' };
    const outside = secured(withContext, { kind: 'SecurityContextToken', context: other, includeToken: false });
    expect(outside).to.contain(`<wsse:Reference URI="${context.identifier}" ValueType="${WSC_13}/sct"`);
    expect(outside).to.contain('wsc:Instance="urn:uuid:2"');
  });

  it('SC13-8-4: a context that the message holds and does not use is refused', () => {
    const other = SCT.replace('"sct"', '"other"').replace(context.identifier, 'urn:uuid:other');
    refused(made(other), 'wrong-token');
  });

  it('SC-X-2: a key is as long as its DerivedKeyToken says, not the suite', () => {
    for (const length of [16, 20, 32, 64]) {
      const key = {
        kind: 'symmetric',
        secret: derived(length),
        algorithm: SUITES.Basic256.symmetricSignature[0],
      } as const;
      const text = signed(envelope(`${TIMESTAMP}${SCT}${dkt('sign', length)}<!--signature-->`), ALL, { key });
      expect(received(text, clear).token?.id).to.equal(context.identifier);
    }
  });
});

describe('WS-SecurityPolicy, as messages show it', () => {
  it('SP-2, SP-4: parts that must be protected, and are not, are refused; all of a namespace may be named', () => {
    const rules = [{ namespace: 'urn:x' }];
    const header = '<x:Mine xmlns:x="urn:x"/>';
    refused(made('', ALL, ORDER, header), 'part-not-signed', { ...clear, signedHeaders: rules });
    refused(
      made(
        '',
        ALL.filter((id) => id !== 'body'),
      ),
      'part-not-signed',
    );
    refused(secured(clear), 'part-not-encrypted', withContext);
    received(
      made(
        '',
        ALL.filter((id) => id !== 'body'),
      ),
      { ...clear, signBody: false },
    );
  });

  it('SP-5: only whole header blocks and the Body are signed', () => {
    const inner =
      '<o:Item xmlns:o="urn:o" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" wsu:Id="item"/>';
    refused(made('', [...ALL, 'item'], inner), 'reference-not-resolved');
    refused(made('', [...ALL, 'item'], ORDER, `<x:Mine xmlns:x="urn:x">${inner}</x:Mine>`), 'reference-not-resolved');
  });

  it('SP-6: with private keys, a signature over what was encrypted before is refused where the order is the other', () => {
    const [sign, encrypt] = [describedBy('X509'), describedBy('X509', { order: 'encrypt-then-sign' })];
    const { text } = sent(encrypt, { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob });
    expect(received(text, encrypt).token?.kind).to.equal('X509');
    refused(text, 'part-not-signed', sign);
  });

  it('SP-7: a signature in clear is refused where it must be encrypted', () => {
    refused(secured(), 'part-not-encrypted', { ...withContext, encryptSignature: true });
    received(secured({ ...withContext, encryptSignature: true }), withContext);
  });

  it('SP-8: the token that signs must be covered, if the message holds it', () => {
    refused(secured(), 'part-not-signed', { ...withContext, protectTokens: true });
    received(secured(withContext, contextKeys(false)), { ...withContext, protectTokens: true });
  });

  it('SP-9: the Timestamp must be there, and signed', () => {
    refused(made('', ALL.slice(1)), 'part-not-signed');
    refused(signed(envelope(`${TOKENS}<!--signature-->`), ALL.slice(1)), 'timestamp-missing');
  });

  it('SP-11: what is encrypted under another token than signs is refused', () => {
    const other = { ...context, identifier: 'urn:uuid:other', secret: new Uint8Array(32).fill(1) };
    const keys = {
      ...lookup,
      securityContext: (identifier: string) => [context, other].find((each) => each.identifier === identifier),
    };
    const data = encryptedData('data', ORDER, 'Content', derived(32, other.secret), reference('#theirs'));
    const text = signed(
      envelope(
        `${TIMESTAMP}${TOKENS}${dkt('theirs', 32, 'urn:uuid:other')}<!--signature-->${referenceList('data')}`,
        data,
      ),
      ALL,
    );
    thrown(() => received(text, describedBy('SecurityContextToken'), keys), 'wrong-token');
  });
});
