import type { KeyObject } from 'node:crypto';
import { isNamed, type ProvenToken, SecurityError, type XmlElement } from '@holdfast/soap';
import type { VerificationKey } from '../algorithms/digest.js';
import type { AlgorithmSuite } from '../algorithms/suites.js';
import {
  checkNonce,
  DEFAULT_LABEL,
  DERIVATION_LIMITS,
  deriveKey,
  readDerivedKeyToken,
} from '../elements/derived-key-token.js';
import { readSecurityContextToken, sctType, versionOf } from '../elements/security-context-token.js';
import {
  isAssertionId,
  readImpliedDerivation,
  readTokenReference,
  type TokenReference,
} from '../elements/security-token-reference.js';
import type { KeyLookup } from '../keys.js';
import { ENCRYPTED_KEY_SHA1, wsse, xenc } from '../namespaces.js';
import type { Receipt } from '../receipt.js';
import { invalid, notAllowed, unsupported } from '../refusal.js';
import { isAssertion } from '../saml/read-assertion.js';
import { usernameTokenKey } from '../username/authenticate.js';
import { readUsernameToken } from '../username/username-token.js';
import type { Certificate } from '../x509/certificate.js';
import { MessageAssertions } from './assertions.js';
import { certificateNamed } from './certificates.js';
import { checkTypes, type HeaderTokens } from './header-tokens.js';
import { checkSource, type KeyContext, type SymmetricKey } from './key-context.js';
import { type ReceivedKey, ReceivedKeys } from './received-keys.js';

/** What verifies a signature, and whose it is. */
export interface SigningParty {
  readonly key: VerificationKey;
  readonly token: ProvenToken;
  readonly derived: boolean;
  readonly carrier: XmlElement | undefined;
  readonly certificate: Certificate | undefined;
}

/** Keys that one message may make us derive. */
const MAX_DERIVED_KEYS = 32;
/** Derivations from derivations. */
const MAX_CHAIN = 4;

/** The keys of one message: what its references lead to, by way of the tokens in its Security header. */
export class MessageKeys {
  readonly assertions: MessageAssertions;
  readonly #tokens: HeaderTokens;
  readonly #sources: KeyContext['sources'];
  readonly #suite: AlgorithmSuite;
  readonly #keys: KeyLookup;
  readonly #now: Date;
  readonly #received: ReceivedKeys;
  readonly #request: Receipt | undefined;
  readonly #isConfidential: KeyContext['isConfidential'];
  readonly #derived = new Map<XmlElement, SymmetricKey>();
  /** Derivations that are being followed, outermost first. */
  readonly #chain: XmlElement[] = [];

  constructor(tokens: HeaderTokens, context: KeyContext) {
    const { sources, suite, keys, now, clockSkew, request, oneTimeUse, isConfidential } = context;
    this.#tokens = tokens;
    this.#sources = sources;
    this.#isConfidential = isConfidential;
    this.#suite = suite;
    this.#keys = keys;
    this.#now = now;
    this.#request = request;
    this.#received = new ReceivedKeys(tokens, context, (reference) => this.symmetricKey(reference));
    this.assertions = new MessageAssertions(keys, now, clockSkew, oneTimeUse);
  }

  /** Takes an EncryptedKey in, whether it is for us or not. */
  receive(element: XmlElement): ReceivedKey {
    return this.#received.receive(element);
  }

  get received(): readonly ReceivedKey[] {
    return this.#received.all;
  }

