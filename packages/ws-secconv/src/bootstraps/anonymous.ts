import type { InitiatorBootstrap, RecipientBootstrap } from './bootstrap.js';
import {
  type ForCertificateInitiator,
  type ForCertificateRecipient,
  forCertificateInitiator,
  forCertificateRecipient,
} from './for-certificate.js';

/** Nobody knows who the initiator is; the recipient proves itself by its certificate: the initiator's side. */
export function anonymousInitiator(options: ForCertificateInitiator): InitiatorBootstrap {
  return forCertificateInitiator(options);
}

/**
 * Nobody knows who the initiator is: the recipient's side. Each context has an identity of its own,
 * `anonymous:<Identifier>`, since nothing says that two are of the same initiator.
 */
export function anonymousRecipient(options: ForCertificateRecipient): RecipientBootstrap {
  return forCertificateRecipient(options);
}
