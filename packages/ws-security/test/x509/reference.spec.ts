import { expect } from 'chai';
import type { TokenReference } from '#src/elements/security-token-reference.js';
import { THUMBPRINT_SHA1, X509_SUBJECT_KEY_IDENTIFIER } from '#src/namespaces.js';
import type { Certificate } from '#src/x509/certificate.js';
import { certificateReference, namesCertificate } from '#src/x509/reference.js';
import { alice, bob, thrown } from '../samples.js';

const forms = ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const;

describe('references to a certificate (X.509 Token Profile §3.2)', () => {
  for (const form of forms) {
    it(`by ${form} name it and no other`, () => {
      const reference = certificateReference(alice.certificate, form);
      expect(namesCertificate(reference, alice.certificate)).to.equal(true);
      expect(namesCertificate(reference, bob.certificate)).to.equal(false);
    });
  }

  it('by thumbprint hold the SHA-1 of its DER octets', () => {
    expect(certificateReference(alice.certificate, 'thumbprint')).to.deep.equal({
      kind: 'key-identifier',
      valueType: THUMBPRINT_SHA1,
      value: alice.certificate.thumbprintSha1,
    });
  });

  it('by issuer write the name with its most special part first', () => {
    const certificate: Certificate = { ...alice.certificate, issuer: 'C=se\nO=Foo\\, Inc.\nCN=ca' };
    expect(certificateReference(certificate, 'issuer-serial')).to.include({ issuer: 'CN=ca,O=Foo\\, Inc.,C=se' });
  });

  it('by issuer name it however the name is written', () => {
    const certificate: Certificate = { ...alice.certificate, issuer: 'C=se\nO=Foo\\, Inc.\nCN=ca' };
    const { serialNumber } = certificate;
    for (const issuer of ['CN=ca,O=Foo\\, Inc.,C=se', 'C=se, O="Foo, Inc.", CN=ca']) {
      expect(namesCertificate({ kind: 'issuer-serial', issuer, serialNumber }, certificate)).to.equal(true);
    }
    expect(namesCertificate({ kind: 'issuer-serial', issuer: 'CN=ca', serialNumber }, certificate)).to.equal(false);
    expect(
      namesCertificate({ kind: 'issuer-serial', issuer: 'CN=ca,O=Foo\\, Inc.,C=se', serialNumber: 1n }, certificate),
    ).to.equal(false);
  });

  it('by subject key identifier need a certificate that has one', () => {
    const certificate: Certificate = { ...alice.certificate, subjectKeyIdentifier: undefined };
    thrown(() => certificateReference(certificate, 'subject-key-identifier'), 'invalid-option');
    const reference = certificateReference(alice.certificate, 'subject-key-identifier');
    expect(namesCertificate(reference, certificate)).to.equal(false);
  });

  const strangers: Record<string, TokenReference> = {
    'the thumbprint as a subject key identifier': {
      kind: 'key-identifier',
      valueType: X509_SUBJECT_KEY_IDENTIFIER,
      value: alice.certificate.thumbprintSha1,
    },
    'an unknown kind of identifier': {
      kind: 'key-identifier',
      valueType: 'urn:other',
      value: alice.certificate.thumbprintSha1,
    },
    'a part of the thumbprint': {
      kind: 'key-identifier',
      valueType: THUMBPRINT_SHA1,
      value: alice.certificate.thumbprintSha1.subarray(0, 10),
    },
    nothing: { kind: 'key-identifier', valueType: THUMBPRINT_SHA1, value: Buffer.alloc(0) },
    'a token of the message': { kind: 'direct', uri: '#alice' },
  };
  for (const [what, reference] of Object.entries(strangers)) {
    it(`by ${what} name no certificate`, () => {
      expect(namesCertificate(reference, alice.certificate)).to.equal(false);
    });
  }
});
