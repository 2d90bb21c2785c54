import {
  elements,
  isElement,
  isNamed,
  WSU,
  withAttribute,
  withChildren,
  type XmlElement,
  type XmlNode,
} from '@holdfast/soap';
import { defaultProtection, matches } from '../../description.js';
import { ds, WSU_ID, wsse, wsu } from '../../namespaces.js';
import { type AttackFamily, type AttackOptions, type Draft, EVIL } from './attack.js';
import { after, append, before, by, content, type Edit, prepend, remove } from './edit.js';
import { node, nodes, type SecuredMessage, type SignedPart, withoutId } from './secured-message.js';

/**
 * Signature wrapping (XSW): the signed element is moved to where the reference still finds it but nobody acts on it,
 * and a forged one takes its place; every part × place × way to treat the Id. Then the kin: siblings, optional
 * elements, envelopes within envelopes, and namespaces that make a path mean something else.
 */
export const wrapping: AttackFamily = function* (message, options) {
  const evil = options.body ?? EVIL;
  const seen = new Set<string>();
  for (const signed of message.signed) {
    const part = dereferenced(message, signed);
    if (!isOuterPart(message, part.element)) continue;
    const name = unique(part.element.local, seen);
    const forged = forgedFor(part.element, evil);
    for (const [place, about, put] of places(message, part)) {
      const ways = part.element === message.body ? IDS : SOME_IDS;
      for (const [way, id] of ways) {
        yield {
          name: `wrapping/${place}/${way}:${name}`,
          about: `The signed ${name} ${about}; the forged one in its place has ${describe(way)}.`,
          result: put(id(forged, part.id)),
        };
      }
      if (part.element !== message.body && place !== 'inside-forged') {
        yield {
          name: `wrapping/${place}/nothing:${name}`,
          about: `The signed ${name} ${about}; nothing takes its place.`,
          result: put(undefined),
        };
      }
    }
    yield* siblings(message, part, forged, name, options);
  }
  yield* envelopes(message, evil);
};

/** With the STR-Transform, the token that a SecurityTokenReference leads to is what is signed, not the reference. */
function dereferenced(message: SecuredMessage, part: SignedPart): SignedPart {
  if (!isNamed(part.element, wsse('SecurityTokenReference'))) return part;
  const [assertion] = message.assertions;
  return assertion === undefined ? part : { ...part, element: assertion };
}

type Put = (forged: XmlElement | undefined) => XmlElement;

const WRAP = {
  kind: 'element',
  prefix: 'x',
  namespace: 'urn:wrap',
  local: 'Wrap',
  declarations: [],
  attributes: [],
} as const;
const wrap = (...children: readonly XmlElement[]): XmlElement => ({ ...WRAP, children });

function places(message: SecuredMessage, { element: part }: SignedPart): readonly (readonly [string, string, Put])[] {
  const { root, header, security, signature, keyInfo, timestamp, body } = message;
  const soap = (local: string, ...children: readonly XmlElement[]): XmlElement => ({
    ...WRAP,
    prefix: root.prefix,
    namespace: root.namespace,
    local,
    children,
  });
  const move =
    (...edits: readonly (readonly [XmlElement | undefined, Edit])[]): Put =>
    (forged) =>
      message.with([part, forged === undefined ? remove : by(forged)], ...edits);
  const none = withAttribute(
    wrap(part),
    { prefix: root.prefix, namespace: root.namespace, local: 'role' },
    'http://www.w3.org/2003/05/soap-envelope/role/none',
  );
  const whole = soap('Envelope', ...(part === body ? [part] : [soap('Header', part)]));
  const all: readonly (readonly [string, string, Put] | false | undefined)[] = [
    ['header-block', 'hides in the last header block', move([header, append(wrap(part))])],
    ['first-block', 'hides in the first header block', move([header, prepend(wrap(part))])],
    ['block-for-nobody', 'hides in a header block for the role of nobody', move([header, append(none)])],
    !message.blocks.includes(part) && ['header', 'becomes a header block by itself', move([header, append(part)])],
    ['security', 'hides in an unknown element of the Security header', move([security, append(wrap(part))])],
    !elements(security).includes(part) && [
      'security-child',
      'becomes a child of the Security header',
      move([security, append(part)]),
    ],
    signature && [
      'object',
      'hides in an Object of the Signature',
      move([signature, append({ ...WRAP, ...ds('Object'), children: [part] })]),
    ],
    keyInfo && ['key-info', 'hides in the KeyInfo', move([keyInfo, append(wrap(part))])],
    timestamp && part !== timestamp && ['timestamp', 'hides in the Timestamp', move([timestamp, append(part)])],
    ['trailer', 'follows the Body', move([root, append(part)])],
    ['before-header', 'stands before the Header', move([root, prepend(part)])],
    ['nested-envelope', 'stands at its path in an Envelope in a header block', move([header, append(wrap(whole))])],
    part !== body && ['body', 'hides in the Body', move([body, append(wrap(part))])],
    ['inside-forged', 'hides in the forged one', (forged) => message.with([part, by(nest(forged ?? part, part))])],
  ];
  return all.filter((each) => each !== undefined && each !== false);
}

