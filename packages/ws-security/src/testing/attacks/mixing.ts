import { child, type XmlElement } from '@holdfast/soap';
import { ds } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { after, append, before, by, content } from './edit.js';
import { node, nodes, SecuredMessage, text, withoutId } from './secured-message.js';

/** Two good messages between the same parties, put together to a third that nobody sent. */
export const mixing: AttackFamily = function* (message, options) {
  if (options.other === undefined || options.other === message.text) return;
  const other = new SecuredMessage(options.other);
  const draft = (what: string, about: string, result: XmlElement): Draft => ({ name: `mixing/${what}`, about, result });
  const { body, security, timestamp, header, signature, encryptedBody } = message;

  yield draft('body', 'The Body of another message.', message.with([body, by(other.body)]));
  yield draft(
    'body-with-this-id',
    'The content of the Body of another message.',
    message.with([body, content(...other.body.children)]),
  );
  yield draft('security', 'The Security header of another message.', message.with([security, by(other.security)]));
  yield draft(
    'security-beside',
    'The Security header of another message beside this one.',
    message.with([security, after(other.security)]),
  );
  yield draft('header', 'The whole Header of another message.', message.with([header, by(other.header)]));
  yield draft(
    'other-body-behind',
    'The Body of another message behind this one.',
    message.with([body, after(other.body)]),
  );
  yield draft(
    'contents-joined',
    'The contents of both Bodies in one.',
    message.with([body, append(...other.body.children)]),
  );
  if (timestamp !== undefined && other.timestamp !== undefined) {
    yield draft('timestamp', 'The Timestamp of another message.', message.with([timestamp, by(other.timestamp)]));
  }
  const names = new Set<string>();
  for (const { element } of message.signed) {
    const twin = other.signed.find(
      (each) => each.element.local === element.local && each.element.namespace === element.namespace,
    );
    if (element === body || element === timestamp || twin === undefined || names.has(element.local)) continue;
    names.add(element.local);
    yield draft(
      `part:${element.local}`,
      `The ${element.local} of another message.`,
      message.with([element, by(twin.element)]),
    );
  }
  const blocks = other.blocks.map((block) => withoutId(block));
  yield draft(
    'blocks-replaced',
    'All header blocks of another message, without their Ids.',
    message.with([header, content(security, ...blocks)]),
  );
  if (signature !== undefined && other.signature !== undefined) {
    const theirs = other.signature;
    yield draft('signature', 'The Signature of another message.', message.with([signature, by(theirs)]));
    yield draft(
      'signature-before',
      'The Signature of another message before this one.',
      message.with([signature, before(theirs)]),
    );
    yield draft(
      'signature-after',
      'The Signature of another message behind this one.',
      message.with([signature, after(theirs)]),
    );
    for (const part of ['SignedInfo', 'SignatureValue', 'KeyInfo']) {
      const from = child(theirs, ds(part));
      const ours = child(signature, ds(part));
      if (from === undefined || ours === undefined || withoutIds(from) === withoutIds(ours)) continue;
      // Another name of the same key: nothing is mixed.
      if (part === 'KeyInfo' && other.tokenOf(from) === undefined) continue;
      yield draft(
        `signature-${part}`,
        `${part} of another message's Signature.`,
        message.with([child(signature, ds(part)), by(from)]),
      );
    }
    const digest = message.signed[0] && child(message.signed[0].reference, ds('DigestValue'));
    const otherDigest = other.signed[0] && child(other.signed[0].reference, ds('DigestValue'));
    if (otherDigest !== undefined)
      yield draft('digest', 'A digest of another message.', message.with([digest, by(otherDigest)]));
    // The other message's signature with all that it covers, hidden; this receiver acts on new content.
    const hidden: XmlElement = { ...node('<x:Wrap xmlns:x="urn:wrap"/>'), children: [...other.blocks, other.body] };
    yield draft(
      'other-message-hidden',
      'All of another message with its Security header, hidden in a block, under a forged Body.',
      message.with(
        [header, by({ ...withoutId(header), children: [other.security, hidden] })],
        [body, by({ ...withoutId(body), children: nodes(options.body ?? EVIL) })],
      ),
    );
  }
  if (encryptedBody !== undefined && other.encryptedBody !== undefined) {
    yield draft(
      'ciphertext',
      'The EncryptedData of another message.',
      message.with([encryptedBody, by(other.encryptedBody)]),
    );
    const ours = child(encryptedBody, { namespace: encryptedBody.namespace, local: 'CipherData' });
    const theirs = child(other.encryptedBody, { namespace: encryptedBody.namespace, local: 'CipherData' });
    if (theirs !== undefined)
      yield draft(
        'cipher-data',
        'The ciphertext of another message in this EncryptedData.',
        message.with([ours, by(theirs)]),
      );
  }
  for (const [kind, tokens, others] of [
    ['derived-key', message.derivedKeys, other.derivedKeys],
    ['encrypted-key', message.encryptedKeys, other.encryptedKeys],
    ['username', message.usernameTokens, other.usernameTokens],
    ['assertion', message.assertions, other.assertions],
    ['confirmation', message.confirmations, other.confirmations],
  ] as const) {
    const [ours] = tokens;
    const [theirs] = others;
    if (ours === undefined || theirs === undefined || !message.needs(ours)) continue;
    // Under this message's Id: what refers to it finds the other one.
    const disguised: XmlElement = { ...theirs, attributes: ours.attributes };
    if (JSON.stringify(disguised.children) === JSON.stringify(ours.children)) continue;
    yield draft(
      kind,
      `The ${ours.local} of another message, under this one's Id.`,
      message.with([ours, by(disguised)]),
    );
  }
};

/** An Id that nothing refers to is no difference. */
function withoutIds(of: XmlElement): string {
  return text(of).replace(/ (?:\w+:)?Id="[^"]*"/g, '');
}

/** The same message again: word by word, and so changed that only somebody who compares texts is fooled. */
export const replay: AttackFamily = function* (message, _options) {
  const { header, root, security } = message;
  yield { name: 'replay/again', about: 'The message is sent again.', result: message.text, replay: true };
  yield {
    name: 'replay/with-another-block',
    about: 'The message is sent again with another header block that nobody signed.',
    result: message.with([header, append(node('<x:Y xmlns:x="urn:attacker"/>'))]),
    replay: true,
  };
  yield {
    name: 'replay/with-white-space',
    about: 'The message is sent again with white space where nobody looks.',
    result: message.with([header, append('\n ')], [security, append('\n ')]),
    replay: true,
  };
  const value = message.signature && child(message.signature, ds('SignatureValue'));
  if (value !== undefined) {
    yield {
      name: 'replay/with-wrapped-signature-value',
      about: 'The message is sent again with its SignatureValue written in lines.',
      result: message.with([value, content(value.children.join('').replace(/(.{8})/g, '$1\n'))]),
      replay: true,
    };
  }
  yield {
    name: 'replay/reprefixed',
    about: 'The message is sent again with another prefix for the header that nobody signed.',
    result: message.with([security, (of) => [{ ...of, prefix: 'again' }]]),
    replay: true,
  };
  yield {
    name: 'replay/with-another-namespace',
    about: 'The message is sent again with one more namespace declared.',
    result: { ...root, declarations: [...root.declarations, { prefix: 'again', namespace: 'urn:again' }] },
    replay: true,
  };
};
