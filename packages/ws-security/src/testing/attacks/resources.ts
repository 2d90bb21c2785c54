import { attribute, child, isNamed, withAttribute, type XmlElement, type XmlNode } from '@holdfast/soap';
import { CANONICALIZATION } from '../../canonical/canonicalize.js';
import { DS, ds, EC, SAML_20, STR_TRANSFORM, WSSE, WSU, WSU_ID, xenc } from '../../namespaces.js';
import { dereferenced } from '../../opening/dereferenced.js';
import type { AttackFamily, AttackOptions, Draft } from './attack.js';
import { after, append, before, content, prepend } from './edit.js';
import { digestOfText, resealed } from './reseal.js';
import { node, type SecuredMessage, type SignedPart, text as written } from './secured-message.js';

/** Work that a message asks for out of proportion to its size: it must be refused before it is done. */
export const resources: AttackFamily = function* (message, options) {
  const { security, signedInfo, signature, text } = message;
  const first = message.signed[0];
  if (first !== undefined && signedInfo !== undefined) {
    const hundred = Array.from({ length: 100 }, () => first.reference);
    yield {
      name: 'resources/references-100',
      about: 'A signature has 100 references more to one part, and is good.',
      result: resealed(message.with([first.reference, after(...hundred)]), options),
    };
    const marked = written(message.with([first.reference, after(node('<x/>'))]));
    const one = written(first.reference);
    yield {
      name: 'resources/references-10000',
      about: 'A signature has 10,000 references.',
      result: marked.replace('<x/>', () => one.repeat(10_000)),
    };
    const transform = message.everywhere((at) => isNamed(at, ds('Transform')), first.reference)[0];
    const prefixes = Array.from({ length: 10_000 }, (_, at) => `p${at}`).join(' ');
    yield {
      name: 'resources/prefix-list-10000',
      about: 'Canonicalization is asked to consider 10,000 prefixes.',
      result: resealed(
        message.with([transform, content(node(`<ec:InclusiveNamespaces xmlns:ec="${EC}" PrefixList="${prefixes}"/>`))]),
        options,
      ),
    };
  }
  if (first !== undefined && signedInfo !== undefined) yield manyNamesOfOneToken(message, first, signedInfo, options);
  if (signature !== undefined) {
    const copies = Array.from({ length: 100 }, (_, at) =>
      withAttribute(signature, { prefix: '', namespace: '', local: 'Id' }, `copy-${at}`),
    );
    yield {
      name: 'resources/signatures-100',
      about: 'The good signature stands there 100 times.',
      result: message.with([signature, after(...copies)]),
    };
    yield {
      name: 'resources/huge-rsa-key',
      about: 'The key is given as one of 100,000 bits.',
      result: message.with([
        message.keyInfo,
        content(
          node(
            `<ds:KeyValue xmlns:ds="${DS}"><ds:RSAKeyValue><ds:Modulus>${Buffer.alloc(12_500, 0xff).toString('base64')}</ds:Modulus><ds:Exponent>${Buffer.alloc(12_500, 0xff).toString('base64')}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`,
          ),
        ),
      ]),
    };
    yield {
      name: 'resources/huge-signature-value',
      about: 'The SignatureValue is of 200,000 octets.',
      result: message.with([child(signature, ds('SignatureValue')), content(Buffer.alloc(200_000).toString('base64'))]),
    };
    yield {
      name: 'resources/objects-10000',
      about: 'The signature holds 10,000 Objects.',
      result: message.with([
        signature,
        append(...new Array<XmlElement>(10_000).fill(node(`<ds:Object xmlns:ds="${DS}"/>`))),
      ]),
    };
  }
  const token = message.inSecurity((part) => attribute(part, WSU_ID) !== undefined && part !== message.timestamp)[0];
  if (token !== undefined) {
    const copies = Array.from({ length: 1_000 }, (_, at) => withAttribute(token, WSU_ID, `copy-${at}`));
    yield {
      name: 'resources/tokens-1000',
      about: `There are 1,000 more of ${token.local}.`,
      result: message.with([token, before(...copies)]),
    };
  }
  for (const key of message.encryptedKeys.slice(0, 1)) {
    const copies = Array.from({ length: 30 }, (_, at) =>
      withAttribute(
        { ...key, children: key.children.filter((each) => !isList(each)) },
        { prefix: '', namespace: '', local: 'Id' },
        `copy-${at}`,
      ),
    );
    yield {
      name: 'resources/encrypted-keys-30',
      about: 'There are 30 more EncryptedKeys: a private key is slow.',
      result: message.with([key, before(...copies)]),
    };
  }
  yield {
    name: 'resources/unknown-tokens-1000',
    about: 'The Security header holds 1,000 elements that nobody knows.',
    result: message.with([
      security,
      append(...new Array<XmlElement>(1_000).fill(node('<x:Y xmlns:x="urn:attacker"/>'))),
    ]),
  };
  yield {
    name: 'resources/references-in-security',
    about: 'The Security header holds 100 bare SecurityTokenReferences.',
    result: message.with([
      security,
      append(...Array.from({ length: 100 }, () => node(`<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"/>`))),
    ]),
  };
  yield* lists(message);

  const open = text.indexOf('>', text.indexOf(':Envelope')) + 1;
  const inHeader = (what: string, about: string, fragment: string): Draft => ({
    name: `resources/${what}`,
    about,
    result: `${text.slice(0, open)}${fragment}${text.slice(open)}`,
  });
  yield inHeader(
    'deep',
    'Elements stand 20,000 deep in one another.',
    `${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`,
  );
  yield inHeader(
    'attributes',
    'An element has 10,000 attributes.',
    `<a ${Array.from({ length: 10_000 }, (_, at) => `a${at}="1"`).join(' ')}/>`,
  );
  yield inHeader(
    'namespaces',
    'An element declares 10,000 namespaces.',
    `<a ${Array.from({ length: 10_000 }, (_, at) => `xmlns:n${at}="urn:${at}"`).join(' ')}/>`,
  );
  yield inHeader('long-name', 'A name has 100,000 characters.', `<${'a'.repeat(100_000)}/>`);
  yield inHeader('unclosed', '20,000 elements are opened and never closed.', '<a>'.repeat(20_000));
};

