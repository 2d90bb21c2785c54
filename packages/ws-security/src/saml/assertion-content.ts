import type { XmlElement } from '@holdfast/soap';
import type { ConfirmationMethod, SamlName, SamlVersion } from './assertion.js';

/** What an assertion is to say. */
export interface AssertionContent {
  readonly version: SamlVersion;
  /** An xs:ID that no other assertion has: `_` and 128 random bits, for instance. */
  readonly id: string;
  readonly issuer: string;
  readonly issueInstant: Date;
  readonly subject: SamlName;
  readonly confirmation: {
    readonly method: ConfirmationMethod;
    /** ds:KeyInfo of the key to be held, for holder-of-key: `certificateKeyInfo` and its kin. */
    readonly keyInfo?: XmlElement;
    /** SAML 2.0 only, like what follows. */
    readonly notBefore?: Date;
    readonly notOnOrAfter?: Date;
    readonly recipient?: string;
  };
  readonly conditions: {
    readonly notBefore: Date;
    readonly notOnOrAfter: Date;
    /** One restriction: it is for whoever has one of these names. Default: it is for anybody. */
    readonly audiences?: readonly string[];
    readonly oneTimeUse?: boolean;
  };
  /** `namespace`: AttributeNamespace of SAML 1.1, where it must be given; NameFormat of SAML 2.0. Default none. */
  readonly attributes?: readonly {
    readonly name: string;
    readonly namespace?: string;
    readonly values: readonly string[];
  }[];
  /** How and when the subject showed who they are; `method` is a URI of the version's. */
  readonly authentication?: { readonly instant: Date; readonly method: string };
}
