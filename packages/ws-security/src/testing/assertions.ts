import type { XmlElement } from '@holdfast/soap';
import type { AssertionContent } from '../saml/assertion-content.js';
import { issueAssertion } from '../saml/issue.js';
import { certificateKeyInfo } from '../saml/key-info-forms.js';
import type { AssertionIssuer } from '../saml/verify-assertion.js';
import { type Credential, credential } from '../x509/certificate.js';
import { certificateTrust } from '../x509/trust.js';
import { certificateAuthority } from './authority.js';

/** Issues assertions for tests and demonstrations. */
export interface TestIssuer {
  readonly name: string;
  /** What it signs with. */
  readonly credential: Credential;
  /** What makes a reader believe it: this certificate, pinned. */
  readonly issuer: AssertionIssuer;
  /**
   * An assertion about alice that says she is a buyer, for five minutes from now: held by a key when `holder` is given,
   * else by its bearer. `change` replaces parts of it.
   */
  issue(now: Date, holder?: Credential, change?: Partial<AssertionContent>): XmlElement;
}

/** @param name as its assertions write it */
export function testIssuer(name: string, now: Date = new Date()): TestIssuer {
  const { certificate, privateKey } = certificateAuthority(`${name} CA`, now).issue({ name });
  const signer = credential(certificate, privateKey);
  let issued = 0;
  return {
    name,
    credential: signer,
    issuer: { name, trust: certificateTrust({ anchors: certificate }), certificates: [signer.certificate] },
    issue: (at, holder, change = {}) =>
      issueAssertion(
        {
          version: '2.0',
          id: `_${++issued}-${at.getTime()}`,
          issuer: name,
          issueInstant: at,
          subject: { name: 'alice' },
          confirmation:
            holder === undefined
              ? { method: 'bearer' }
              : { method: 'holder-of-key', keyInfo: certificateKeyInfo(holder.certificate) },
          conditions: { notBefore: at, notOnOrAfter: new Date(at.getTime() + 300_000) },
          attributes: [{ name: 'role', namespace: 'urn:holdfast:role', values: ['buyer'] }],
          ...change,
        },
        { signer },
      ),
  };
}
