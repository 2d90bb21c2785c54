import { attribute, child, isNamed } from '@holdfast/soap';
import { encryptOctets } from '../../algorithms/cipher.js';
import { ENCRYPTION } from '../../algorithms/suites.js';
import { ds, WSU, WSU_ID, xenc } from '../../namespaces.js';
import { type AttackFamily, EVIL } from './attack.js';
import { content } from './edit.js';
import { keyOf, resealed } from './reseal.js';

/** What comes out of good ciphertext and has no place there; for a tester who lends the secret that it is encrypted under. */
export const plaintexts: AttackFamily = function* (message, options) {
  const { encryptedBody, body, timestamp } = message;
  const { signingKey } = options;
  if (encryptedBody === undefined || signingKey === undefined || !('secret' in signingKey)) return;
  const method = child(encryptedBody, xenc('EncryptionMethod'));
  const named = method && attribute(method, 'Algorithm');
  const algorithm = Object.values(ENCRYPTION).find((each) => each === named);
  const value = message.everywhere((at) => isNamed(at, xenc('CipherValue')), encryptedBody).at(-1);
  if (algorithm === undefined || value === undefined) return;
  const key = keyOf(message, child(encryptedBody, ds('KeyInfo')), signingKey.secret);
  const soap = `${body.prefix}:`;
  const texts: Readonly<Record<string, string>> = {
    doctype: `<!DOCTYPE x [<!ENTITY e "x">]>${EVIL}`,
    entity: '<x>&evil;</x>',
    'processing-instruction': `<?evil x?>${EVIL}`,
    'xml-declaration': `<?xml version="1.1"?>${EVIL}`,
    'breaks-out': `</${soap}Body><${soap}Body>${EVIL}`,
    'closes-too-much': `${EVIL}</${soap}Body></${soap}Envelope>`,
    unclosed: '<x>',
    'undeclared-prefix': '<nobody:knows/>',
    'repeated-id': `<x xmlns:u="${WSU}" u:Id="${(timestamp && attribute(timestamp, WSU_ID)) ?? 'x'}"/>`,
    'ids-of-its-own': `<x xmlns:u="${WSU}" u:Id="a"><y u:Id="a"/></x>`,
    'attribute-twice': '<x a="1" a="2"/>',
    deep: `${'<a>'.repeat(2_000)}${'</a>'.repeat(2_000)}`,
    'control-character': '<x>\u0001</x>',
    forged: options.body ?? EVIL,
  };
  for (const [what, text] of Object.entries(texts)) {
    let octets: Buffer;
    try {
      octets = encryptOctets(algorithm, key, text, (length) => Buffer.alloc(length, 7));
    } catch {
      // The key is not one of this cipher: it is made in a way that is not known here.
      return;
    }
    yield {
      name: `plaintexts/${what}`,
      about: `The encrypted content of the Body is ${what.replaceAll('-', ' ')}; the signature is over what it was.`,
      result: message.with([value, content(octets.toString('base64'))]),
    };
    if (what === 'forged') continue;
    yield {
      name: `plaintexts/${what}-signed`,
      about: `The encrypted content of the Body is ${what.replaceAll('-', ' ')}; the ciphertext is signed.`,
      result: resealed(message.with([value, content(octets.toString('base64'))]), options, [], true),
    };
  }
};
