import { readdirSync, readFileSync } from 'node:fs';
import { HoldfastError, isElement, type XmlElement } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  canonicalize,
  certificateTrust,
  credential,
  type KeyLookup,
  noKeys,
  readCertificate,
  type SecureConversationVersion,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { sharedPath } from '../shared.js';

export function shared(path: string): Buffer {
  return readFileSync(sharedPath(path));
}

export function sharedText(path: string): string {
  return shared(path).toString('utf8');
}

export function sharedFiles(folder: string): readonly string[] {
  return readdirSync(sharedPath(folder)).sort();
}

const pem = (file: string): string => sharedText(`peers/keys/${file}`);

function holder(name: string): Credential {
  return credential(pem(`${name}.cert.pem`), pem(`${name}.key.pem`));
}

/** The initiator and the recipient of every session. */
export const alice = holder('alice');
export const bob = holder('bob');
export const carol: Certificate = readCertificate(pem('carol.cert.pem'));
export const trust: CertificateTrust = certificateTrust({ anchors: pem('ca.cert.pem') });

/**
 * The keys of one side.
 * @param secrets of contexts by Identifier and, for those that were renewed, Instance
 */
export function keysOf(
  who: Credential,
  secrets: (identifier: string, instance: string | undefined) => Uint8Array | undefined,
  version: SecureConversationVersion,
): KeyLookup {
  return {
    ...noKeys,
    credentials: [who],
    certificates: [alice.certificate, bob.certificate, carol],
    trust,
    securityContext(identifier, instance) {
      const secret = secrets(identifier, instance);
      return secret && { version, identifier, instance, secret, identity: 'x509:the-initiator' };
    },
  };
}

/** What an application sees in an element, whatever is declared around it. */
export function contentOf(of: XmlElement): string {
  return of.children
    .map((node) => (isElement(node) ? canonicalize(node) : typeof node === 'string' ? node : ''))
    .join('');
}

/** A name as the corpora write it. */
export const clark = ({ namespace, local }: { readonly namespace: string; readonly local: string }): string =>
  `{${namespace}}${local}`;

/** The code of the error that the call throws, which must be one of ours. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return error.code;
  }
  return expect.fail('accepted');
}
