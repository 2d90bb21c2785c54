import { attribute, child, withAttribute, type XmlElement } from '@holdfast/soap';
import { WSSE, WSU_ID, wsse } from '../../namespaces.js';
import type { AttackFamily, Draft } from './attack.js';
import { after, append, before, by, content, type Edit, remove, set } from './edit.js';
import { resealed } from './reseal.js';
import { node } from './secured-message.js';

/** What a DerivedKeyToken must not ask for. Signed anew with the key as it is then derived, where one can be. */
export const derivedKeys: AttackFamily = function* (message, options) {
  const token = message.tokenOf(message.keyInfo);
  const [first, second] = message.derivedKeys;
  const target = message.derivedKeys.find((each) => each === token) ?? first;
  if (target === undefined) return;
  const part = (local: string): XmlElement | undefined => child(target, { namespace: target.namespace, local });
  const made = (local: string, value: string): XmlElement => ({
    ...target,
    local,
    declarations: [],
    attributes: [],
    children: value === '' ? [] : [value],
  });
  const draft = (
    what: string,
    about: string,
    ...edits: readonly (readonly [XmlElement | undefined, Edit])[]
  ): Draft => ({
    name: `derived-keys/${what}`,
    about,
    result: resealed(message.with(...edits), options),
  });
  /** The token with one of its parts in a form of the attacker's. */
  const with_ = (local: string, value: string): readonly [XmlElement, Edit] => {
    const found = part(local);
    return found === undefined ? [target, append(made(local, value))] : [found, content(value)];
  };
  for (const length of [
    '0',
    '-1',
    '1',
    '8',
    '2147483647',
    '4294967296',
    '1e9',
    'NaN',
    '0x20',
    '16.5',
    '',
    '99999999999999999999',
  ]) {
    yield draft(`length-${length || 'empty'}`, `A key of Length "${length}" is asked for.`, with_('Length', length));
  }
  const generation = part('Generation');
  for (const offset of ['-20', '5000000', '2147483000', '4294967296', '99999999999999999999', '1.5', 'x']) {
    yield draft(
      `offset-${offset}`,
      `A key at Offset ${offset} is asked for.`,
      [generation, remove],
      with_('Offset', offset),
    );
  }
  for (const count of ['-1', '1000000', '2147483647', 'x']) {
    yield draft(
      `generation-${count}`,
      `A key of Generation ${count} is asked for.`,
      [part('Offset'), remove],
      with_('Generation', count),
    );
  }
  yield draft(
    'generation-and-offset',
    'Both Generation and Offset are given.',
    [part('Length'), before(made('Generation', '0'))],
    ...(part('Offset') === undefined ? [with_('Offset', '0')] : []),
  );
  for (const local of ['Length', 'Offset', 'Nonce', 'Label']) {
    const found = part(local);
    if (found !== undefined) yield draft(`two-${local}s`, `${local} is given twice.`, [found, after(found)]);
  }
  yield draft('no-nonce', 'There is no Nonce.', [part('Nonce'), remove]);
  yield draft('empty-nonce', 'The Nonce is empty.', with_('Nonce', ''));
  yield draft('short-nonce', 'The Nonce is of one octet.', with_('Nonce', 'AA=='));
  yield draft('huge-nonce', 'The Nonce is of 60,000 octets.', with_('Nonce', Buffer.alloc(60_000).toString('base64')));
  yield draft('nonce-not-base64', 'The Nonce is not Base64.', with_('Nonce', '*!*'));
  yield draft('huge-label', 'The Label is of 100,000 characters.', with_('Label', 'x'.repeat(100_000)));
  for (const algorithm of [
    'urn:attacker',
    '',
    'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/dk/none',
    'http://www.w3.org/2009/xmlenc11#ConcatKDF',
  ]) {
    yield draft(
      `algorithm-${algorithm.split(/[/#:]/).at(-1) || 'empty'}`,
      `The key is said to be derived by "${algorithm}".`,
      [target, set('Algorithm', algorithm)],
    );
  }
  yield draft('qualified-algorithm', "The unknown derivation is named by an attribute of the token's own namespace.", [
    target,
    set({ prefix: 'k', namespace: target.namespace, local: 'Algorithm' }, 'urn:attacker'),
  ]);
  yield draft('unknown-child', 'The token holds something unknown.', [
    target,
    append(node('<x:Y xmlns:x="urn:attacker"/>')),
  ]);

  const source = child(target, wsse('SecurityTokenReference'));
  if (source === undefined) return;
  const reference = (uri: string): XmlElement =>
    node(
      `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="${uri}"/></wsse:SecurityTokenReference>`,
    );
  const id = attribute(target, WSU_ID) ?? '';
  const from = (what: string, about: string, uri: string): Draft =>
    draft(`source-${what}`, about, [source, by(reference(uri))]);
  yield from('itself', 'A key is derived from itself.', `#${id}`);
  yield from('not-there', 'A key is derived from a token that is not there.', '#not-there');
  yield from('body', 'A key is derived from the Body.', `#${attribute(message.body, WSU_ID) ?? 'body'}`);
  if (message.timestamp !== undefined)
    yield from('timestamp', 'A key is derived from the Timestamp.', `#${attribute(message.timestamp, WSU_ID)}`);
  yield from('elsewhere', 'A key is derived from a token that is to be fetched.', 'http://attacker.invalid/token');
  yield from('empty', 'A key is derived from a token named by nothing.', '');
  yield from(
    'unknown-context',
    'A key is derived from a context that nobody knows.',
    'urn:uuid:00000000-dead-4bad-8bad-000000000000',
  );
  yield draft('two-sources', 'A key is derived from two tokens.', [source, after(source)]);
  yield draft('source-emptied', 'A key is derived from a reference that names nothing.', [source, content()]);
  const [binary] = message.binaryTokens;
  if (binary !== undefined)
    yield from(
      'certificate',
      'A key is derived from a certificate, which everybody has.',
      `#${attribute(binary, WSU_ID)}`,
    );
  if (second !== undefined && first !== undefined) {
    const other = target === first ? second : first;
    const otherSource = child(other, wsse('SecurityTokenReference'));
    yield draft(
      'circle-of-two',
      'Two keys are derived from each other.',
      [source, by(reference(`#${attribute(other, WSU_ID)}`))],
      [otherSource, by(reference(`#${id}`))],
    );
  }
  const chain = Array.from({ length: 200 }, (_, at): XmlElement => {
    const link = withAttribute(target, WSU_ID, `link-${at}`);
    const next = at === 199 ? [] : [reference(`#link-${at + 1}`)];
    return {
      ...link,
      children: link.children.flatMap((each) =>
        typeof each === 'object' && each.kind === 'element' && each.local === 'SecurityTokenReference'
          ? at === 199
            ? [each]
            : next
          : [each],
      ),
    };
  });
  yield draft(
    'chain-of-200',
    'A key is at the end of a chain of 200 derivations.',
    [target, before(...chain)],
    [source, by(reference('#link-0'))],
  );
  yield draft('chain-beside', 'A chain of 200 derivations stands beside a good signature.', [target, before(...chain)]);
  yield draft('token-emptied', 'The token is emptied.', [target, content()]);
  yield draft('other-version', 'The token is of an unknown version of its specification.', [
    target,
    (of) => [{ ...of, namespace: `${of.namespace}/x`, declarations: [] }],
  ]);
};
