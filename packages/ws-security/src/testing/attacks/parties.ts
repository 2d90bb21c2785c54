import { attribute, child, elements, isElement, isNamed, type XmlElement, type XmlNode } from '@holdfast/soap';
import { ds, WSU_ID, wsse, XENC, xenc } from '../../namespaces.js';
import type { AttackFamily, AttackOptions, Draft } from './attack.js';
import { after, append, before, by, type Edit, remove } from './edit.js';
import { resealed } from './reseal.js';
import { node, SecuredMessage, text as serialized } from './secured-message.js';
import { mentions } from './stripping.js';

type Party = NonNullable<AttackOptions['otherHolder']>;
type Change = readonly [XmlElement | undefined, Edit];

/**
 * A party that the receiver trusts puts what another party sent into a message of its own: encrypted tokens, keys,
 * ciphertext, signatures, endorsements. Each is good in its place; together they say what nobody said.
 */
export const parties: AttackFamily = function* (message, { otherHolder }) {
  if (otherHolder === undefined || otherHolder.message === message.text) return;
  const own = new SecuredMessage(otherHolder.message);
  const loot = renamed(message);
  yield* stolenTokens(own, loot, otherHolder);
  yield* stolenBody(own, loot, otherHolder);
  yield* claimedTokens(own, message, otherHolder);
  yield* stolenSignatures(own, message);
};

const draft = (what: string, about: string, result: XmlElement): Draft => ({ name: `parties/${what}`, about, result });

/** The same message with other Ids, so that its parts can stand beside those of another. */
function renamed(message: SecuredMessage): SecuredMessage {
  let { text } = message;
  for (const id of message.document.ids.keys()) {
    text = text.replaceAll(`"${id}"`, `"stolen-${id}"`).replaceAll(`"#${id}"`, `"#stolen-${id}"`);
  }
  return new SecuredMessage(text);
}

/** What was encrypted in the Security header: a password or an assertion, which nobody else is to use. */
function* stolenTokens(own: SecuredMessage, loot: SecuredMessage, party: Party): Iterable<Draft> {
  const [place] = own.inSecurity((part) => isNamed(part, xenc('EncryptedData')));
  const all = loot.inSecurity((part) => isNamed(part, xenc('EncryptedData')));
  for (const [at, data] of all.entries()) {
    const pieces = [...keysOf(loot, data), data, ...listOf(loot, data)];
    if (place !== undefined) {
      const result = own.with([place, by(...pieces)], ...mentions(own, place));
      yield draft(
        `stolen-token:${at + 1}`,
        "Something encrypted in the Security header of another takes the place of one's own.",
        result,
      );
      yield draft(
        `stolen-token-signed:${at + 1}`,
        "Something encrypted in the Security header of another takes the place of one's own, which is not signed any more.",
        signedBy(withoutDangling(result), party, 'none'),
      );
    }
    const [signature = own.timestamp] = own.signatures;
    yield draft(
      `stolen-token-added:${at + 1}`,
      'Something encrypted in the Security header of another stands in it besides.',
      own.with([signature, before(...pieces)]),
    );
  }
}

/** The encrypted content of another's Body, as one's own. */
function* stolenBody(own: SecuredMessage, loot: SecuredMessage, party: Party): Iterable<Draft> {
  const { encryptedBody } = own;
  if (encryptedBody === undefined || loot.encryptedBody === undefined) return;
  const data = loot.encryptedBody;
  const uri = `#${attribute(encryptedBody, 'Id')}`;
  // Where one's own was decrypted: before the signature is verified, or after.
  const [anchor = own.timestamp] = own.inSecurity((part) => own.everywhere((at) => names(at, uri), part).length > 0);
  const pieces = [...keysOf(loot, data), ...listOf(loot, data)];
  const unlisted = mentions(own, encryptedBody);
  const isEmptied = unlisted.some(([list]) => list === anchor);
  const others = unlisted.filter(([list]) => list !== anchor);
  const result = own.with([encryptedBody, by(data)], ...others, [
    anchor,
    isEmptied ? by(...pieces) : before(...pieces),
  ]);
  const late = own.with([encryptedBody, by(data)], ...unlisted, [own.security, append(...pieces)]);
  yield draft('stolen-body', "The encrypted content of another's Body takes the place of one's own.", result);
  for (const [when, root] of [
    ['', result],
    ['-late', late],
  ] as const) {
    yield draft(
      `re-signed-ciphertext${when}`,
      `The encrypted content of another's Body is signed as one's own, by somebody who cannot read it${when === '' ? '' : '; it is decrypted last'}.`,
      signedBy(root, party, 'body'),
    );
  }
}

