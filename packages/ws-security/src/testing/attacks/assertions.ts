import { attribute, child, isNamed, type XmlElement, type XmlNode } from '@holdfast/soap';
import { DS, ds, WSSE } from '../../namespaces.js';
import type { AttackFamily, Draft } from './attack.js';
import { after, append, before, by, content, type Edit, remove, set } from './edit.js';
import { resealed } from './reseal.js';
import { node, type SecuredMessage } from './secured-message.js';

/**
 * SAML assertions: forged, stripped, and wrapped (XSW 1 to 8 by their usual numbers). The message is signed anew where it
 * signs the assertion; the issuer's signature never is.
 */
export const assertions: AttackFamily = function* (message, options) {
  const [assertion] = message.assertions;
  if (assertion === undefined) return;
  const signature = child(assertion, ds('Signature'));
  const draft = (
    what: string,
    about: string,
    ...edits: readonly (readonly [XmlElement | undefined, Edit])[]
  ): Draft => ({
    name: `assertions/${what}`,
    about,
    result: resealed(message.with(...edits), options),
  });
  const find = (...names: readonly string[]): XmlElement | undefined =>
    message.everywhere((at) => names.includes(at.local) && at.namespace === assertion.namespace, assertion)[0];
  const name = find('NameID', 'NameIdentifier');
  if (name !== undefined) {
    yield draft('subject', 'The assertion speaks of somebody else.', [name, content('admin')]);
    yield draft('two-subjects', 'The assertion speaks of two.', [name, before({ ...name, children: ['admin'] })]);
  }
  if (signature !== undefined) {
    yield draft('signature-stripped', "The issuer's signature is taken out.", [signature, remove]);
    yield draft('signature-emptied', "The issuer's signature is emptied.", [signature, content()]);
    yield* wrapped(message, assertion, signature, draft);
  }
  yield draft('conditions-stripped', 'The conditions are taken out.', [find('Conditions'), remove]);
  const conditions = find('Conditions');
  if (conditions !== undefined && signature !== undefined) {
    yield draft('prolonged', 'The assertion is said to be valid for longer.', [
      conditions,
      set('NotOnOrAfter', '2099-01-01T00:00:00Z'),
    ]);
  }
  const confirmation = find('SubjectConfirmation');
  const method = find('ConfirmationMethod');
  if (confirmation !== undefined && signature !== undefined) {
    const bearer = assertion.namespace.includes('1.0')
      ? 'urn:oasis:names:tc:SAML:1.0:cm:bearer'
      : 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
    yield draft(
      'as-bearer',
      'Whoever has the assertion shall be its subject.',
      method === undefined ? [confirmation, set('Method', bearer)] : [method, content(bearer)],
    );
    yield draft('no-confirmation', 'The confirmation of the subject is taken out.', [confirmation, remove]);
    const key = message.everywhere((at) => isNamed(at, ds('KeyInfo')), confirmation)[0];
    yield draft('no-holder', 'The key of the holder is taken out.', [key, remove]);
    yield draft('other-holder', 'The key of the holder is that of nobody.', [
      key,
      content(node(`<ds:KeyName xmlns:ds="${DS}">attacker</ds:KeyName>`)),
    ]);
  }
  const issuer = child(assertion, { namespace: assertion.namespace, local: 'Issuer' });
  yield draft(
    'issuer',
    'The assertion names another issuer.',
    issuer === undefined ? [assertion, set('Issuer', 'urn:attacker')] : [issuer, content('urn:attacker')],
  );
  if (signature !== undefined) {
    const id = attribute(assertion, 'ID') === undefined ? 'AssertionID' : 'ID';
    yield draft('other-id', 'The assertion has another Id.', [assertion, set(id, '_other')]);
    yield draft('other-version', 'The assertion names another version.', [
      assertion,
      set(id === 'ID' ? 'Version' : 'MinorVersion', '9'),
    ]);
    yield draft('statement-added', 'A statement is added.', [
      assertion,
      append({ ...assertion, local: 'AttributeStatement', attributes: [], children: [] }),
    ]);
  }
  yield draft('embedded', 'The assertion hides in a SecurityTokenReference.', [
    assertion,
    by({
      ...node(`<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Embedded/></wsse:SecurityTokenReference>`),
      children: [{ ...node(`<wsse:Embedded xmlns:wsse="${WSSE}"/>`), children: [assertion] }],
    }),
  ]);
};

type Drafter = (what: string, about: string, ...edits: readonly (readonly [XmlElement | undefined, Edit])[]) => Draft;

