import { attribute, withAttribute, type XmlElement } from '@holdfast/soap';
import { DS, WSSE, WSU_ID } from '../../namespaces.js';
import type { AttackFamily, Draft } from './attack.js';
import { after, before, by, content, type Edit, prepend, set } from './edit.js';
import { node, nodes, type SecuredMessage, withoutId } from './secured-message.js';

const OTHER = 'urn:uuid:00000000-dead-4bad-8bad-000000000000';

/** KeyInfos that name nothing, or something that is no key. */
export const keyInfos: AttackFamily = function* (message, _options) {
  const { keyInfo } = message;
  yield* tokensOf(message);
  if (keyInfo === undefined) return;
  const ways: Readonly<Record<string, string>> = {
    empty: '',
    'key-name': `<ds:KeyName xmlns:ds="${DS}">alice</ds:KeyName>`,
    'empty-reference': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"/>`,
    'two-references': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#a"/><wsse:Reference URI="#b"/></wsse:SecurityTokenReference>`,
    'retrieval-method': `<ds:RetrievalMethod xmlns:ds="${DS}" URI="http://attacker.invalid/key"/>`,
    'retrieval-itself': `<ds:RetrievalMethod xmlns:ds="${DS}" URI="#KI"/>`,
    'mgmt-data': `<ds:MgmtData xmlns:ds="${DS}">x</ds:MgmtData>`,
    'reference-external': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="http://attacker.invalid/token"/></wsse:SecurityTokenReference>`,
    'reference-empty': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI=""/></wsse:SecurityTokenReference>`,
    'reference-to-timestamp': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#${message.timestamp === undefined ? 'ts' : attribute(message.timestamp, WSU_ID)}"/></wsse:SecurityTokenReference>`,
    'reference-to-body': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#${attribute(message.body, WSU_ID)}"/></wsse:SecurityTokenReference>`,
    'unknown-key-identifier': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier ValueType="urn:attacker">AAAA</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
    'unknown-thumbprint': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1">AAAAAAAAAAAAAAAAAAAAAAAAAAA=</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
    'unknown-encrypted-key-sha1': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKeySHA1">AAAAAAAAAAAAAAAAAAAAAAAAAAA=</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
    'other-context': `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="${OTHER}" ValueType="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/sct"/></wsse:SecurityTokenReference>`,
  };
  for (const [what, info] of Object.entries(ways)) {
    yield {
      name: `confusion/key-info-${what}`,
      about: `KeyInfo is ${what.replaceAll('-', ' ')}.`,
      result: message.with([keyInfo, content(...nodes(info))]),
    };
  }
};

/** What stands in the tokens themselves. */
function* tokensOf(message: SecuredMessage): Iterable<Draft> {
  for (const token of message.contextTokens) {
    const identifier = message.everywhere((at) => at.local === 'Identifier', token)[0];
    if (identifier === undefined) continue;
    const draft = (what: string, about: string, edit: Edit, of = identifier): Draft => ({
      name: `confusion/context-${what}`,
      about,
      result: message.with([of, edit]),
    });
    const other = { ...identifier, children: [OTHER] };
    yield draft('two-identifiers-first', 'The token has two Identifiers, a foreign one first.', before(other));
    yield draft('two-identifiers-last', 'The token has two Identifiers, a foreign one last.', after(other));
    yield draft('other-identifier', 'The token names another context.', by(other));
    yield draft('empty-identifier', 'The Identifier is empty.', content());
    yield draft('no-identifier', 'The token has no Identifier.', () => []);
    yield draft('nested-identifier', 'The Identifier holds another.', prepend(other));
    yield draft(
      'instance',
      'The token names an instance that there is not.',
      after({ ...identifier, local: 'Instance', children: ['urn:uuid:none'] }),
    );
    yield draft(
      'other-version',
      'The token is of the other version of its specification.',
      (of) => [otherVersion(of)],
      token,
    );
    yield draft(
      'other-namespace',
      'The token is of an unknown namespace.',
      (of) => [{ ...of, namespace: 'urn:attacker', declarations: [] }],
      token,
    );
  }
  for (const token of message.binaryTokens) {
    const draft = (what: string, about: string, ...edits: readonly Edit[]): Draft => ({
      name: `confusion/certificate-${what}`,
      about,
      result: message.with(...edits.map((edit) => [token, edit] as const)),
    });
    const value = token.children.join('');
    yield draft('garbage', 'The certificate is none.', content('AAAA'));
    yield draft('truncated', 'The certificate is cut short.', content(value.slice(0, 400)));
    yield draft('empty', 'The certificate is empty.', content());
    yield draft('value-type', 'The token is said to be of another kind.', set('ValueType', 'urn:attacker'));
    yield draft(
      'value-type-sct',
      'The token is said to be a context.',
      set('ValueType', 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/sct'),
    );
    yield draft('encoding', 'The token is said to be encoded otherwise.', set('EncodingType', 'urn:attacker'));
    yield draft('twice', 'The certificate stands there twice in one token.', content(`${value}${value}`));
    yield draft('id-moved', 'The Id of the token stands on an element within.', (of) => [
      {
        ...withoutId(of),
        children: [...of.children, withAttribute(node('<x:Y xmlns:x="urn:x"/>'), WSU_ID, attribute(of, WSU_ID) ?? '')],
      },
    ]);
  }
}

function otherVersion(of: XmlElement): XmlElement {
  const namespace = of.namespace.includes('200512')
    ? 'http://schemas.xmlsoap.org/ws/2005/02/sc'
    : 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
  const visit = (at: XmlElement): XmlElement => ({
    ...at,
    declarations: [],
    namespace: at.namespace === of.namespace ? namespace : at.namespace,
    children: at.children.map((each) => (typeof each === 'object' && each.kind === 'element' ? visit(each) : each)),
  });
  return visit(of);
}
