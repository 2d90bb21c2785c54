import {
  type AlgorithmSuite,
  defaultProtection,
  type HeaderRule,
  type PasswordType,
  type ProtectionDescription,
  type ProtectionToken,
  type SupportingToken,
} from '@holdfast/ws-security';
import { agreedSuite, suiteOfKind } from './agreed-suite.js';
import { type Action, type AttackEntry, type Corpus, CorpusError, type Entry, type ValidEntry } from './manifest.js';

/** What an entry is judged by. */
export interface Policy {
  readonly description: ProtectionDescription;
  /** The version of a context, where the entry says it. */
  readonly contextVersion: '2005' | '1.3' | undefined;
  /** The message answers one whose key, by its EncryptedKeySHA1, is among the secrets. */
  readonly usesKeyOfRequest: boolean;
  /** What must be confirmed of the request; absent: nothing. */
  readonly confirms: readonly string[] | undefined;
  readonly acceptUnsignedSenderVouches: boolean;
}

export function policyOfValid(entry: ValidEntry): Policy {
  return policyOf(entry.actions, agreedSuite(entry), { ...entry, ...entry.verify });
}

/**
 * The policy that an attack runs into: that of the valid message that it was made of, or of its kind, with what it says
 * itself must be signed and encrypted.
 * @throws CorpusError when the base is neither
 */
export function policyOfAttack(entry: AttackEntry, corpus: Corpus): Policy {
  const base = corpus.valid.find(({ name }) => name === entry.base);
  // What must be signed and encrypted is what the attack's own policy says, not what its base happened to protect.
  const required = (entry.requireSigned ?? []).map((part) => /\}([^?]*)/.exec(part)?.[1] ?? part);
  const actions = base?.actions.map((action) => {
    if (action.do === 'encrypt') return { ...action, parts: [] };
    return action.do === 'sign' ? { ...action, parts: required } : action;
  });
  if (base !== undefined && actions !== undefined) {
    return policyOf(actions, agreedSuite(base), entry);
  }
  return policyOf(actionsOfKind(entry), suiteOfKind(entry.base), entry, true);
}

function policyOf(
  actions: readonly Action[],
  suite: AlgorithmSuite,
  { requireSigned = [], requireEncrypted = [], usernameTtl, requestSignatures }: Partial<Entry>,
  isKind = false,
): Policy {
  const [sign, ...endorsements] = actions.filter((action) => action.do === 'sign');
  const encrypts = actions.filter((action) => action.do === 'encrypt');
  const encrypted = new Set([
    ...encrypts.flatMap(({ parts }) => parts ?? ['Body']),
    ...requireEncrypted.map((name) => /\}(Body|Signature)$/.exec(name)?.[1] ?? `Header:${name}`),
  ]);
  const order = actions.findIndex((each) => each.do === 'encrypt') < actions.findIndex((each) => each.do === 'sign');
  const token = tokenOf(sign, actions);
  const supportingTokens = [
    ...supporting(actions, sign, encrypted, token),
    ...endorsements.map(
      (action): SupportingToken => ({
        token: tokenOf(action, actions) as SupportingToken['token'],
        endorsing: true,
        signed: false,
        encrypted: false,
      }),
    ),
  ];
  const confirmation = actions.find((action) => action.do === 'signatureConfirmation');
  const context = actions.find((action) => action.do === 'sct')?.version;
  const underived = [...encrypts, ...(sign === undefined ? [] : [sign])].some((action) => action.with !== 'dkt');
  const description: ProtectionDescription = {
    ...defaultProtection,
    suite,
    token,
    order: encrypts.length > 0 && order ? 'encrypt-then-sign' : 'sign-then-encrypt',
    signBody: requireSigned.some((name) => name.endsWith('}Body')),
    signedHeaders: headerRules(requireSigned),
    encryptBody: [...encrypted].some((part) => part === 'Body' || part.startsWith('Element:')),
    encryptedHeaders: headerRules([...encrypted].flatMap((part) => /^Header:(.*)/.exec(part)?.[1] ?? [])),
    encryptSignature: encrypted.has('Signature'),
    signatureConfirmation: confirmation !== undefined || requestSignatures !== undefined,
    supportingTokens,
    acceptUnderivedKeys: underived,
    // A kind says nothing of its Timestamp: then there must be one.
    dangerouslyWithoutTimestamp: !isKind && !actions.some((action) => action.do === 'timestamp'),
    maxAge: actions.some((action) => action.do === 'username')
      ? (usernameTtl ?? 300) * 1_000
      : defaultProtection.maxAge,
  };
  return {
    description,
    contextVersion: context === '2005' || context === '1.3' ? context : undefined,
    usesKeyOfRequest: actions.some((action) => action.do === 'encryptedKey' && action.sha1 !== undefined),
    confirms: requestSignatures ?? (confirmation === undefined ? undefined : (confirmation.values ?? [])),
    acceptUnsignedSenderVouches: actions.some((action) => action.do === 'saml' && action.signed === false),
  };
}

