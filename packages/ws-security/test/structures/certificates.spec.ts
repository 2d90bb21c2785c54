import { expect } from 'chai';
import { writeBinarySecurityToken, writePathToken } from '#src/elements/binary-security-token.js';
import type { X509Keys } from '#src/keys.js';
import { certificateTrust } from '#src/x509/trust.js';
import { alice, bob, changed, recipientKeys, thrown } from '../samples.js';
import {
  carol,
  describedBy,
  foreignAuthority,
  intermediate,
  lookup,
  received,
  remote,
  sent,
  stranger,
} from './parties.js';

const description = describedBy('X509');
const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const by = (more: Partial<X509Keys>): X509Keys => ({
  kind: 'X509',
  signer: alice,
  signerReference: 'direct',
  ...toBob,
  ...more,
});
const text = (more: Partial<X509Keys>) => sent(description, by(more)).text;

describe('structures: whose certificate it is (SP-13, SP-16, R5201, R5202)', () => {
  for (const signerReference of ['pki-path', 'pkcs7'] as const) {
    it(`${signerReference}: brings the authorities between, which are tried and never trusted`, () => {
      const found = received(text({ signer: remote, signerReference, path: [intermediate] }), description);
      expect(found.certificate?.fingerprint).to.equal(remote.certificate.fingerprint);
      expect(found.token?.identity).to.equal(`x509:${remote.certificate.fingerprint}`);
      thrown(() => received(text({ signer: remote, signerReference }), description), 'token-not-trusted');
      thrown(
        () => received(text({ signer: remote, signerReference, path: [foreignAuthority] }), description),
        'unsupported-token',
      );
      thrown(
        () => received(text({ signer: stranger, signerReference, path: [foreignAuthority] }), description),
        'token-not-trusted',
      );
      const trustsThat = { ...lookup, trust: certificateTrust({ anchors: [foreignAuthority] }) };
      expect(
        received(text({ signer: stranger, signerReference, path: [] }), description, trustsThat).token?.kind,
      ).to.equal('X509');
    });
  }

  it('of a token within the signature is covered by way of the reference that holds it (ProtectTokens, SP-8)', () => {
    const tokens = { ...description, protectTokens: true };
    const message = sent(tokens, by({ signerReference: 'embedded' })).text;
    expect(received(message, tokens).token?.kind).to.equal('X509');
    thrown(() => received(text({ signerReference: 'embedded' }), tokens), 'part-not-signed');
  });

  it('of anybody whom the authority did not certify is refused, in every form', () => {
    for (const signerReference of ['direct', 'embedded', 'pki-path', 'pkcs7'] as const) {
      thrown(() => received(text({ signer: stranger, signerReference }), description), 'token-not-trusted');
    }
    for (const signerReference of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
      thrown(() => received(text({ signer: carol, signerReference }), description), 'token-unavailable');
      const known = { ...recipientKeys, certificates: [stranger.certificate] };
      thrown(() => received(text({ signer: stranger, signerReference }), description, known), 'token-not-trusted');
    }
    thrown(() => received(text({}), description, { ...lookup, trust: undefined }), 'token-not-trusted');
  });

  it('is not another that is put in the place of the token', () => {
    const message = text({});
    const der = (signer: typeof alice) => signer.certificate.raw.toString('base64');
    thrown(() => received(changed(message, der(alice), der(carol)), description), 'signature-invalid');
    expect(writeBinarySecurityToken('x', alice.certificate).local).to.equal(
      writePathToken('x', [alice.certificate]).local,
    );
  });

  it('is the end of the path, not an authority in it', () => {
    const found = received(text({ signer: alice, signerReference: 'pki-path', path: [] }), description);
    expect(found.certificate?.fingerprint).to.equal(alice.certificate.fingerprint);
    const wrong = text({ signer: remote, signerReference: 'pki-path', path: [alice.certificate] });
    expect(() => received(wrong, description)).to.throw();
  });

  it('SP-15, SP-16: is in the message or named from outside, as the keys say', () => {
    expect(text({})).to.contain('<wsse:BinarySecurityToken');
    for (const signerReference of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
      expect(text({ signerReference })).to.not.contain('<wsse:BinarySecurityToken');
    }
  });
});
