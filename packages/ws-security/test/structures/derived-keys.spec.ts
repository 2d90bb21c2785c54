import { WSU } from '@holdfast/soap';
import { expect } from 'chai';
import type { SigningKey } from '#src/algorithms/digest.js';
import { wrapKey } from '#src/algorithms/key-wrap.js';
import { KEY_WRAP, SUITES, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { DEFAULT_LABEL, deriveKey } from '#src/elements/derived-key-token.js';
import type { KeyLookup } from '#src/keys.js';
import { WSC_13, WSC_2005 } from '#src/namespaces.js';
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
import { context, ORDER, octets, thrown } from '../samples.js';
import { describedBy, lookup, received } from './parties.js';

const clear = describedBy('SecurityContextToken', { encryptBody: false });
const nonce = Buffer.alloc(16, 7);
const hmac = (secret: Uint8Array): SigningKey => ({
  kind: 'symmetric',
  secret,
  algorithm: SYMMETRIC_SIGNATURE.hmacSha1,
});
const derive = (secret: Uint8Array, length: number, label = DEFAULT_LABEL, seed: Uint8Array = nonce, offset = 0) =>
  deriveKey(secret, { label, nonce: seed, offset, length });

/** A message in clear, signed by this key, which is named so. */
const message = (tokens: string, secret: Uint8Array, keyInfo: string) =>
  signed(envelope(`${TIMESTAMP}${tokens}<!--signature-->`), ALL, { key: hmac(secret), keyInfo });

const accepted = (text: string, keys: KeyLookup = lookup, description = clear) => {
  const { token } = received(text, description, keys);
  expect(token?.id).to.equal(context.identifier);
};

/** An implied derived key: attributes on the reference (WS-SecureConversation 1.3 §7). */
const implied = (attributes: string, uri = '#sct', type = `${WSC_13}/sct`) =>
  reference(uri, type).replace('<wsse:SecurityTokenReference', `$& xmlns:wsc="${WSC_13}" ${attributes}`);
const stated = (value: Uint8Array, length?: number | string) =>
  `wsc:Nonce="${Buffer.from(value).toString('base64')}"${length === undefined ? '' : ` wsc:Length="${length}"`}`;

describe('structures: derived keys (SP-17, SC13-7-1)', () => {
  describe('implied by a reference (SC13-7-11)', () => {
    it('of any length that a key may have, 32 octets if it says none', () => {
      for (const length of [16, 24, 32, 64])
        accepted(message(SCT, derive(context.secret, length), implied(stated(nonce, length))));
      accepted(message(SCT, derive(context.secret, 32), implied(stated(nonce))));
      accepted(message('', derive(context.secret, 32), implied(stated(nonce), context.identifier)));
      const long = octets(8)(256);
      accepted(message(SCT, derive(context.secret, 32, DEFAULT_LABEL, long), implied(stated(long))));
    });

    it('SC13-7-10: is refused with a hostile Nonce or Length', () => {
      const short = derive(context.secret, 32);
      for (const attributes of [
        stated(nonce.subarray(0, 7)),
        stated(Buffer.alloc(257)),
        stated(new Uint8Array()),
        'wsc:Nonce="?"',
        'wsc:Length="32"',
        stated(nonce, 0),
        stated(nonce, 15),
        stated(nonce, 65),
        stated(nonce, 4_294_967_296),
        stated(nonce, '99999999999999'),
        stated(nonce, '-32'),
        stated(nonce, '3e1'),
        stated(nonce, '0x20'),
        stated(nonce, ' '),
        stated(nonce, ''),
      ]) {
        thrown(() => received(message(SCT, short, implied(attributes)), clear), 'security-header-invalid');
      }
    });

    it('SC-X-1: is not of WS-SecureConversation of 2005', () => {
      const old = { ...context, version: '2005' } as const;
      const keys = { ...lookup, securityContext: () => old };
      const text = message(
        '',
        derive(context.secret, 32),
        implied(stated(nonce), context.identifier, `${WSC_2005}/sct`),
      );
      thrown(() => received(text, clear, keys), 'unsupported-token');
      const oldAttributes = message(
        '',
        derive(context.secret, 32),
        implied(stated(nonce), context.identifier, `${WSC_2005}/sct`).replace(WSC_13, WSC_2005),
      );
      expect(() => received(oldAttributes, clear, keys)).to.throw();
    });

    it('counts among the keys that one message may ask for', () => {
      const many = Array.from({ length: 20 }, (_, at) => `d${at}`);
      const keyed = many.map((id) =>
        encryptedData(id, `<x:Block xmlns:x="urn:x"/>`, 'Element', derive(context.secret, 32), implied(stated(nonce))),
      );
      const blocks = keyed.join('');
      const tokens = many.map((id) => dkt(`k${id}`, 32)).join('');
      const text = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${referenceList(...many)}`, ORDER, blocks), [
        ...ALL,
        ...many,
      ]);
      accepted(text);
      const used = many.map((id) =>
        encryptedData(id, `<x:Block xmlns:x="urn:x"/>`, 'Element', derive(context.secret, 32), reference(`#k${id}`)),
      );
      const both = signed(
        envelope(`${TIMESTAMP}${TOKENS}${tokens}<!--signature-->${referenceList(...many)}`, ORDER, used.join('')),
        [...ALL, ...many],
      );
      accepted(both);
    });
  });

  describe('of derived keys (SC13-7-8)', () => {
    /** Each from the one before. */
    const chain = (steps: number) => {
      let secret: Uint8Array = context.secret;
      const tokens = Array.from({ length: steps }, (_, at) => {
        secret = derived(32, secret);
        return dkt(`k${at}`, 32, at === 0 ? '#sct' : `#k${at - 1}`);
      });
      return { tokens: tokens.join(''), secret, last: `#k${steps - 1}` };
    };

    it('are followed over four steps, and no more', () => {
      for (const steps of [1, 2, 3, 4]) {
        const { tokens, secret, last } = chain(steps);
        accepted(message(SCT + tokens, secret, reference(last)));
      }
      const { tokens, secret, last } = chain(5);
      thrown(() => received(message(SCT + tokens, secret, reference(last)), clear), 'security-header-invalid');
    });

    it('and implied ones, one after the other', () => {
      const { tokens, secret, last } = chain(2);
      accepted(message(SCT + tokens, derive(secret, 24), implied(stated(nonce, 24), last, `${WSC_13}/dk`)));
    });

    it('are refused in a circle', () => {
      for (const tokens of [dkt('a', 32, '#a'), dkt('a', 32, '#b') + dkt('b', 32, '#a')]) {
        thrown(() => received(message(SCT + tokens, derived(32), reference('#a')), clear), 'unsupported-token');
      }
    });

    it('of another version than their source are refused (SC-X-1)', () => {
      const old = dkt('sign', 24)
        .replaceAll('wsc:', 'old:')
        .replace('<old:DerivedKeyToken', `$& xmlns:old="${WSC_2005}"`);
      thrown(
        () => received(message(SCT + old, derived(24), reference('#sign', `${WSC_2005}/dk`)), clear),
        'unsupported-token',
      );
    });
  });

  describe('named by Properties (SC13-7-9)', () => {
    const properties = (content: string) => `<wsc:Properties>${content}</wsc:Properties>`;
    const name = '<wsc:Name>urn:our:key</wsc:Name>';
    const bare = (id: string, source: string, more = '', length = 24) =>
      `<wsc:DerivedKeyToken wsu:Id="${id}">${reference(source, '').replace(' ValueType=""', '')}${more}<wsc:Length>${length}</wsc:Length></wsc:DerivedKeyToken>`;

    it('are found by the name, and give label and nonce to keys derived from them', () => {
      const first = derive(context.secret, 32);
      const base = dkt('first', 32, '#sct', properties(name));
      accepted(message(SCT + base, first, reference('urn:our:key')));
      const seed = octets(12)(20);
      const given = properties(
        `${name}<wsc:Label>ours</wsc:Label><wsc:Nonce>${Buffer.from(seed).toString('base64')}</wsc:Nonce>`,
      );
      const named = dkt('first', 32, '#sct', given);
      const base2 = derive(context.secret, 32, 'ours');
      const second = derive(base2, 24, 'ours', seed);
      accepted(message(SCT + named + bare('second', 'urn:our:key'), second, reference('#second')));
      accepted(message(SCT + named + bare('second', '#first'), second, reference('#second')));
      const own = derive(base2, 24, 'mine', seed);
      accepted(
        message(
          SCT +
            named +
            bare('second', '#first', '<wsc:Label>mine</wsc:Label>').replace(
              /(<wsc:Label>.*?<\/wsc:Label>)(<wsc:Length>.*?<\/wsc:Length>)/,
              '$2$1',
            ),
          own,
          reference('#second'),
        ),
      );
    });

    it('are refused without any nonce, with two of one name, and where the name is nobody\u2019s', () => {
      const base = dkt('first', 32, '#sct', properties(name));
      thrown(
        () => received(message(SCT + base + bare('second', '#first'), derived(24), reference('#second')), clear),
        'security-header-invalid',
      );
      const twice = base + dkt('other', 32, '#sct', properties(name));
      thrown(
        () => received(message(SCT + twice, derived(32), reference('urn:our:key')), clear),
        'security-header-invalid',
      );
      thrown(
        () => received(message(SCT + base, derived(32), reference('urn:no:key', `${WSC_13}/dk`)), clear),
        'context-unknown',
      );
    });

    it('are refused with hostile Properties', () => {
      for (const given of [
        properties(`${name}${name}`),
        properties(`<wsc:Nonce>${Buffer.alloc(300).toString('base64')}</wsc:Nonce>`),
        properties('<wsc:Nonce>AAAA</wsc:Nonce>'),
        properties(`<wsc:Label>${'x'.repeat(257)}</wsc:Label>`),
        properties('') + properties(''),
      ]) {
        thrown(
          () => received(message(SCT + dkt('sign', 24, '#sct', given), derived(24), reference('#sign')), clear),
          'security-header-invalid',
        );
      }
    });
  });

  it('SC13-7-4, SC13-7-5: Offset and Generation choose other octets, and are never given together', () => {
    const stream = derive(context.secret, 24, DEFAULT_LABEL, nonce, 48);
    for (const more of ['<wsc:Offset>48</wsc:Offset>', '<wsc:Generation>2</wsc:Generation>']) {
      accepted(message(SCT + dkt('sign', 24, '#sct', more), stream, reference('#sign')));
    }
    for (const more of [
      '<wsc:Generation>2</wsc:Generation><wsc:Offset>48</wsc:Offset>',
      '<wsc:Offset>1025</wsc:Offset>',
      '<wsc:Generation>100</wsc:Generation>',
      '<wsc:Generation>999999999</wsc:Generation>',
      '<wsc:Offset>-1</wsc:Offset>',
    ]) {
      const text = message(SCT + dkt('sign', 24, '#sct', more), stream, reference('#sign'));
      thrown(() => received(text, clear), 'security-header-invalid');
    }
    const plain = dkt('sign', 32).replace(/<wsc:Length>.*?<\/wsc:Length>/, '');
    accepted(message(SCT + plain, derived(32), reference('#sign')));
  });

  it('SC13-7-6: by another algorithm than P_SHA1 are refused', () => {
    const by = (algorithm: string) =>
      message(
        SCT + dkt('sign', 24).replace('<wsc:DerivedKeyToken', `$& Algorithm="${algorithm}"`),
        derived(24),
        reference('#sign'),
      );
    accepted(by(`${WSC_13}/dk/p_sha1`));
    thrown(() => received(by('urn:hkdf'), clear), 'algorithm-not-allowed');
  });

  it('SC13-2-4, SC13-7-12: the secret itself is accepted where that is said, only', () => {
    const text = message(SCT, context.secret, reference('#sct', `${WSC_13}/sct`));
    thrown(() => received(text, clear), 'wrong-token');
    accepted(text, lookup, { ...clear, acceptUnderivedKeys: true });
    const encrypted = signed(
      envelope(
        `${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`,
        encryptedData('data', ORDER, 'Content', context.secret, reference('#sct', `${WSC_13}/sct`)),
      ),
      ALL,
    );
    thrown(() => received(encrypted, describedBy('SecurityContextToken')), 'wrong-token');
    accepted(encrypted, lookup, describedBy('SecurityContextToken', { acceptUnderivedKeys: true }));
  });
});

