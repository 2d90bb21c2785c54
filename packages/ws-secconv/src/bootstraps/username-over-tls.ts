import type { PasswordLookup, SupportingToken, UsernameKeys } from '@holdfast/ws-security';
import type { BootstrapProtection, InitiatorBootstrap, RecipientBootstrap } from './bootstrap.js';
import { overTlsInitiator, overTlsRecipient } from './over-tls.js';
import type { PasswordForm } from './username.js';

/** What an initiator is told that proves itself by a user's name and password over TLS. */
export interface UsernameOverTlsInitiator {
  readonly user: UsernameKeys;
  /** Default `text`. */
  readonly form?: PasswordForm;
  readonly protection?: BootstrapProtection;
}

/** The initiator is a user with a password, TLS protects it: the initiator's side. The wire must be TLS. */
export function usernameOverTlsInitiator(options: UsernameOverTlsInitiator): InitiatorBootstrap {
  const { user, form = 'text', protection } = options;
  return overTlsInitiator(protection, USER, { kind: 'UsernameToken', form, ...user });
}

/** What a recipient is told whose initiators prove themselves by a password over TLS. */
export interface UsernameOverTlsRecipient {
  readonly password: PasswordLookup;
  readonly protection?: BootstrapProtection;
}

/** The initiator is a user with a password, TLS protects it: the recipient's side. */
export function usernameOverTlsRecipient({ password, protection }: UsernameOverTlsRecipient): RecipientBootstrap {
  return overTlsRecipient(protection, USER, { password });
}

const USER: SupportingToken = { token: 'UsernameToken', endorsing: false, signed: true, encrypted: false };