  /** Zeroes the keys that were derived or received. */
  release(): void {
    for (const { secret } of this.#derived.values()) secret.fill(0);
    this.#received.release();
  }

  /** Derives what the header lets derive: the work that using the keys would be. */
  deriveAll(): void {
    for (const token of this.#tokens.all) {
      if (token.local !== 'DerivedKeyToken' || versionOf(token.namespace) === undefined) continue;
      try {
        this.#derivedKey(token);
      } catch (error) {
        if (!(error instanceof SecurityError)) throw error;
      }
    }
  }

  /** What verifies a signature of this algorithm that names its key so. */
  signingParty(reference: XmlElement, algorithm: string): SigningParty {
    const symmetric = this.#suite.symmetricSignature.find((allowed) => allowed === algorithm);
    if (symmetric !== undefined) {
      const { secret, token, derived, carrier } = this.symmetricKey(reference);
      if (secret.length < Math.min(this.#suite.signatureKeyLength, 16)) invalid('A signature key is too short.');
      return {
        key: { kind: 'symmetric', secret, algorithm: symmetric },
        token,
        derived,
        carrier,
        certificate: undefined,
      };
    }
    const asymmetric = this.#suite.asymmetricSignature.find((allowed) => allowed === algorithm);
    if (asymmetric === undefined) notAllowed('signature', algorithm);
    const { publicKey, ...party } = this.#holder(reference);
    checkSize(publicKey, this.#suite.asymmetricKeyBits);
    return { ...party, key: { kind: 'asymmetric', publicKey, algorithm: asymmetric }, derived: false };
  }

  /** Who has the private key that goes with what the reference names. */
  #holder(element: XmlElement): Omit<SigningParty, 'key' | 'derived'> & { readonly publicKey: KeyObject } {
    const reference = this.#reference(element);
    const assertion = this.#assertionNamed(reference);
    if (assertion !== undefined) {
      const { token, holder } = this.assertions.holder(assertion);
      if (holder.kind !== 'public-key') unsupported('The holder of an assertion has no public key to sign with.');
      return { publicKey: holder.publicKey, token, carrier: assertion, certificate: holder.certificate };
    }
    const { certificate, path, carrier } = certificateNamed(reference, this.#tokens, this.#keys);
    const { trust } = this.#keys;
    if (trust === undefined) throw new SecurityError('token-not-trusted', 'No certificates are trusted here.');
    trust.check(certificate, this.#now, ['digitalSignature', 'nonRepudiation'], path);
    return {
      publicKey: certificate.publicKey,
      token: { kind: 'X509', id: certificate.fingerprint, identity: `x509:${certificate.fingerprint}` },
      carrier,
      certificate,
    };
  }

  /** The shared key that a SecurityTokenReference names. */
  symmetricKey(element: XmlElement): SymmetricKey {
    const known = this.#derived.get(element);
    if (known !== undefined) return known;
    const source = this.#named(this.#reference(element));
    const derivation = readImpliedDerivation(element);
    if (derivation === undefined) return source;
    if (source.version === '2005')
      unsupported('A key is derived by a reference, which is of WS-SecureConversation 1.3.');
    checkNonce(derivation.nonce);
    if (derivation.length < DERIVATION_LIMITS.minLength || derivation.length > DERIVATION_LIMITS.maxLength) {
      invalid('An implied derived key is too short or too long.');
    }
    return this.#keep(element, {
      ...source,
      secret: deriveKey(source.secret, { ...derivation, label: DEFAULT_LABEL, offset: 0 }),
      derived: true,
    });
  }

  #named(reference: TokenReference): SymmetricKey {
    switch (reference.kind) {
      case 'direct': {
        const { uri, valueType, instance } = reference;
        if (uri.startsWith('#')) return this.#keyOf(this.#tokens.named(uri));
        const derived = this.#tokens.derivedKeyNamed(uri);
        return derived === undefined ? this.#context(uri, instance, valueType, undefined) : this.#derivedKey(derived);
      }
      case 'key-identifier': {
        if (reference.valueType === ENCRYPTED_KEY_SHA1) return this.#sharedKey(reference.value.toString('base64'));
        const assertion = this.#assertionNamed(reference);
        if (assertion !== undefined) return this.#keyOf(assertion);
        return unsupported('A key is referred to in a way that is not supported.');
      }
      case 'embedded':
        return this.#keyOf(reference.token);
      case 'issuer-serial':
        return unsupported('A symmetric key is referred to as a certificate.');
      default:
        return reference satisfies never;
    }
  }

  #keyOf(token: XmlElement): SymmetricKey {
    if (isNamed(token, xenc('EncryptedKey'))) return this.#encryptedKey(token);
    if (isNamed(token, wsse('UsernameToken'))) return this.#userKey(token);
    if (isAssertion(token)) return this.#assertionKey(token);
    if (versionOf(token.namespace) !== undefined) {
      if (token.local === 'DerivedKeyToken') return this.#derivedKey(token);
      if (token.local === 'SecurityContextToken') {
        const { identifier, instance, version } = readSecurityContextToken(token);
        return this.#context(identifier, instance, sctType(version), token);
      }
    }
    return unsupported(`A key is taken from a ${token.local}, which is not supported.`);
  }

  #derivedKey(element: XmlElement): SymmetricKey {
    const known = this.#derived.get(element);
    if (known !== undefined) return known;
    const token = readDerivedKeyToken(element);
    if (token.source === undefined) unsupported('A DerivedKeyToken does not say what it is derived from.');
    if (this.#chain.includes(element)) unsupported('DerivedKeyTokens are derived from each other.');
    if (this.#chain.length === MAX_CHAIN) invalid(`A key is derived over more than ${MAX_CHAIN} steps.`);
    this.#chain.push(element);
    const source = this.symmetricKey(token.source);
    this.#chain.pop();
    if (source.version !== undefined && source.version !== token.version) {
      unsupported('A DerivedKeyToken is of another version of WS-SecureConversation than its source.');
    }
    const nonce = token.nonce ?? token.properties?.nonce ?? source.properties?.nonce;
    if (nonce === undefined) invalid('A DerivedKeyToken has no Nonce.');
    const label = token.label ?? token.properties?.label ?? source.properties?.label ?? DEFAULT_LABEL;
    const { properties, ...of } = source;
    return this.#keep(element, {
      ...of,
      secret: deriveKey(source.secret, { label, nonce, offset: token.offset, length: token.length }),
      derived: true,
      version: token.version,
      ...(token.properties === undefined ? {} : { properties: token.properties }),
    });
  }

