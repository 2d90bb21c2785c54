import { certificateTrust, defaultProtection, type ProtectionDescription } from '@holdfast/ws-security';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { anonymousInitiator, anonymousRecipient } from '#src/bootstraps/anonymous.js';
import type { InitiatorBootstrap, RecipientBootstrap } from '#src/bootstraps/bootstrap.js';
import { endorsedX509Initiator, endorsedX509Recipient } from '#src/bootstraps/endorsed-x509.js';
import { mutualX509Initiator, mutualX509Recipient } from '#src/bootstraps/mutual-x509.js';
import { usernameInitiator, usernameRecipient } from '#src/bootstraps/username.js';
import { usernameOverTlsInitiator, usernameOverTlsRecipient } from '#src/bootstraps/username-over-tls.js';
import { x509OverTlsInitiator, x509OverTlsRecipient } from '#src/bootstraps/x509-over-tls.js';
import {
  alice,
  bob,
  type InitiatorOptions,
  identityOf,
  issued,
  type RecipientOptions,
  start,
  trust,
} from '../samples.js';

/** A way to begin a conversation, both sides of it. */
export interface Way {
  readonly name: string;
  readonly initiator: InitiatorBootstrap;
  readonly recipient: RecipientBootstrap;
  readonly overTls: boolean;
  /** Who the initiator is to the recipient; `undefined`: nobody knows. */
  readonly identity: string | undefined;
  /** Initiators that the recipient must refuse: what is wrong with them. */
  readonly strangers: Readonly<Record<string, InitiatorBootstrap>>;
}

const joe = { username: 'joe', password: 'eggs' };
const password = (username: string): string | undefined => (username === joe.username ? joe.password : undefined);
const toBob = { recipient: bob.certificate, trust };
const elsewhere = certificateAuthority('Other CA', new Date(start));
const mallory = (() => {
  const made = elsewhere.issue({ name: 'mallory' });
  return issued('mallory', made);
})();
const dave = issued('dave');

export const ways: readonly Way[] = [
  {
    name: 'mutual X.509',
    initiator: mutualX509Initiator({ signer: alice, ...toBob }),
    recipient: mutualX509Recipient({ credential: bob, trust }),
    overTls: false,
    identity: identityOf(alice),
    strangers: {
      'with a certificate of an authority that is not trusted': mutualX509Initiator({ signer: mallory, ...toBob }),
    },
  },
  {
    name: 'anonymous for a certificate',
    initiator: anonymousInitiator(toBob),
    recipient: anonymousRecipient({ credential: bob }),
    overTls: false,
    identity: undefined,
    strangers: {
      'that encrypts for another certificate': anonymousInitiator({ recipient: dave.certificate, trust }),
      'that says who it is though it is not asked': usernameInitiator({ ...toBob, user: joe }),
    },
  },
  {
    name: 'user name for a certificate',
    initiator: usernameInitiator({ ...toBob, user: joe }),
    recipient: usernameRecipient({ credential: bob, password }),
    overTls: false,
    identity: 'user:joe',
    strangers: {
      'with another password': usernameInitiator({ ...toBob, user: { ...joe, password: 'ham' } }),
      'who is not known': usernameInitiator({ ...toBob, user: { ...joe, username: 'eve' } }),
      'who says no name': anonymousInitiator(toBob),
    },
  },
  {
    name: 'user name for a certificate, by digest',
    initiator: usernameInitiator({ ...toBob, user: joe, form: 'digest' }),
    recipient: usernameRecipient({ credential: bob, password }),
    overTls: false,
    identity: 'user:joe',
    strangers: {
      'with another password': usernameInitiator({ ...toBob, user: { ...joe, password: 'ham' }, form: 'digest' }),
    },
  },
  {
    name: 'X.509 endorsing a key for a certificate',
    initiator: endorsedX509Initiator({ ...toBob, signer: alice }),
    recipient: endorsedX509Recipient({ credential: bob, trust }),
    overTls: false,
    identity: identityOf(alice),
    strangers: {
      'with a certificate of an authority that is not trusted': endorsedX509Initiator({ ...toBob, signer: mallory }),
      'that nothing endorses': anonymousInitiator(toBob),
    },
  },
  {
    name: 'user name over TLS',
    initiator: usernameOverTlsInitiator({ user: joe }),
    recipient: usernameOverTlsRecipient({ password }),
    overTls: true,
    identity: 'user:joe',
    strangers: {
      'with another password': usernameOverTlsInitiator({ user: { ...joe, password: 'ham' } }),
      'with a certificate instead': x509OverTlsInitiator({ signer: alice }),
    },
  },
  {
    name: 'X.509 over TLS',
    initiator: x509OverTlsInitiator({ signer: alice }),
    recipient: x509OverTlsRecipient({ trust }),
    overTls: true,
    identity: identityOf(alice),
    strangers: {
      'with a certificate of an authority that is not trusted': x509OverTlsInitiator({ signer: mallory }),
      'with a password instead': usernameOverTlsInitiator({ user: joe }),
    },
  },
  {
    name: 'X.509 over TLS, by thumbprint, To signed',
    initiator: x509OverTlsInitiator({ signer: alice, signerReference: 'thumbprint' }),
    recipient: x509OverTlsRecipient({ trust, certificates: [alice.certificate], toSigned: true }),
    overTls: true,
    identity: identityOf(alice),
    strangers: {
      'whose certificate is not at hand': x509OverTlsInitiator({ signer: dave, signerReference: 'thumbprint' }),
    },
  },
];

/** How application messages are protected after such a beginning. */
export function applicationOf({ overTls }: Way): ProtectionDescription {
  return { ...defaultProtection, token: overTls ? 'transport' : 'SecurityContextToken' };
}

export function initiatorOf(way: Way, bootstrap = way.initiator): InitiatorOptions {
  return { config: { bootstrap, application: applicationOf(way) } };
}

export function recipientOf(way: Way, more: RecipientOptions = {}): RecipientOptions {
  return {
    secure: way.overTls,
    ...more,
    config: { bootstrap: way.recipient, application: applicationOf(way), ...more.config },
  };
}

/** Trust in nobody that is met here. */
export const otherTrust = certificateTrust({ anchors: elsewhere.certificate });
