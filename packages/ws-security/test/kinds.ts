import { parse, serialize, WSA, type XmlElement } from '@holdfast/soap';
import { SUITES, type SuiteName } from '#src/algorithms/suites.js';
import { defaultProtection, type ProtectionDescription, type SupportingToken } from '#src/description.js';
import type { KeyLookup, ProtectionKeys, SecurityContextKey, X509ReferenceForm } from '#src/keys.js';
import { protect } from '#src/protect.js';
import type { Receipt } from '#src/receipt.js';
import { type AttackOptions, testIssuer } from '#src/testing/index.js';
import { usernameKey } from '#src/username/derived-key.js';
import {
  alice,
  bob,
  certificateKeys,
  context,
  envelopeText,
  issued,
  now,
  octets,
  random,
  recipientKeys,
} from './samples.js';

/** A kind of message that we make: how it is protected, and how it is read. */
export interface Kind {
  readonly name: string;
  readonly description: ProtectionDescription;
  readonly keys: ProtectionKeys;
  readonly lookup: KeyLookup;
  readonly soap: '1.1' | '1.2';
  /** For a response. */
  readonly request?: Receipt;
  /** Another whom the receiver trusts; for a response under its request's key there is none. */
  readonly other: Pick<Kind, 'keys' | 'signingKey'> | undefined;
  /** What the honest signer of this message signs with. */
  signingKey(message: string, receipt: Receipt): NonNullable<AttackOptions['signingKey']>;
}

/** A message of the kind, with this content of its Body, and what is needed to forge it. */
export function made(
  kind: Kind,
  body?: string,
): { readonly message: string; readonly signingKey: ReturnType<Kind['signingKey']>; readonly receipt: Receipt } {
  const { description, keys, request } = kind;
  const environment = { now, random, ...(request === undefined ? {} : { request }) };
  const text = envelopeText(kind.soap, body, BLOCKS);
  const { envelope, receipt } = protect(parse(text).root, description, keys, environment);
  const message = serialize(envelope);
  return { message, signingKey: kind.signingKey(message, receipt), receipt };
}

/** A message of another whom the receiver trusts, and what that one signs with. */
export function madeByOther(kind: Kind): AttackOptions['otherHolder'] {
  return kind.other && made({ ...kind, ...kind.other }, '<o:Own xmlns:o="urn:o">own</o:Own>');
}

/** A context of the attacker's own with the same receiver. */
export const ownContext = { identifier: 'urn:uuid:own-context', secret: octets(77)(32) };

/** A block besides those of addressing. */
const BLOCKS =
  '<r:Sequence xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702" s:mustUnderstand="1"><r:Identifier>urn:uuid:s1</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence>';

const CONTEXTS = { '1.3': context, '2005': { ...context, version: '2005', instance: 'urn:uuid:i2' } } as const;
const PASSWORD = 'correct horse';
const ISSUER = testIssuer('urn:test:kinds', now);
const endorser = issued('endorser');
const otherEndorser = issued('other endorser');
const carol = issued('carol');
const JOE = { username: 'joe', password: PASSWORD };
const EVE = { username: 'eve', password: 'incorrect horse' };

const everyKey = (key: SecurityContextKey): KeyLookup => ({
  ...recipientKeys,
  certificates: [alice, carol, endorser, otherEndorser].map(({ certificate }) => certificate),
  securityContext(identifier, instance) {
    if (identifier === ownContext.identifier) return { ...key, ...ownContext, identity: 'x509:the-attacker' };
    return identifier === key.identifier && (instance ?? key.instance) === key.instance ? key : undefined;
  },
  password: (username) => (username === 'joe' ? PASSWORD : username === EVE.username ? EVE.password : undefined),
  assertions: { issuers: [ISSUER.issuer], acceptUnsignedSenderVouches: false },
});

type Variant = Partial<Omit<ProtectionDescription, 'suite' | 'token'>> & {
  readonly suite?: SuiteName;
  readonly soap?: '1.1' | '1.2';
};

function kindOf(
  name: string,
  keys: ProtectionKeys,
  { suite = 'Basic256', soap = '1.2', ...variant }: Variant,
  signingKey: Kind['signingKey'],
  other: Kind['other'],
  lookup: KeyLookup = everyKey(context),
): Kind {
  const description = { ...defaultProtection, ...variant, suite: SUITES[suite], token: keys.kind };
  const { order, encryptSignature, encryptBody } = description;
  const more = [encryptSignature && 'encrypted signature', !encryptBody && 'in clear', soap === '1.1' && 'SOAP 1.1'];
  const full = [name, suite, order, ...more.filter((each) => each !== false)].join(', ');
  return { name: full, description, keys, lookup, soap, signingKey, other };
}

