import { attribute, child, isNamed, type XmlElement } from '@holdfast/soap';
import { ds, wsse, xenc } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { by, content, type Edit, remove, set } from './edit.js';
import { resealed } from './reseal.js';
import { nodes, type SecuredMessage, withoutId } from './secured-message.js';

/** What protects the message is taken out of it: whatever is absent must never be taken for valid. */
export const stripping: AttackFamily = function* (message, options) {
  const { security, header, body, timestamp, signatures, signed } = message;
  const strip = (
    what: string,
    about: string,
    ...edits: readonly (readonly [XmlElement | undefined, Edit])[]
  ): Draft => ({
    name: `stripping/${what}`,
    about,
    result: message.with(...edits),
  });

  yield strip('security', 'The Security header is taken out.', [security, remove]);
  yield strip('security-emptied', 'The Security header is emptied.', [security, content()]);
  if (timestamp !== undefined)
    yield strip('all-but-timestamp', 'Only the Timestamp is left in the Security header.', [
      security,
      content(timestamp),
    ]);
  yield strip('header', 'The whole Header is taken out.', [header, remove]);
  yield strip('security-to-other-namespace', 'The Security header is renamed, so that nobody knows it.', [
    security,
    (of) => [{ ...of, namespace: 'urn:attacker', declarations: [] }],
  ]);
  for (const [at, signature] of signatures.entries()) {
    const which = at === 0 ? '' : `-${at + 1}`;
    yield strip(`signature${which}`, 'A signature is taken out.', [signature, remove]);
    yield strip(`signature${which}-emptied`, 'A signature is emptied.', [signature, content()]);
    for (const part of ['SignedInfo', 'SignatureValue', 'KeyInfo']) {
      yield strip(`${part}${which}`, `${part} is taken out of a signature.`, [child(signature, ds(part)), remove]);
    }
  }
  for (const { element, reference } of signed) {
    const what = element.local;
    yield strip(`reference:${what}`, `The reference to the ${what} is taken out of SignedInfo.`, [reference, remove]);
    if (element === body || element === timestamp) {
      yield {
        name: `stripping/not-signed:${what}`,
        about: `A good signature that leaves the ${what} out.`,
        result: resealed(message.with([reference, remove]), options),
      };
    }
    if (element !== body) {
      yield strip(`part:${what}`, `The signed ${what} is taken out.`, [element, remove]);
    }
  }
  if (timestamp !== undefined) {
    const ofTimestamp = signed.find(({ element }) => element === timestamp);
    yield {
      name: 'stripping/timestamp-and-reference',
      about: 'The Timestamp is taken out, and with it the reference to it; signed anew.',
      result: resealed(message.with([timestamp, remove], [ofTimestamp?.reference, remove]), options),
    };
  }
  yield {
    name: 'stripping/all-references',
    about: 'A good signature over nothing.',
    result: resealed(message.with(...signed.map(({ reference }) => [reference, remove] as const)), options),
  };
  for (const token of message.inSecurity(isToken(message))) {
    yield strip(`token:${token.local}`, `A ${token.local} is taken out.`, [token, remove]);
  }
  yield* encryption(message, options.body ?? EVIL);
};

/** Everything in the header that is neither a signature nor the Timestamp nor a list, if anything needs it. */
function isToken(message: SecuredMessage): (part: XmlElement) => boolean {
  return (part) =>
    message.needs(part) &&
    part !== message.timestamp &&
    !isNamed(part, ds('Signature')) &&
    !isNamed(part, xenc('ReferenceList')) &&
    !isNamed(part, xenc('EncryptedData'));
}