  #keep(element: XmlElement, key: SymmetricKey): SymmetricKey {
    if (this.#derived.size >= MAX_DERIVED_KEYS) invalid('The message asks for too many derived keys.');
    this.#derived.set(element, key);
    return key;
  }

  #encryptedKey(element: XmlElement): SymmetricKey {
    const received = this.#received.receive(element);
    if (received.kind === 'foreign') {
      throw new SecurityError('token-unavailable', 'The message is encrypted for a certificate that is not ours.');
    }
    return received.key;
  }

  /** The key of an EncryptedKey of this message, or of the request that it answers. */
  #sharedKey(sha1: string): SymmetricKey {
    const here = this.#received.bySha1(sha1);
    if (here !== undefined) return here;
    const sent = this.#request?.encryptedKey;
    if (sent?.sha1 !== sha1) {
      throw new SecurityError('token-unavailable', 'The message refers to an EncryptedKey that is not known here.');
    }
    return {
      secret: sent.secret,
      token: { kind: 'EncryptedKey', id: sha1, identity: `encrypted-key:${sha1}` },
      derived: false,
      carrier: undefined,
    };
  }

  #userKey(element: XmlElement): SymmetricKey {
    const known = this.#derived.get(element);
    if (known !== undefined) return known;
    checkSource('UsernameToken', this.#sources);
    // Each costs thousands of hashes before anything is known of who asks for it.
    if ([...this.#derived.values()].some(({ token }) => token.kind === 'UsernameToken')) {
      invalid('The message asks for the keys of two UsernameTokens.');
    }
    const token = readUsernameToken(element);
    return this.#keep(element, {
      secret: usernameTokenKey(token, (username) => this.#keys.password?.(username)),
      token: { kind: 'UsernameToken', id: token.username, identity: `user:${token.username}` },
      derived: false,
      carrier: element,
    });
  }

  #assertionKey(element: XmlElement): SymmetricKey {
    const known = this.#derived.get(element);
    if (known !== undefined) return known;
    checkSource('SAML', this.#sources);
    const { token, holder } = this.assertions.holder(element);
    if (holder.kind === 'public-key') unsupported('The holder of an assertion shares no key with us.');
    if (holder.kind === 'secret' && !this.#isConfidential(element)) {
      unsupported('The key in a SAML assertion came in clear: whoever could read the message has it.');
    }
    const secret =
      holder.kind === 'secret' ? Buffer.from(holder.secret) : Buffer.from(this.#encryptedKey(holder.element).secret);
    return this.#keep(element, { secret, token, derived: false, carrier: element });
  }

  #context(
    identifier: string,
    instance: string | undefined,
    valueType: string | undefined,
    carrier: XmlElement | undefined,
  ): SymmetricKey {
    checkSource('SecurityContextToken', this.#sources);
    const context = this.#keys.securityContext(identifier, instance);
    if (context === undefined) {
      throw new SecurityError('context-unknown', `The security context ${identifier} is not known here, or has ended.`);
    }
    if (valueType !== undefined && valueType !== sctType(context.version)) {
      throw new SecurityError('unsupported-token', 'A security context is referred to as another kind of token.');
    }
    return {
      secret: context.secret,
      token: {
        kind: 'SecurityContextToken',
        id: context.identifier,
        identity: context.identity,
        ...(context.instance === undefined ? {} : { instance: context.instance }),
      },
      derived: false,
      carrier,
      version: context.version,
    };
  }

  #assertionNamed(reference: TokenReference): XmlElement | undefined {
    const found =
      reference.kind === 'key-identifier' && isAssertionId(reference.valueType)
        ? this.#tokens.assertion(reference.value.toString('utf8'))
        : reference.kind === 'direct' && reference.uri.startsWith('#')
          ? this.#tokens.byId(reference.uri.slice(1))
          : reference.kind === 'embedded'
            ? reference.token
            : undefined;
    return found !== undefined && isAssertion(found) ? found : undefined;
  }

  #reference(element: XmlElement): TokenReference {
    if (!isNamed(element, wsse('SecurityTokenReference')))
      unsupported(`A key is named by ${element.local}, not by a SecurityTokenReference.`);
    const reference = readTokenReference(element);
    checkTypes(element, reference, this.#tokens);
    return reference;
  }
}

function checkSize(key: KeyObject, [minimum, maximum]: readonly [number, number]): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < minimum || bits > maximum) {
    throw new SecurityError(
      'token-not-trusted',
      `The signer's key is not an RSA key of ${minimum} to ${maximum} bits.`,
    );
  }
}