/** Every reference has a SecurityTokenReference of its own, and all of them lead to one large token. */
function manyNamesOfOneToken(
  message: SecuredMessage,
  { reference }: SignedPart,
  signedInfo: XmlElement,
  options: AttackOptions,
): Draft {
  const parts = '<a b="c">d</a>'.repeat(NAMED_PARTS);
  const token = node(`<saml:Assertion xmlns:saml="${SAML_20}" ID="large-token">${parts}</saml:Assertion>`);
  const named = Array.from({ length: NAMES }, (_, at) =>
    node(
      `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="name-${at}"><wsse:Reference URI="#large-token"/></wsse:SecurityTokenReference>`,
    ),
  );
  const method = child(reference, ds('DigestMethod')) ?? reference;
  const digestValue = digestOfText(dereferenced(token, CANONICALIZATION.exclusive), reference);
  const references = named.map((_, at) =>
    node(
      `<ds:Reference xmlns:ds="${DS}" URI="#name-${at}"><ds:Transforms><ds:Transform Algorithm="${STR_TRANSFORM}"><wsse:TransformationParameters xmlns:wsse="${WSSE}"><ds:CanonicalizationMethod Algorithm="${CANONICALIZATION.exclusive}"/></wsse:TransformationParameters></ds:Transform></ds:Transforms>${written(method)}<ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`,
    ),
  );
  const place = message.timestamp ?? message.security;
  const root = message.with(
    [place, message.timestamp === undefined ? prepend(token, ...named) : after(token, ...named)],
    [signedInfo, append(...references)],
  );
  return {
    name: 'resources/names-of-one-token',
    about: `A signature covers one large token ${NAMES} times, by a SecurityTokenReference each, and is good.`,
    result: resealed(root, options, 'all'),
  };
}

const NAMES = 30;
const NAMED_PARTS = 10_000;

function isList(each: XmlNode): boolean {
  return isNamed(each, xenc('ReferenceList'));
}

function* lists(message: SecuredMessage): Iterable<Draft> {
  const [list] = message.referenceLists;
  const data = list && child(list, xenc('DataReference'));
  if (list === undefined || data === undefined) return;
  yield {
    name: 'resources/data-references-500',
    about: 'One EncryptedData is named 500 times.',
    result: message.with([list, prepend(...Array.from({ length: 500 }, () => data))]),
  };
  yield {
    name: 'resources/data-references-10000',
    about: '10,000 EncryptedData are named that are not there.',
    result: message.with([
      list,
      append(
        ...Array.from({ length: 10_000 }, (_, at) =>
          withAttribute(data, { prefix: '', namespace: '', local: 'URI' }, `#d${at}`),
        ),
      ),
    ]),
  };
  yield {
    name: 'resources/reference-lists-100',
    about: 'The list of what is encrypted stands there 100 times.',
    result: message.with([list, after(...Array.from({ length: 100 }, () => list))]),
  };
}
