import type { XmlElement } from '@holdfast/soap';

export type SamlVersion = '1.1' | '2.0';

/** What a SAML assertion says, in either version. That it is so is known when {@link verifyAssertion} returned it. */
export interface SamlAssertion {
  readonly version: SamlVersion;
  /** AssertionID or ID. */
  readonly id: string;
  readonly issuer: string;
  readonly issueInstant: Date;
  /** Whom it is about; absent: it does not name them. */
  readonly subject: SamlName | undefined;
  /** How whoever presents it may show that it is theirs to present. Methods that are not known are left out. */
  readonly confirmations: readonly SubjectConfirmation[];
  readonly conditions: AssertionConditions;
  readonly attributes: readonly SamlAttribute[];
  /** When the subject showed the issuer who they are. */
  readonly authenticationInstant: Date | undefined;
}

export interface SamlName {
  readonly name: string;
  readonly format?: string;
  /** NameQualifier. */
  readonly qualifier?: string;
  /** SPNameQualifier of SAML 2.0. */
  readonly spQualifier?: string;
}

export type ConfirmationMethod = 'holder-of-key' | 'sender-vouches' | 'bearer';

/** Table of a version: its URI of each method. */
export const CONFIRMATION_METHODS = {
  '1.1': {
    'holder-of-key': 'urn:oasis:names:tc:SAML:1.0:cm:holder-of-key',
    'sender-vouches': 'urn:oasis:names:tc:SAML:1.0:cm:sender-vouches',
    bearer: 'urn:oasis:names:tc:SAML:1.0:cm:bearer',
  },
  '2.0': {
    'holder-of-key': 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key',
    'sender-vouches': 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches',
    bearer: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  },
} as const satisfies Record<SamlVersion, Record<ConfirmationMethod, string>>;

export interface SubjectConfirmation {
  readonly method: ConfirmationMethod;
  /** ds:KeyInfo: the key to be held. {@link holderKey} reads it. */
  readonly keyInfo: XmlElement | undefined;
  readonly notBefore: Date | undefined;
  readonly notOnOrAfter: Date | undefined;
  /** To whom alone it may be presented. */
  readonly recipient: string | undefined;
}

export interface AssertionConditions {
  readonly notBefore: Date | undefined;
  /** The earliest end that the assertion sets itself, be it of its conditions or of the session of a statement. */
  readonly notOnOrAfter: Date | undefined;
  /** For each restriction, the names of which one must be the reader's. Empty: it is for anybody. */
  readonly audiences: readonly (readonly string[])[];
  /** OneTimeUse, or DoNotCacheCondition of SAML 1.1. */
  readonly oneTimeUse: boolean;
}

export interface SamlAttribute {
  readonly name: string;
  /** AttributeNamespace of SAML 1.1, NameFormat of SAML 2.0. */
  readonly namespace: string | undefined;
  /** The values that are character data alone. */
  readonly values: readonly string[];
  /** Every AttributeValue, whatever it holds. */
  readonly elements: readonly XmlElement[];
}