export function contextKind(
  version: '1.3' | '2005',
  variant: Variant = {},
  response = false,
  more: Pick<ProtectionKeys, 'supporting'> = {},
  others: Pick<ProtectionKeys, 'supporting'> = more,
): Kind {
  const key: SecurityContextKey = CONTEXTS[version];
  const keys: ProtectionKeys = { kind: 'SecurityContextToken', context: key, includeToken: !response, ...more };
  const own = { ...key, ...ownContext };
  const other = { keys: { ...keys, context: own, ...others }, signingKey: () => ({ secret: own.secret }) };
  const name = `context ${version}${response ? ' by its Identifier' : ''}`;
  return kindOf(name, keys, variant, () => ({ secret: key.secret }), other, everyKey(key));
}

export function certificateKind(
  reference: X509ReferenceForm,
  variant: Variant = {},
  more: Pick<ProtectionKeys, 'supporting'> = {},
  others: Pick<ProtectionKeys, 'supporting'> = more,
): Kind {
  const keys: ProtectionKeys = { ...certificateKeys, signerReference: reference, ...more };
  const other = { keys: { ...keys, signer: carol, ...others }, signingKey: () => carolKey };
  return kindOf(`certificate by ${reference}`, keys, variant, () => aliceKey, other);
}

function encryptedKeyKind(
  variant: Variant = {},
  more: Pick<ProtectionKeys, 'supporting'> = {},
  others: Pick<ProtectionKeys, 'supporting'> = more,
): Kind {
  const keys: ProtectionKeys = {
    kind: 'EncryptedKey',
    recipient: bob.certificate,
    recipientReference: 'thumbprint',
    ...more,
  };
  const signingKey: Kind['signingKey'] = (_message, { encryptedKey }) => ({ secret: encryptedKey?.secret ?? NOTHING });
  return kindOf('encrypted key', keys, variant, signingKey, { keys: { ...keys, ...others }, signingKey });
}

/** A response under the key of its request, which is not sent again. */
function encryptedKeyResponseKind(variant: Variant = {}): Kind {
  const key = { sha1: Buffer.from(octets(5)(20)).toString('base64'), secret: octets(6)(32) };
  const signingKey = () => ({ secret: key.secret });
  const kind = kindOf("the request's encrypted key", { kind: 'EncryptedKey', key }, variant, signingKey, undefined);
  return { ...kind, request: { signatures: [Buffer.from(octets(7)(20))], encryptedKey: key } };
}

function usernameKind(variant: Variant = {}): Kind {
  const keyOf =
    (password: string): Kind['signingKey'] =>
    (message) => {
      const salt = /Salt[^>]*>([^<]*)</.exec(message)?.[1] ?? '';
      return { secret: usernameKey(password, Buffer.from(salt, 'base64'), 1_000) };
    };
  const other = { keys: { kind: 'UsernameToken', ...EVE }, signingKey: keyOf(EVE.password) } as const;
  return kindOf('password', { kind: 'UsernameToken', ...JOE }, variant, keyOf(PASSWORD), other);
}

function samlKind(version: '1.1' | '2.0', variant: Variant = {}): Kind {
  const assertion = ISSUER.issue(now, alice, { version });
  const keys: ProtectionKeys = {
    kind: 'SAML',
    assertion,
    holder: alice,
    recipient: bob.certificate,
    recipientReference: 'thumbprint',
  };
  const hers = ISSUER.issue(now, carol, { version, subject: { name: 'carol' } });
  const other = { keys: { ...keys, assertion: hers, holder: carol }, signingKey: () => carolKey };
  return kindOf(`SAML ${version} assertion`, keys, variant, () => aliceKey, other);
}

const bearer = (name: string): XmlElement => ISSUER.issue(now, undefined, { version: '2.0', subject: { name } });
const vouched = (name: string): XmlElement =>
  ISSUER.issue(now, undefined, { subject: { name }, confirmation: { method: 'sender-vouches' } });