describe('structures: a key wrapped with another (SP-11, R5625, R5626)', () => {
  const fresh = octets(51)(32);
  const wrapped = (keyReference: string, by: Uint8Array, more = '', algorithm: string = KEY_WRAP.aes256) =>
    `<xenc:EncryptedKey Id="wrapped"><xenc:EncryptionMethod Algorithm="${algorithm}"/><ds:KeyInfo>${keyReference}</ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${wrapKey(KEY_WRAP.aes256, by, fresh, octets(53)).toString('base64')}</xenc:CipherValue></xenc:CipherData>${more}</xenc:EncryptedKey>`;
  const byDerived = wrapped(reference('#encrypt'), derived(32));
  const key = reference('#wrapped', 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey');
  const body = encryptedData('data', ORDER, 'Content', fresh, key);
  const description = describedBy('SecurityContextToken', { order: 'encrypt-then-sign' });
  const made = (security: string, content = body, options = {}) =>
    signed(envelope(`${TIMESTAMP}${TOKENS}${security}<!--signature-->`, content), ALL, options);

  it('with a key of the context is as good as that', () => {
    const list = referenceList('data');
    const {
      token,
      proof,
      envelope: found,
    } = received(made(byDerived).replace('</wsse:Security>', `${list}$&`), description);
    expect(proof.encrypters(found.bodyElement).map(({ id }) => id)).to.deep.equal([token?.id]);
    const inside = wrapped(reference('#encrypt'), derived(32), list);
    const late = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${inside}`, body), ALL);
    received(late, description);
    received(made(byDerived, ORDER, { key: hmac(fresh), keyInfo: key }), { ...description, encryptBody: false });
  });

  it('with the secret of the context itself is as good as that: accepted where it is said, only', () => {
    const bySecret = wrapped(reference('#sct', `${WSC_13}/sct`), context.secret, referenceList('data'));
    const text = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${bySecret}`, body), ALL);
    thrown(() => received(text, description), 'wrong-token');
    received(text, { ...description, acceptUnderivedKeys: true });
  });

  it('with itself, with a wrong key, or by an algorithm outside of the suite is refused', () => {
    const late = (token: string) =>
      signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${token}${referenceList('data')}`, body), ALL);
    expect(() => received(late(wrapped(key, fresh)), description)).to.throw();
    thrown(() => received(late(wrapped(reference('#encrypt'), new Uint8Array(32))), description), 'decryption-failed');
    expect(() =>
      received(late(wrapped(reference('#encrypt'), derived(32), '', KEY_WRAP.aes128)), description),
    ).to.throw(/is not of the agreed suite|uses a key of a/);
    thrown(
      () => received(late(byDerived.replace(/(?<=<xenc:CipherValue>)....../, 'AAAAAA')), description),
      'decryption-failed',
    );
    expect(SUITES.Basic256.keyWrap).to.deep.equal([KEY_WRAP.aes256]);
    expect(WSU).to.be.a('string');
  });
});
