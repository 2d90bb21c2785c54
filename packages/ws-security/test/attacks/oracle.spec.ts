import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt } from 'node:crypto';
import { SecurityError } from '@holdfast/soap';
import { expect } from 'chai';
import { SUITES } from '#src/algorithms/suites.js';
import type { ProtectionDescription } from '#src/description.js';
import { DEFAULT_LABEL, deriveKey } from '#src/elements/derived-key-token.js';
import { securityFault } from '#src/faults.js';
import { bob, context, envelopeText, opened, secured, withCertificates, withContext } from '../samples.js';

/**
 * What whoever sends changed ciphertexts could learn something from, if the answers, or the times that they take, were
 * not the same: paddings of CBC (Vaudenay), plaintexts that are XML or not (Jager and Somorovsky), paddings of RSA
 * (Bleichenbacher, Manger).
 */
describe('nobody learns anything from how a changed ciphertext is refused', () => {
  const lines = Array.from(
    { length: 120 },
    (_, at) => `<line no="${at}"><name>item ${at}</name><text>as it is</text></line>`,
  );
  const body = `<order>${lines.join('')}</order>`;
  const long = `<order><name>item 0</name><text>${'Base64 of a file, say. '.repeat(1_000)}</text><name>item 1</name></order>`;
  const kinds = [
    ['sign-then-encrypt', 'much markup', body],
    ['sign-then-encrypt', 'one long text', long],
    ['encrypt-then-sign', 'much markup', body],
  ] as const;

  for (const [order, kind, content] of kinds) {
    describe(`CBC, decrypted before it is verified (${order}, ${kind})`, () => {
      const description: ProtectionDescription = { ...withContext, order };
      const original = decryptedFirst(secured(description, undefined, envelopeText('1.2', content)));
      const { key, iv, plaintext } = plaintextOf(original);

      /** The message with this in the place of its plaintext, padding included, which must be as long. */
      const holding = (text: Buffer): Buffer => {
        const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
        return withCipherValue(original, Buffer.concat([iv, cipher.update(text), cipher.final()]));
      };
      const changedAt = (at: number, to: string | number, last?: number): Buffer => {
        const text = Buffer.from(plaintext);
        if (typeof to === 'string') text.write(to, at, 'latin1');
        else text[at] = to;
        if (last !== undefined) text[text.length - 1] = last;
        return holding(text);
      };
      const { length } = plaintext;
      const digit = plaintext.indexOf('item ') + 5;
      const lastDigit = plaintext.lastIndexOf('item ') + 5;

      same({
        'another character in a text': changedAt(digit, '7'),
        'another character in the last text': changedAt(lastDigit, '7'),
        'a padding of 0': changedAt(length - 1, 0),
        'a padding of 17': changedAt(length - 1, 17),
        'a padding of 255': changedAt(length - 1, 255),
        'a shorter padding': changedAt(length - 1, 1),
        'a longer padding': changedAt(length - 1, 16),
        'a "<" near the beginning': changedAt(digit, '<'),
        'a "<" near the end': changedAt(lastDigit, '<'),
        'a "<" near the end, and a padding of 0': changedAt(lastDigit, '<', 0),
        'an "&" near the end': changedAt(lastDigit, '&'),
        'an octet near the beginning that is not UTF-8': changedAt(digit, 0xff),
        'an octet near the end that is not UTF-8': changedAt(lastDigit, 0xff),
        'a control character near the end': changedAt(lastDigit, 1),
        'a tag that ends another near the end': changedAt(plaintext.lastIndexOf('</text>') + 2, 'n'),
      }).by((message) => () => opened(message, description));
    });
  }

  describe('CBC, of an encrypted signature', () => {
    const description: ProtectionDescription = { ...withContext, encryptSignature: true };
    const original = secured(description, undefined, envelopeText('1.2', body));
    const { key, iv, plaintext } = plaintextOf(original);
    const changedAt = (at: number, to: string | number): Buffer => {
      const text = Buffer.from(plaintext);
      if (typeof to === 'string') text.write(to, at, 'latin1');
      else text[at] = to;
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
      return withCipherValue(original, Buffer.concat([iv, cipher.update(text), cipher.final()]));
    };
    const value = plaintext.indexOf('<ds:SignatureValue>') + '<ds:SignatureValue>'.length;
    const digest = plaintext.lastIndexOf('<ds:DigestValue>') + '<ds:DigestValue>'.length;

    same({
      'another SignatureValue': changedAt(value, plaintext[value] === 0x41 ? 'B' : 'A'),
      'another digest': changedAt(digest, plaintext[digest] === 0x41 ? 'B' : 'A'),
      'a padding of 0': changedAt(plaintext.length - 1, 0),
      'a padding of 255': changedAt(plaintext.length - 1, 255),
      'a "<" near the beginning': changedAt(plaintext.indexOf('Algorithm="') + 12, '<'),
      'a "<" near the end': changedAt(plaintext.lastIndexOf('ValueType="') + 12, '<'),
      'an element of another name': changedAt(plaintext.indexOf('Signature') + 3, 'N'),
    }).by((message) => () => opened(message, description));
  });

  for (const [name, suite] of Object.entries({ 'RSA 1.5': SUITES.Basic256Rsa15, 'RSA-OAEP': SUITES.Basic256 })) {
    describe(name, () => {
      const description: ProtectionDescription = { ...withCertificates, suite };
      // With little else to do, what is done with the key counts for more.
      const original = secured(description);
      const block = Buffer.from(/<xenc:EncryptedKey.*?<xenc:CipherValue>([^<]*)/s.exec(original)?.[1] ?? '', 'base64');
      const padded = privateDecrypt({ key: bob.privateKey, padding: constants.RSA_NO_PADDING }, block);
      const holding = (octets: Buffer): Buffer =>
        Buffer.from(
          original.replace(
            /(<xenc:EncryptedKey.*?<xenc:CipherValue>)[^<]*/s,
            (_, start: string) => start + octets.toString('base64'),
          ),
        );
      const changedAt = (at: number, to: number): Buffer => {
        const changed = Buffer.from(padded);
        changed[at] = to;
        return holding(publicEncrypt({ key: bob.certificate.publicKey, padding: constants.RSA_NO_PADDING }, changed));
      };
      const transported = (length: number): Buffer =>
        holding(
          publicEncrypt(
            name === 'RSA 1.5'
              ? { key: bob.certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }
              : { key: bob.certificate.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
            Buffer.alloc(length, 9),
          ),
        );
      same({
        'another key, well padded': transported(32),
        'a key that is too short': transported(16),
        'a key that is too long': transported(64),
        'a key of one octet': transported(1),
        'a block that begins with another octet': changedAt(0, 0x0c),
        'a block of another type': changedAt(1, 0x01),
        'a zero among the first octets of the padding': changedAt(4, 0),
        'another last octet': changedAt(padded.length - 1, (padded.at(-1) as number) ^ 1),
        'what is as large as the modulus': holding(Buffer.alloc(block.length, 0xff)),
        'another ciphertext': holding(Buffer.alloc(block.length, 0x21)),
      }).by((message) => () => opened(message, description));
    });
  }
});

const ROUNDS = 40;
const ATTEMPTS = 24;
/** How far the medians may be from each other, in parts of the whole. A step left out, or done twice, is more. */
const SAME = 0.15;

/** Whatever is done with one of these is done with each of them: the same answer, after the same time. */
function same(messages: Readonly<Record<string, Buffer>>): { by(work: (message: Buffer) => () => unknown): void } {
  return {
    by(work) {
      const candidates = Object.entries(messages).map(([name, message]) => ({ name, call: work(message) }));
      const [standard, ...others] = candidates as [(typeof candidates)[number], ...typeof candidates];

      for (const { name, call } of others) {
        it(`answers ${name} as it answers ${standard.name}`, () => {
          expect(answerOf(call)).to.deep.equal(answerOf(standard.call));
        });
      }

      for (const { name, call } of others) {
        it(`takes as long for ${name} as for ${standard.name}`, () => {
          let distance = Number.POSITIVE_INFINITY;
          for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
            const { between, within } = compared(call, standard.call);
            distance = Math.min(distance, Math.max(0, Math.abs(between) - within));
            if (distance <= SAME) return;
          }
          expect.fail(`the times differ by ${(100 * distance).toFixed(1)} %`);
        });
      }
    },
  };
}