const aliceKey = { privateKey: alice.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
const carolKey = { privateKey: carol.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
const NOTHING = new Uint8Array();
const SUPPORTING: Omit<SupportingToken, 'token'> = { endorsing: false, signed: true, encrypted: false };

/** One of each shape of message. */
export function shapes(): readonly Kind[] {
  const both = (['sign-then-encrypt', 'encrypt-then-sign'] as const).flatMap((order) => [
    contextKind('1.3', { order }),
    contextKind('2005', { order, suite: 'Basic256Sha256' }, true),
    contextKind('1.3', { order, suite: 'Basic128GCM', encryptSignature: true }),
    certificateKind('direct', { order }),
    certificateKind('thumbprint', { order, suite: 'Basic256GCM', encryptSignature: true }),
    encryptedKeyKind({ order, suite: 'Basic256Sha256', layout: 'strict' }),
    samlKind(order === 'sign-then-encrypt' ? '1.1' : '2.0', { order }),
  ]);
  const request = { signatures: [Buffer.from(octets(8)(20)), Buffer.from(octets(9)(20))], encryptedKey: undefined };
  return [
    ...both,
    contextKind('2005', { encryptBody: false, soap: '1.1' }),
    certificateKind('issuer-serial', { suite: 'Basic128', encryptBody: false }),
    certificateKind('embedded'),
    named('protected token', certificateKind('direct', { protectTokens: true })),
    named('protected token', contextKind('1.3', { protectTokens: true })),
    named('implied keys', contextKind('1.3', { derivedKeys: 'implied' })),
    named('keys not derived', contextKind('1.3', { derivedKeys: 'none', acceptUnderivedKeys: true })),
    named('encrypted To', contextKind('1.3', { encryptedHeaders: [{ namespace: WSA, local: 'To' }] })),
    encryptedKeyResponseKind({ suite: 'Basic256Sha256' }),
    { ...named('confirmation', contextKind('1.3', { signatureConfirmation: true })), request },
    usernameKind(),
    named(
      'endorsed by a certificate',
      contextKind(
        '1.3',
        { supportingTokens: [{ ...SUPPORTING, token: 'X509', endorsing: true }] },
        false,
        {
          supporting: [{ kind: 'X509', signer: endorser, signerReference: 'direct' }],
        },
        { supporting: [{ kind: 'X509', signer: otherEndorser, signerReference: 'direct' }] },
      ),
    ),
    named(
      'with an assertion that its endorser vouches for',
      encryptedKeyKind(
        {
          supportingTokens: [
            { ...SUPPORTING, token: 'SAML' },
            { ...SUPPORTING, token: 'X509', endorsing: true },
          ],
        },
        {
          supporting: [
            { kind: 'SAML', assertion: vouched('alice') },
            { kind: 'X509', signer: endorser, signerReference: 'direct' },
          ],
        },
        {
          supporting: [
            { kind: 'SAML', assertion: vouched('carol') },
            { kind: 'X509', signer: otherEndorser, signerReference: 'direct' },
          ],
        },
      ),
    ),
    named(
      'with an encrypted password in text',
      certificateKind(
        'direct',
        { supportingTokens: [{ ...SUPPORTING, token: 'UsernameToken', encrypted: true }] },
        { supporting: [{ kind: 'UsernameToken', form: 'text', ...JOE }] },
        { supporting: [{ kind: 'UsernameToken', form: 'text', ...EVE }] },
      ),
    ),
    named(
      'with a password digest',
      encryptedKeyKind(
        { supportingTokens: [{ ...SUPPORTING, token: 'UsernameToken', encrypted: true }] },
        { supporting: [{ kind: 'UsernameToken', form: 'digest', ...JOE }] },
        { supporting: [{ kind: 'UsernameToken', form: 'digest', ...EVE }] },
      ),
    ),
    named(
      'with a password in clear',
      encryptedKeyKind(
        { supportingTokens: [{ ...SUPPORTING, token: 'UsernameToken' }], encryptBody: false },
        { supporting: [{ kind: 'UsernameToken', form: 'text', ...JOE }] },
        { supporting: [{ kind: 'UsernameToken', form: 'text', ...EVE }] },
      ),
    ),
    named(
      'with an unencrypted password digest',
      encryptedKeyKind(
        { supportingTokens: [{ ...SUPPORTING, token: 'UsernameToken' }] },
        { supporting: [{ kind: 'UsernameToken', form: 'digest', ...JOE }] },
        { supporting: [{ kind: 'UsernameToken', form: 'digest', ...EVE }] },
      ),
    ),
    named(
      'with an assertion of its bearer',
      contextKind(
        '1.3',
        { supportingTokens: [{ ...SUPPORTING, token: 'SAML' }] },
        false,
        {
          supporting: [{ kind: 'SAML', assertion: bearer('alice') }],
        },
        { supporting: [{ kind: 'SAML', assertion: bearer('carol') }] },
      ),
    ),
  ];
}

function named(what: string, kind: Kind): Kind {
  return { ...kind, name: `${kind.name}, ${what}` };
}

/** Every suite with a context and with certificates, the other choices in turn; and every shape. */
export function everyKind(): readonly Kind[] {
  const references = ['direct', 'thumbprint', 'subject-key-identifier', 'issuer-serial'] as const;
  const ofSuites = (Object.keys(SUITES) as SuiteName[]).flatMap((suite, at) => {
    const variant = { suite, encryptSignature: at % 3 === 1, soap: at % 4 === 0 ? '1.1' : '1.2' } as const;
    const [first, second] = at % 2 === 0 ? ORDERS : [ORDERS[1], ORDERS[0]];
    return [
      contextKind(at % 4 < 2 ? '1.3' : '2005', { ...variant, order: first }, at % 3 === 2),
      certificateKind(references[at % 4] ?? 'direct', { ...variant, order: second }),
    ];
  });
  return [...ofSuites, ...shapes()];
}

const ORDERS = ['sign-then-encrypt', 'encrypt-then-sign'] as const;