/** Ciphertext gives way to plaintext, with and without what names it. */
function* encryption(message: SecuredMessage, evil: string): Iterable<Draft> {
  const { encryptedBody, body } = message;
  const lists = message.referenceLists.map((list) => [list, remove] as const);
  for (const list of message.referenceLists.filter((each) => message.isMissed(each))) {
    yield {
      name: `stripping/reference-list:${message.referenceLists.indexOf(list) + 1}`,
      about: 'The list of what is encrypted is taken out: the ciphertext stays.',
      result: message.with([list, remove]),
    };
  }
  for (const data of message.inSecurity((part) => isNamed(part, xenc('EncryptedData')))) {
    yield {
      name: 'stripping/encrypted-part',
      about: 'Something that is encrypted in the Security header is taken out, and out of the list of it.',
      result: message.with([data, remove], ...mentions(message, data)),
    };
  }
  if (encryptedBody === undefined) return;
  const plain = by(...nodes(evil));
  yield {
    name: 'stripping/plaintext-for-ciphertext',
    about: 'The encrypted content of the Body gives way to plaintext; the lists still name it.',
    result: message.with([encryptedBody, plain]),
  };
  yield {
    name: 'stripping/plaintext-without-lists',
    about: 'The encrypted content of the Body gives way to plaintext; nothing is named as encrypted.',
    result: message.with([encryptedBody, plain], ...lists),
  };
  yield {
    name: 'stripping/plaintext-out-of-list',
    about: 'The encrypted content of the Body gives way to plaintext; the lists do not name it any more.',
    result: message.with([encryptedBody, plain], ...mentions(message, encryptedBody)),
  };
  yield {
    name: 'stripping/empty-for-ciphertext',
    about: 'The encrypted content of the Body is taken out.',
    result: message.with([encryptedBody, remove], ...mentions(message, encryptedBody)),
  };
  yield {
    name: 'stripping/unsigned-body',
    about: 'A new Body in clear takes the place of the encrypted one.',
    result: message.with([body, by({ ...withoutId(body), children: nodes(evil) })], ...lists),
  };
}

/** The DataReferences to an EncryptedData, taken out, and their lists when they are empty then. */
export function mentions(message: SecuredMessage, data: XmlElement): readonly (readonly [XmlElement, Edit])[] {
  const uri = `#${attribute(data, 'Id')}`;
  return message.referenceLists.flatMap((list): readonly (readonly [XmlElement, Edit])[] => {
    const all = message.everywhere((at) => isNamed(at, xenc('DataReference')), list);
    const found = all.filter((reference) => attribute(reference, 'URI') === uri);
    return found.length === all.length
      ? [[list, remove]]
      : found.map((reference): readonly [XmlElement, Edit] => [reference, remove]);
  });
}

/** Where another part takes the place of this one, the ciphertext that went with it is not listed any more. */
export function unlisted(message: SecuredMessage, part: XmlElement): readonly (readonly [XmlElement, Edit])[] {
  const { body, encryptedBody } = message;
  return part === body && encryptedBody !== undefined ? mentions(message, encryptedBody) : [];
}

/** The Security header is for somebody else. */
export const roles: AttackFamily = function* (message, _options) {
  const { security, root } = message;
  const role = root.namespace.includes('2003') ? 'role' : 'actor';
  const name = { prefix: root.prefix, namespace: root.namespace, local: role };
  const others: Readonly<Record<string, string>> = {
    other: 'urn:somebody:else',
    none: 'http://www.w3.org/2003/05/soap-envelope/role/none',
    next: 'http://www.w3.org/2003/05/soap-envelope/role/next',
    'next-1.1': 'http://schemas.xmlsoap.org/soap/actor/next',
  };
  for (const [what, uri] of Object.entries(others)) {
    yield {
      name: `stripping/role-${what}`,
      about: `The Security header is given to the role ${uri}.`,
      result: message.with([security, set(name, uri)]),
    };
    yield {
      name: `stripping/role-${what}-and-empty-one`,
      about: `The Security header is given to the role ${uri}; an empty one is for the receiver.`,
      result: message.with([
        security,
        (of) => [...set(name, uri)(of), { ...withoutId(security), ...wsse('Security'), children: [] }],
      ]),
    };
  }
  yield {
    name: 'stripping/second-security',
    about: 'A second Security header for the receiver follows the first.',
    result: message.with([security, (of) => [of, { ...withoutId(security), children: [] }]]),
  };
  yield {
    name: 'stripping/second-security-first',
    about: 'A second Security header for the receiver stands before the first.',
    result: message.with([security, (of) => [{ ...withoutId(security), children: [] }, of]]),
  };
};
