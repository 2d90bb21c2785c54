import { element, SecurityError, UsageError, type XmlElement } from '@holdfast/soap';
import { digest, signText } from '../algorithms/digest.js';
import { ASYMMETRIC_SIGNATURE, DIGEST } from '../algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from '../canonical/canonicalize.js';
import { ds } from '../namespaces.js';
import type { Credential } from '../x509/certificate.js';
import type { SamlVersion } from './assertion.js';
import type { AssertionContent } from './assertion-content.js';
import { ENVELOPED_SIGNATURE } from './issuer-signature.js';
import { certificateKeyInfo } from './key-info-forms.js';
import { readAssertion } from './read-assertion.js';
import { writeSaml11 } from './write-saml-11.js';
import { writeSaml20 } from './write-saml-20.js';

export interface AssertionSigning {
  /** The issuer's certificate and key: RSA. */
  readonly signer: Credential;
  /** How the signature names its key. Default {@link certificateKeyInfo}: it holds the certificate. */
  readonly keyInfo?: XmlElement;
}

/**
 * Issues an assertion: SAML 1.1 or 2.0, signed with RSA-SHA256 over exclusive canonicalization. It is to be written as
 * it is: another prefix or another space would break the signature.
 * @throws UsageError `invalid-argument` for what the version cannot say, or what its reader would refuse
 */
export function issueAssertion(content: AssertionContent, { signer, keyInfo }: AssertionSigning): XmlElement {
  const { confirmation, conditions, version } = content;
  if ((confirmation.method === 'holder-of-key') !== (confirmation.keyInfo !== undefined)) {
    throw new UsageError('invalid-argument', 'confirmation: holder-of-key needs keyInfo, and nothing else has it.');
  }
  if (conditions.notBefore >= conditions.notOnOrAfter) {
    throw new UsageError('invalid-argument', 'conditions: notOnOrAfter must be after notBefore.');
  }
  if (signer.privateKey.asymmetricKeyType !== 'rsa') {
    throw new UsageError('invalid-argument', 'signer: an assertion is signed with an RSA key.');
  }
  const sign = (unsigned: XmlElement): XmlElement =>
    signature(unsigned, content.id, signer, keyInfo ?? certificateKeyInfo(signer.certificate));
  const assertion = write(version)(content, sign);
  try {
    readAssertion(assertion);
  } catch (cause) {
    if (!(cause instanceof SecurityError)) throw cause;
    throw new UsageError('invalid-argument', `The assertion would not be accepted. ${cause.message}`, { cause });
  }
  return assertion;
}

function write(version: SamlVersion): typeof writeSaml20 {
  switch (version) {
    case '1.1':
      return writeSaml11;
    case '2.0':
      return writeSaml20;
    default:
      return version satisfies never;
  }
}

function signature(unsigned: XmlElement, id: string, signer: Credential, keyInfo: XmlElement): XmlElement {
  const algorithm = ASYMMETRIC_SIGNATURE.rsaSha256;
  const transform = (name: string): XmlElement => element(ds('Transform'), [['Algorithm', name]]);
  const signedInfo = element(
    ds('SignedInfo'),
    [],
    element(ds('CanonicalizationMethod'), [['Algorithm', CANONICALIZATION.exclusive]]),
    element(ds('SignatureMethod'), [['Algorithm', algorithm]]),
    element(
      ds('Reference'),
      [['URI', `#${id}`]],
      element(ds('Transforms'), [], transform(ENVELOPED_SIGNATURE), transform(CANONICALIZATION.exclusive)),
      element(ds('DigestMethod'), [['Algorithm', DIGEST.sha256]]),
      element(ds('DigestValue'), [], digest(DIGEST.sha256, canonicalize(unsigned)).toString('base64')),
    ),
  );
  const value = signText({ kind: 'asymmetric', privateKey: signer.privateKey, algorithm }, canonicalize(signedInfo));
  return element(ds('Signature'), [], signedInfo, element(ds('SignatureValue'), [], value.toString('base64')), keyInfo);
}
