import { detached, UsageError, type XmlElement } from '@holdfast/soap';
import { writeBinarySecurityToken, writePathToken } from '../elements/binary-security-token.js';
import { sctType, writeSecurityContextToken } from '../elements/security-context-token.js';
import { type TokenReference, writeTokenReference } from '../elements/security-token-reference.js';
import type { ContextKeys, SignerKeys } from '../keys.js';
import { USERNAME_TOKEN, X509_PKCS7, X509_PKI_PATH, X509_V3 } from '../namespaces.js';
import { isAssertion, readAssertion } from '../saml/read-assertion.js';
import { assertionReference } from '../saml/reference.js';
import { type UsernameToken, writeUsernameToken } from '../username/username-token.js';
import { certificateReference } from '../x509/reference.js';
import type { Making } from './making.js';
import type { SharedSecret } from './shared-key-tokens.js';
import { type SignedPart, signedElement } from './signing.js';

/** A token and what goes with it into the Security header. */
export interface HeldToken {
  /** The token, if the message holds it. */
  readonly elements: readonly XmlElement[];
  /** What is signed where the token is to be. */
  readonly signedAs: SignedPart | undefined;
}

/** A token with the reference that a signature names its key by. */
export interface SignerToken extends HeldToken {
  readonly reference: XmlElement;
}

export function contextToken(
  { context, includeToken }: ContextKeys,
  making: Making,
): HeldToken & { readonly shared: SharedSecret } {
  const { version, identifier, instance, secret } = context;
  const valueType = sctType(version);
  if (!includeToken) {
    const named = { kind: 'direct', uri: identifier, valueType } as const;
    const reference = instance === undefined ? named : { ...named, instance };
    return { elements: [], signedAs: undefined, shared: { secret, version, reference } };
  }
  const id = making.nextId();
  const token = writeSecurityContextToken({ version, identifier, instance }, id);
  const reference = { kind: 'direct', uri: `#${id}`, valueType } as const;
  return { elements: [token], signedAs: signedElement(token), shared: { secret, version, reference } };
}

export function certificateToken({ signer, signerReference, path = [] }: SignerKeys, making: Making): SignerToken {
  const { certificate } = signer;
  const held = (token: XmlElement, id: string, valueType: string): SignerToken => ({
    elements: [token],
    signedAs: signedElement(token),
    reference: writeTokenReference(
      { kind: 'direct', uri: `#${id}`, valueType },
      // A path is named with its type on the reference too (BSP R5215); a certificate need not be.
      valueType === X509_V3 ? {} : { tokenType: valueType },
    ),
  });
  switch (signerReference) {
    case 'direct': {
      const id = making.nextId();
      return held(writeBinarySecurityToken(id, certificate), id, X509_V3);
    }
    case 'pki-path': {
      const id = making.nextId();
      return held(writePathToken(id, [certificate, ...path], 'PKIPath'), id, X509_PKI_PATH);
    }
    case 'pkcs7': {
      const id = making.nextId();
      return held(writePathToken(id, [certificate, ...path], 'PKCS7'), id, X509_PKCS7);
    }
    case 'embedded': {
      const token = writeBinarySecurityToken(making.nextId(), certificate);
      // Within a signature there is no other way to sign it than by the reference that holds it.
      const reference = writeTokenReference({ kind: 'embedded', token }, { id: making.nextId() });
      return { elements: [], signedAs: { kind: 'token', reference, token }, reference };
    }
    case 'thumbprint':
    case 'subject-key-identifier':
    case 'issuer-serial':
      return {
        elements: [],
        signedAs: undefined,
        reference: writeTokenReference(certificateReference(certificate, signerReference)),
      };
    default:
      return signerReference satisfies never;
  }
}

/** An assertion, and how a message names it. */
export interface HeldAssertion extends SignerToken {
  readonly named: Pick<SharedSecret, 'reference' | 'marks'>;
}

/**
 * An assertion. It is signed by way of an STR-Transform, since its own attribute for an Id is one of SAML alone.
 * @throws UsageError `invalid-argument` when it is none
 */
export function assertionToken(given: XmlElement, making: Making): HeldAssertion {
  if (!isAssertion(given)) {
    throw new UsageError('invalid-argument', `A SAML assertion is needed, and ${given.local} is none.`);
  }
  const token = detached(given);
  const { reference, tokenType } = assertionReference(readAssertion(token));
  const inHeader = writeTokenReference(reference, { id: making.nextId(), tokenType });
  return {
    elements: [token, inHeader],
    signedAs: { kind: 'token', reference: inHeader, token },
    reference: writeTokenReference(reference, { tokenType }),
    named: { reference, marks: { tokenType } },
  };
}

/** A UsernameToken, and how a message names it. */
export function usernameToken(token: UsernameToken, making: Making): HeldToken & { readonly named: TokenReference } {
  const id = making.nextId();
  const element = writeUsernameToken(token, id);
  return {
    elements: [element],
    signedAs: signedElement(element),
    named: { kind: 'direct', uri: `#${id}`, valueType: USERNAME_TOKEN },
  };
}
