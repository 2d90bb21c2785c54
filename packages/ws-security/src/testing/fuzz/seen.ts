import type { Proof, ProvenToken, XmlElement } from '@holdfast/soap';
import { canonicalize } from '../../canonical/canonicalize.js';
import type { Unprotected } from '../../unprotect.js';

/**
 * Everything that an application sees and believes of an opened message, as one text: equal for two messages exactly
 * when their proven Body, header blocks, and identities are.
 */
export function seen({ envelope, proof, token }: Unprotected): string {
  return [
    `SOAP ${envelope.version}`,
    tokens(token === undefined ? [] : [token]),
    tokens(proof.tokens),
    `${canonicalize(envelope.bodyElement)} ${asked(proof, envelope.bodyElement)}`,
    // The order of header blocks is nothing that anybody signs.
    ...envelope.headers.map((part) => `${canonicalize(part)} ${asked(proof, part)}`).sort(),
  ].join('\n');
}

function asked(proof: Proof, part: XmlElement): string {
  return `signed by ${tokens(proof.signers(part))}; encrypted by ${tokens(proof.encrypters(part))}`;
}

function tokens(of: readonly ProvenToken[]): string {
  return of.map(({ kind, id, identity, instance = '' }) => `${kind} ${id} ${instance} ${identity}`).join(', ');
}