/** Another's token in the place of one's own, and the signature as it is or over it. */
function* claimedTokens(own: SecuredMessage, message: SecuredMessage, party: Party): Iterable<Draft> {
  for (const [kind, mine, theirs] of [
    ['context', own.contextTokens, message.contextTokens],
    ['certificate', own.binaryTokens, message.binaryTokens],
    ['username', own.usernameTokens, message.usernameTokens],
    ['assertion', own.assertions, message.assertions],
    ['encrypted-key', own.encryptedKeys, message.encryptedKeys],
  ] as const) {
    for (const [at, token] of mine.entries()) {
      const other = theirs[at];
      if (other === undefined || JSON.stringify(other.children) === JSON.stringify(token.children)) continue;
      const disguised = kind === 'assertion' ? other : { ...other, attributes: token.attributes };
      const claimed = renamedTo(other, token, own.with([token, by(withoutList(disguised))], ...released(token)));
      yield draft(`claimed-${kind}:${at + 1}`, `The ${token.local} of another takes the place of one's own.`, claimed);
      yield draft(
        `claimed-${kind}-signed:${at + 1}`,
        `The ${token.local} of another takes the place of one's own, and is signed.`,
        signedBy(claimed, party, 'token'),
      );
    }
  }
}

/** Signatures of another, with the tokens that they need. */
function* stolenSignatures(own: SecuredMessage, message: SecuredMessage): Iterable<Draft> {
  for (const [at, theirs] of message.signatures.entries()) {
    const what = at === 0 ? 'signature' : 'endorsement';
    const known = new Set(own.document.ids.keys());
    const tokens = keysOf(message, theirs).filter((token) => !known.has(idOf(token) ?? ''));
    const mine = own.signatures[at];
    if (mine !== undefined) {
      yield draft(
        `stolen-${what}:${at + 1}`,
        "A signature of another takes the place of one's own.",
        own.with([mine, by(...tokens, theirs)]),
      );
      const token = own.tokenOf(child(mine, ds('KeyInfo')));
      yield draft(
        `stolen-${what}-alone:${at + 1}`,
        "A signature of another takes the place of one's own, and so does its token.",
        own.with(
          [mine, by(...tokens, theirs)],
          [token !== undefined && isShared(own, token) ? undefined : token, remove],
        ),
      );
    }
    yield draft(
      `added-${what}:${at + 1}`,
      "A signature of another stands behind one's own.",
      own.with([own.signatures.at(-1) ?? own.timestamp, after(...tokens, theirs)]),
    );
  }
}

/** The tokens in the Security header that something refers to, sources first; an EncryptedKey lists nothing else. */
function keysOf(message: SecuredMessage, of: XmlElement): readonly XmlElement[] {
  const found = new Set<XmlElement>();
  const visit = (at: XmlElement): void => {
    for (const reference of message.everywhere((each) => isNamed(each, wsse('Reference')), at)) {
      const token = message.byId(attribute(reference, 'URI')?.slice(1) ?? '');
      if (token === undefined || token === of || found.has(token)) continue;
      if (!elements(message.security).includes(token)) continue;
      visit(token);
      found.add(token);
    }
  };
  visit(of);
  if (child(of, ds('KeyInfo')) === undefined) {
    const uri = `#${attribute(of, 'Id')}`;
    for (const key of message.encryptedKeys) {
      if (message.everywhere((at) => attribute(at, 'URI') === uri, key).length > 0) found.add(key);
    }
  }
  return [...found].map((token) => (isNamed(token, xenc('EncryptedKey')) ? cut(token, of) : token));
}

