import type { KeyObject } from 'node:crypto';
import type { XmlElement } from '@holdfast/soap';
import { unsupported } from '../refusal.js';
import type { Certificate } from '../x509/certificate.js';
import type { ConfirmationMethod, SamlAssertion, SubjectConfirmation } from './assertion.js';
import { type AssertionClock, assertInTime } from './conditions.js';
import { describedPath, readKeyInfo } from './key-info.js';
import { distrusted, malformed } from './shape.js';

/** The key whose holder an assertion is about. */
export type HolderKey =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'public-key'; readonly key: KeyObject }
  /** xenc:EncryptedKey: a symmetric proof key, which the issuer encrypted for us. */
  | { readonly kind: 'encrypted-key'; readonly element: XmlElement }
  /** The proof key itself. Whoever could read the assertion has it: it must have come encrypted. */
  | { readonly kind: 'secret'; readonly secret: Buffer };

export interface ConfirmationRequirements extends AssertionClock {
  /** Our addresses: a confirmation that is for a Recipient must be for one of these. Default none. */
  readonly recipients?: readonly string[];
}

export interface HolderKeyRequirements extends ConfirmationRequirements {
  /** Certificates that an assertion may name without holding them. Default none. */
  readonly certificates?: readonly Certificate[];
}

/**
 * The confirmations of one method that hold now and here.
 * @throws SecurityError `token-not-trusted` when the assertion has none of this method, or none for us;
 * `token-expired` when none holds now
 */
export function confirmations(
  { confirmations: all }: SamlAssertion,
  method: ConfirmationMethod,
  requirements: ConfirmationRequirements,
): readonly [SubjectConfirmation, ...SubjectConfirmation[]] {
  const candidates = all.filter((confirmation) => confirmation.method === method);
  let first: unknown;
  const [confirmation, ...others] = candidates.filter(({ notBefore, notOnOrAfter, recipient }) => {
    try {
      assertInTime('The confirmation of a SAML assertion', notBefore, notOnOrAfter, requirements);
      if (recipient !== undefined && requirements.recipients?.includes(recipient) !== true) {
        distrusted(`it may be presented to "${recipient.slice(0, 200)}", which is none of our addresses (recipients)`);
      }
      return true;
    } catch (error) {
      first ??= error;
      return false;
    }
  });
  if (confirmation === undefined) throw first ?? distrusted(`it cannot be confirmed by ${method}`);
  return [confirmation, ...others];
}

/**
 * The key that whoever presents the assertion must show to hold (SAML Token Profile 1.1 §3.5.1).
 * @throws SecurityError as {@link confirmations}; `security-header-invalid` when not exactly one key is described,
 * `unsupported-token` when it is described in a way that is not known, `token-unavailable` when it is named by a
 * certificate that is not
 */
export function holderKey(assertion: SamlAssertion, requirements: HolderKeyRequirements): HolderKey {
  const [confirmation, ...others] = confirmations(assertion, 'holder-of-key', requirements);
  if (others.length > 0) unsupported('A SAML assertion has several holder-of-key confirmations.');
  if (confirmation.keyInfo === undefined) malformed('holder-of-key is confirmed by a key, and it describes none');
  const description = readKeyInfo(confirmation.keyInfo);
  switch (description.kind) {
    case 'path':
    case 'reference':
      return { kind: 'certificate', certificate: describedPath(description, requirements.certificates ?? [])[0] };
    case 'public-key':
    case 'encrypted-key':
    case 'secret':
      return description;
    default:
      return description satisfies never;
  }
}