/** The token whose key signs. */
function tokenOf(sign: Action | undefined, actions: readonly Action[]): ProtectionToken {
  switch (sign?.with) {
    case undefined:
      return 'transport';
    case 'x509':
      return 'X509';
    case 'saml':
      return 'SAML';
    case 'username':
    case 'usernameToken':
      return 'UsernameToken';
    default: {
      const source = actions.filter((action) => ['sct', 'encryptedKey'].includes(action.do)).at(-1);
      if (source !== undefined) return source.do === 'sct' ? 'SecurityContextToken' : 'EncryptedKey';
      if (actions.some((action) => action.do === 'saml')) return 'SAML';
      return actions.some((action) => action.do === 'username') ? 'UsernameToken' : 'EncryptedKey';
    }
  }
}

/** Usernames and assertions that sign nothing. */
function supporting(
  actions: readonly Action[],
  sign: Action | undefined,
  encrypted: ReadonlySet<string>,
  token: ProtectionToken,
): readonly SupportingToken[] {
  const isSigned = (part: string): boolean => sign?.parts?.includes(part) ?? false;
  return actions.flatMap((action): readonly SupportingToken[] => {
    if (action.do === 'username' && token !== 'UsernameToken') {
      const passwords: readonly PasswordType[] =
        action.type === undefined ? ['digest', 'text'] : [passwordType(action)];
      return [
        {
          token: 'UsernameToken',
          endorsing: false,
          signed: isSigned('UsernameToken'),
          encrypted: encrypted.has('UsernameToken'),
          passwords,
        },
      ];
    }
    if (action.do === 'saml' && token !== 'SAML') {
      return [
        { token: 'SAML', endorsing: false, signed: isSigned('Assertion'), encrypted: encrypted.has('Assertion') },
      ];
    }
    return [];
  });
}

function passwordType({ type }: Action): PasswordType {
  return type === 'text' || type === 'none' ? type : 'digest';
}

const NOT_BLOCKS = ['Body', 'Timestamp', 'Signature', 'UsernameToken', 'Assertion', 'BinarySecurityToken'];

/** The header blocks among names; a name may end in `?` where the part need not be there. */
function headerRules(names: readonly string[]): readonly HeaderRule[] {
  return names.flatMap((name) => {
    const [, namespace = '', local = ''] = /^\{(.*)\}([^?]*)/.exec(name) ?? [];
    return local === '' || NOT_BLOCKS.includes(local) ? [] : [{ namespace, local }];
  });
}

/** What a kind of message is made by: the words of its name. */
function actionsOfKind(entry: AttackEntry): readonly Action[] {
  // Nothing need be encrypted for all that; the order matters if something is.
  const encrypt: Action = { do: 'encrypt', with: 'any', parts: [] };
  return [...(/encrypt-sign/i.test(entry.base) ? [encrypt] : []), ...tokensOfKind(entry)];
}

function tokensOfKind({ base, name }: AttackEntry): readonly Action[] {
  const words = base.toLowerCase();
  const sign = (by: string, ...parts: readonly string[]): Action => ({ do: 'sign', with: by, parts });
  const key: Action = { do: 'encryptedKey' };
  if (/username|password/.test(words)) {
    const type = /text|digest|none/.exec(words)?.[0];
    const token: Action = { do: 'username', ...(type === undefined ? {} : { type }) };
    return [token, key, sign('any', 'UsernameToken')];
  }
  if (/saml/.test(words)) {
    if (/vouches/.test(words)) return [{ do: 'saml', signed: false }, sign('x509', 'Assertion')];
    if (/bearer/.test(words)) return [{ do: 'saml' }, sign('x509', 'Assertion')];
    return [{ do: 'saml' }, sign('saml')];
  }
  if (/x509|certificate/.test(words)) return [sign('x509')];
  if (/encrypted-?key/.test(words)) return [{ ...key, ...(/sha1/.test(words) ? { sha1: '' } : {}) }, sign('any')];
  if (/sct|context|dkt|derived|confirmation/.test(words)) {
    const version = /1\.3|2005/.exec(words)?.[0];
    return [{ do: 'sct', ...(version === undefined ? {} : { version }) }, sign('any')];
  }
  if (/transport/.test(words)) return [];
  throw new CorpusError(
    `${name}: its base "${base}" is neither a valid entry nor a kind (sct, x509, encryptedkey, username-…, saml…, transport).`,
  );
}