function nest(outer: XmlElement, inner: XmlElement): XmlElement {
  return withChildren(outer, [...outer.children, inner]);
}

type IdWay = readonly [string, (forged: XmlElement, id: string) => XmlElement];

const plain = (local: string): IdWay => [
  `as-${local}`,
  (forged, id) => withAttribute(forged, { prefix: '', namespace: '', local }, id),
];
const SOME_IDS: readonly IdWay[] = [
  ['no-id', (forged) => forged],
  ['same-id', (forged, id) => withAttribute(forged, WSU_ID, id)],
];
const IDS: readonly IdWay[] = [
  ...SOME_IDS,
  ['other-id', (forged) => withAttribute(forged, WSU_ID, 'forged')],
  plain('Id'),
  plain('ID'),
  plain('id'),
  plain('AssertionID'),
  [
    'as-xml-id',
    (forged, id) =>
      withAttribute(forged, { prefix: 'xml', namespace: 'http://www.w3.org/XML/1998/namespace', local: 'id' }, id),
  ],
];

function describe(way: string): string {
  switch (way) {
    case 'no-id':
      return 'no Id';
    case 'same-id':
      return 'the same Id';
    case 'other-id':
      return 'an Id of its own';
    default:
      return `the same Id in another attribute (${way.slice(3)})`;
  }
}

/** A forged one beside the signed one, for readers that take the first, the last, or another namespace's. */
function* siblings(
  message: SecuredMessage,
  { element: part, id }: SignedPart,
  forged: XmlElement,
  name: string,
  options: AttackOptions,
): Iterable<Draft> {
  const beside = (what: string, about: string, edit: Edit): Draft => ({
    name: `wrapping/${what}:${name}`,
    about,
    result: message.with([part, edit]),
  });
  // A block that no rule names is no different from any other block in clear: the receiver leaves it out.
  const named =
    part === message.body ||
    !message.blocks.includes(part) ||
    matches(options.signedHeaders ?? defaultProtection.signedHeaders, part);
  if (named) yield beside('second-before', `A forged ${name} stands before the signed one.`, before(forged));
  if (named) yield beside('second-after', `A forged ${name} stands after the signed one.`, after(forged));
  yield beside(
    'second-same-id',
    `A forged ${name} with the same Id stands before the signed one.`,
    before(withAttribute(forged, WSU_ID, id)),
  );
  if (part === message.body) {
    yield beside(
      'other-namespace',
      'A Body of the other SOAP version stands before the signed one.',
      before({ ...forged, prefix: 'o', namespace: otherSoap(part) }),
    );
    yield beside(
      'other-case',
      'An element called "body" stands before the signed one, for readers that ignore case.',
      before({ ...forged, local: 'body' }),
    );
    yield {
      name: 'wrapping/renamed:Body',
      about: 'The signed Body is given another name, and a forged one follows.',
      result: message.with([part, by({ ...part, local: 'Bod' }, forged)]),
    };
    yield {
      name: 'wrapping/inner:Body',
      about: 'A forged Body is put into the signed one, for readers that search by name.',
      result: message.with([part, prepend(forged)]),
    };
    yield {
      name: 'wrapping/changed:Body',
      about: 'The content of the signed Body is replaced in its place.',
      result: message.with([part, content(...forged.children)]),
    };
  } else {
    yield {
      name: `wrapping/changed:${name}`,
      about: `The content of the signed ${name} is replaced in its place.`,
      result: message.with([part, content(...forged.children)]),
    };
    yield {
      name: `wrapping/rebound:${name}`,
      about: `The prefix of the signed ${name} is bound to another namespace.`,
      result: message.with([part, (of) => [{ ...of, namespace: 'urn:attacker', declarations: [] }]]),
    };
  }
}