/** An EncryptedKey whose list names this alone, or nothing. */
function cut(key: XmlElement, data: XmlElement): XmlElement {
  const uri = `#${attribute(data, 'Id')}`;
  const children = key.children.flatMap((each): readonly XmlNode[] => {
    if (!isElement(each) || !isNamed(each, xenc('ReferenceList'))) return [each];
    const kept = elements(each).filter((reference) => attribute(reference, 'URI') === uri);
    return kept.length === 0 ? [] : [{ ...each, children: kept }];
  });
  return { ...key, children };
}

/** A list of its own for what is in no EncryptedKey's. */
function listOf(message: SecuredMessage, data: XmlElement): readonly XmlElement[] {
  const uri = `#${attribute(data, 'Id')}`;
  const isInKey = message.encryptedKeys.some((key) => message.everywhere((at) => names(at, uri), key).length > 0);
  return isInKey
    ? []
    : [node(`<xenc:ReferenceList xmlns:xenc="${XENC}"><xenc:DataReference URI="${uri}"/></xenc:ReferenceList>`)];
}

function withoutList(token: XmlElement): XmlElement {
  return { ...token, children: token.children.filter((each) => !isNamed(each, xenc('ReferenceList'))) };
}

/** An assertion keeps its name, which is signed: what refers to the old one refers to it. */
function renamedTo(other: XmlElement, token: XmlElement, root: XmlElement): XmlElement {
  const [before, now] = [token, other].map((each) => attribute(each, 'ID') ?? attribute(each, 'AssertionID'));
  return before === undefined || now === undefined ? root : node(serialized(root).replaceAll(before, now));
}

/** What an EncryptedKey that is replaced lists stays listed. */
function released(token: XmlElement): readonly Change[] {
  const list = child(token, xenc('ReferenceList'));
  return list === undefined ? [] : [[token, append(list)]];
}

function isShared(message: SecuredMessage, token: XmlElement): boolean {
  return message.signatures.filter((each) => message.tokenOf(child(each, ds('KeyInfo'))) === token).length > 1;
}

/** References to what is not there, or not in clear, are taken out. */
function withoutDangling(root: XmlElement): XmlElement {
  const message = new SecuredMessage(serialized(root));
  const { signedInfo } = message;
  if (signedInfo === undefined) return root;
  const dangling = message
    .everywhere((at) => isNamed(at, ds('Reference')), signedInfo)
    .filter((reference) => message.byId(attribute(reference, 'URI')?.slice(1) ?? '') === undefined);
  return message.with(...dangling.map((reference) => [reference, remove] as const));
}

/** Signed with the party's own key, the digests of these made anew; the others are over what was encrypted later. */
function signedBy(root: XmlElement, { signingKey }: Party, digests: 'none' | 'body' | 'token'): XmlElement {
  if (signingKey === undefined) return root;
  if (digests === 'none') return resealed(root, { signingKey }, 'all');
  const message = new SecuredMessage(serialized(root));
  const references = message.everywhere((at) => isNamed(at, ds('Reference')), message.signedInfo ?? message.body);
  const kept = references.flatMap((reference, at) => {
    const element = message.signed.find((part) => part.reference === reference)?.element;
    const isFresh = digests === 'body' ? element === message.body : element !== undefined && isToken(message, element);
    return isFresh ? [] : [at];
  });
  return resealed(root, { signingKey }, kept, digests === 'body');
}

function names(at: XmlElement, uri: string): boolean {
  return isNamed(at, xenc('DataReference')) && attribute(at, 'URI') === uri;
}

function isToken({ security, timestamp }: SecuredMessage, element: XmlElement): boolean {
  return element !== timestamp && elements(security).includes(element);
}

function idOf(token: XmlElement): string | undefined {
  return attribute(token, WSU_ID) ?? attribute(token, 'Id');
}
