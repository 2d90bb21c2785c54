import type { PasswordLookup, PasswordType, SupportingToken, UsernameKeys } from '@holdfast/ws-security';
import type { InitiatorBootstrap, RecipientBootstrap } from './bootstrap.js';
import {
  type ForCertificateInitiator,
  type ForCertificateRecipient,
  forCertificateInitiator,
  forCertificateRecipient,
} from './for-certificate.js';

/** How the password is shown: itself, which the message encrypts, or a digest that only works where it is kept in clear. */
export type PasswordForm = Exclude<PasswordType, 'none'>;

/** What an initiator is told that proves itself by a user's name and password. */
export interface UsernameInitiator extends ForCertificateInitiator {
  readonly user: UsernameKeys;
  /** Default `text`. */
  readonly form?: PasswordForm;
}

/** The initiator is a user with a password, the recipient has a certificate: the initiator's side. */
export function usernameInitiator({ user, form = 'text', ...options }: UsernameInitiator): InitiatorBootstrap {
  return forCertificateInitiator(options, { rule: USER, keys: { kind: 'UsernameToken', form, ...user } });
}

/** What a recipient is told whose initiators prove themselves by a password. */
export interface UsernameRecipient extends ForCertificateRecipient {
  readonly password: PasswordLookup;
}

/** The initiator is a user with a password, the recipient has a certificate: the recipient's side. */
export function usernameRecipient({ password, ...options }: UsernameRecipient): RecipientBootstrap {
  return forCertificateRecipient(options, { rule: USER, lookup: { password } });
}

/** Signed, lest it be moved to another request; encrypted, since it holds the password. */
const USER: SupportingToken = { token: 'UsernameToken', endorsing: false, signed: true, encrypted: true };