/** Whole envelopes in envelopes, and headers for somebody else. */
function* envelopes(message: SecuredMessage, evil: string): Iterable<Draft> {
  const { root, header, security, body } = message;
  const outer = (inner: readonly XmlElement[], content: readonly XmlElement[]): XmlElement =>
    withChildren(withoutId(root), [
      { ...withoutId(header), children: inner },
      { ...withoutId(body), children: content },
    ]);
  const forged = nodes(evil).filter((each): each is XmlElement => typeof each === 'object' && each.kind === 'element');
  const rest = message.with([security, remove]);
  yield {
    name: 'wrapping/envelope-in-header',
    about: 'The Security header is lifted into a new envelope that holds the old one in a header block.',
    result: outer([security, wrap(rest)], forged),
  };
  yield {
    name: 'wrapping/envelope-in-body',
    about: 'The Security header is lifted into a new envelope that holds the old one in its Body.',
    result: outer([security], [...forged, rest]),
  };
  yield {
    name: 'wrapping/whole-envelope-in-header',
    about: 'The whole message stands in a header block of a forged one.',
    result: outer([wrap(root)], forged),
  };
  yield {
    name: 'wrapping/whole-envelope-in-body',
    about: 'The whole message stands in the Body of a forged one.',
    result: outer([], [root]),
  };
  yield {
    name: 'wrapping/security-in-block',
    about: 'The Security header moves into another header block.',
    result: message.with([security, by(wrap(security))]),
  };
  yield {
    name: 'wrapping/second-header',
    about: 'A second Header with forged blocks follows the first.',
    result: message.with([header, after({ ...withoutId(header), children: [node('<x:To xmlns:x="urn:attacker"/>')] })]),
  };
  yield {
    name: 'wrapping/root-renamed',
    about: 'The envelope is put into an element of no known name.',
    result: wrap(root),
  };
}

/** What a receiver acts on: the Body, header blocks, and the children of the Security header. */
function isOuterPart(message: SecuredMessage, part: XmlElement): boolean {
  if (isNamed(part, wsse('SecurityTokenReference'))) return false;
  return part === message.body || message.blocks.includes(part) || elements(message.security).includes(part);
}

function forgedFor(part: XmlElement, evil: string): XmlElement {
  if (part.local === 'Body') return { ...withoutId(part), children: nodes(evil) };
  if (isNamed(part, wsu('Timestamp'))) {
    const moved = (of: XmlElement): XmlElement => ({
      ...of,
      children: of.children.map((each) => (typeof each === 'string' ? each.replace(/^\d{4}/, '2099') : each)),
    });
    return { ...withoutId(part), children: elements(part).map(moved) };
  }
  if (part.local === 'Assertion') return { ...part, children: aboutSomebodyElse(part).children };
  const children = ['urn:attacker'];
  return { ...withoutId(part), attributes: part.attributes.filter(({ namespace }) => namespace !== WSU), children };
}

function aboutSomebodyElse(part: XmlElement): XmlElement {
  const isName = part.local === 'NameID' || part.local === 'NameIdentifier';
  const visit = (each: XmlNode): XmlNode => (isElement(each) ? aboutSomebodyElse(each) : each);
  return { ...part, children: isName ? ['admin'] : part.children.map(visit) };
}

function otherSoap({ namespace }: XmlElement): string {
  return namespace.includes('2003')
    ? 'http://schemas.xmlsoap.org/soap/envelope/'
    : 'http://www.w3.org/2003/05/soap-envelope';
}

/** Two parts of one name are told apart by a number. */
function unique(name: string, seen: Set<string>): string {
  let result = name;
  for (let count = 2; seen.has(result); count++) result = `${name}-${count}`;
  seen.add(result);
  return result;
}