/** XSW on the issuer's signature: where the forged assertion F, the original O, and the signature S stand. */
function* wrapped(
  message: SecuredMessage,
  original: XmlElement,
  signature: XmlElement,
  draft: Drafter,
): Iterable<Draft> {
  const bare = without(original, signature);
  const id = attribute(original, 'ID') === undefined ? 'AssertionID' : 'ID';
  const forged = renamed(bare, id);
  const holding = (outer: XmlElement, ...inner: readonly XmlNode[]): XmlElement => ({
    ...outer,
    children: [...outer.children, ...inner],
  });
  const object = (...inner: readonly XmlElement[]): XmlElement => ({
    ...node(`<ds:Object xmlns:ds="${DS}"/>`),
    children: inner,
  });
  const extension = (...inner: readonly XmlElement[]): XmlElement => ({
    ...node('<x:Extensions xmlns:x="urn:attacker"/>'),
    children: inner,
  });
  const ways: readonly (readonly [string, string, Edit])[] = [
    ['xsw1', 'S in F, O in S', by(holding(forged, holding(signature, bare)))],
    ['xsw2', 'O beside S in F, detached', by(holding(forged, bare, signature))],
    ['xsw3', 'F stands before O', before(forged)],
    ['xsw4', 'O in F', by(holding(forged, original))],
    ['xsw5', 'S in F, O behind it without S', (of) => [holding(forged, signature), without(of, signature)]],
    ['xsw6', 'S in F, O in S', by(holding(forged, holding(signature, object(bare))))],
    ['xsw7', 'F in an extension before O', before(extension(forged))],
    ['xsw8', 'O in an Object of S in F', by(holding(forged, holding(signature, object(original))))],
    ['forged-last', 'F stands behind O', after(forged)],
    [
      'forged-same-id',
      'F has the Id of O and stands before it',
      before({ ...forged, attributes: original.attributes }),
    ],
    ['forged-in-original', 'F in O', append(forged)],
    ['forged-signed-by-reference', "F with O's signature", by(holding(forged, signature))],
    ['signature-outside', 'S stands beside O in the header', (of) => [without(of, signature), signature]],
  ];
  for (const [what, where, edit] of ways) {
    yield draft(what, `A forged assertion F, the original O, its signature S: ${where}.`, [
      message.assertions[0],
      edit,
    ]);
  }
  const info = child(signature, ds('SignedInfo'));
  const reference = info && child(info, ds('Reference'));
  if (reference !== undefined) {
    yield draft('reference-empty', "The issuer's signature refers to the whole document.", [reference, set('URI', '')]);
    yield draft('reference-elsewhere', "The issuer's signature refers to the Body.", [
      reference,
      set('URI', `#${message.signed[0]?.id ?? 'body'}`),
    ]);
  }
  yield draft('key-info-replaced', "The issuer's signature names another key.", [
    child(signature, ds('KeyInfo')),
    content(node(`<ds:KeyName xmlns:ds="${DS}">attacker</ds:KeyName>`)),
  ]);
  yield draft('two-signatures', "The issuer's signature stands there twice.", [signature, (of) => [of, of]]);
}

function without(of: XmlElement, part: XmlElement): XmlElement {
  return { ...of, children: of.children.filter((each) => each !== part) };
}

/** The assertion of the attacker's wishes. */
function renamed(of: XmlElement, id: string): XmlElement {
  const visit = (at: XmlElement): XmlElement => ({
    ...at,
    children: at.children.map((each) => {
      if (typeof each !== 'object' || each.kind !== 'element') return each;
      return each.local === 'NameID' || each.local === 'NameIdentifier'
        ? { ...each, children: ['admin'] }
        : visit(each);
    }),
  });
  return {
    ...visit(of),
    attributes: of.attributes.map((each) => (each.local === id ? { ...each, value: '_forged' } : each)),
  };
}

/** What a response confirms of its request. */
export const confirmations: AttackFamily = function* (message, options) {
  for (const [at, confirmation] of message.confirmations.entries()) {
    const draft = (what: string, about: string, edit: Edit): Draft => ({
      name: `confirmations/${what}:${at + 1}`,
      about,
      result: resealed(message.with([confirmation, edit]), options),
    });
    if (attribute(confirmation, 'Value') !== undefined) {
      yield draft(
        'other-value',
        'A signature is confirmed that the request did not have; signed anew.',
        set('Value', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='),
      );
      yield draft('no-value', 'It is confirmed that the request had no signature; signed anew.', (of) => [
        { ...of, attributes: of.attributes.filter(({ local }) => local !== 'Value') },
      ]);
      yield draft('empty-value', 'An empty signature is confirmed; signed anew.', set('Value', ''));
    }
    yield draft('one-more', 'One signature more is confirmed than the request had; signed anew.', (of) => [
      of,
      {
        ...of,
        attributes: of.attributes.map((each) =>
          each.local === 'Id'
            ? { ...each, value: 'more' }
            : each.local === 'Value'
              ? { ...each, value: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
              : each,
        ),
      },
    ]);
  }
  if (message.confirmations.length > 0) {
    const signed = message.signed.filter(({ element }) => message.confirmations.includes(element));
    yield {
      name: 'confirmations/stripped',
      about: 'No signature is confirmed; signed anew.',
      result: resealed(
        message.with(
          ...message.confirmations.map((each) => [each, remove] as const),
          ...signed.map(({ reference }) => [reference, remove] as const),
        ),
        options,
      ),
    };
  }
};