/** What goes over the wire. */
function answerOf(call: () => unknown): unknown {
  return securityFault(refusedWith(call));
}

function refusedWith(call: () => unknown): SecurityError {
  try {
    call();
  } catch (error) {
    if (error instanceof SecurityError) return error;
    throw error;
  }
  return expect.fail('accepted');
}

/**
 * Compares two in turn, and the one of them with itself, which tells how much of the difference is noise.
 * @returns differences of medians, in parts of the whole
 */
function compared(one: () => unknown, other: () => unknown): { readonly between: number; readonly within: number } {
  const times: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const turn = [0, 1, 2].map((at) => (at + round) % 3);
    for (const at of turn) (times[at] as number[]).push(timeOf(at === 0 ? one : other));
  }
  const [a, b, c] = times.map(median) as [number, number, number];
  const whole = Math.min(b, c);
  return { between: (a - (b + c) / 2) / whole, within: Math.abs(b - c) / whole };
}

function timeOf(call: () => unknown): number {
  const begin = process.hrtime.bigint();
  refusedWith(call);
  return Number(process.hrtime.bigint() - begin);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** The message with the list of what is encrypted before the signature, so that it is decrypted first. */
function decryptedFirst(message: string): string {
  const list = /<xenc:ReferenceList.*?<\/xenc:ReferenceList>/s.exec(message)?.[0] ?? expect.fail('no ReferenceList');
  return message.replace(list, '').replace('<ds:Signature', () => `${list}<ds:Signature`);
}

/** What the message holds, the padding included, as who has the keys can tell. */
function plaintextOf(message: string): { readonly key: Buffer; readonly iv: Buffer; readonly plaintext: Buffer } {
  const tokens = [...message.matchAll(/<wsc:DerivedKeyToken.*?<\/wsc:DerivedKeyToken>/gs)].map(([token]) => token);
  const encrypting = tokens.find((token) => token.includes('<wsc:Length>32<')) ?? expect.fail('no key to encrypt with');
  const nonce = Buffer.from(/<wsc:Nonce>([^<]*)/.exec(encrypting)?.[1] ?? '', 'base64');
  const key = deriveKey(context.secret, { label: DEFAULT_LABEL, nonce, offset: 0, length: 32 });
  const octets = Buffer.from(/<xenc:CipherValue>([^<]*)/.exec(message)?.[1] ?? '', 'base64');
  const iv = octets.subarray(0, 16);
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  return { key, iv, plaintext: Buffer.concat([decipher.update(octets.subarray(16)), decipher.final()]) };
}

function withCipherValue(message: string, octets: Buffer): Buffer {
  return Buffer.from(
    message.replace(
      /(<xenc:EncryptedData.*?<xenc:CipherValue>)[^<]*/s,
      (_, start: string) => start + octets.toString('base64'),
    ),
  );
}
