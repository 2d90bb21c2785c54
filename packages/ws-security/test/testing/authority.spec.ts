import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { certificateAuthority } from '#src/testing/index.js';
import { credential, readCertificate } from '#src/x509/certificate.js';
import { certificateTrust } from '#src/x509/trust.js';
import { after, now, thrown } from '../samples.js';

const DAY = 86_400_000;

describe('a certificate authority for tests', () => {
  const authority = certificateAuthority('Demo CA', now);
  const trust = certificateTrust({ anchors: authority.certificate });

  it('issues certificates that trust in it believes', () => {
    const { certificate, privateKey } = authority.issue({ name: 'alice' });
    const made = credential(certificate, privateKey);
    trust.check(made.certificate, now, ['digitalSignature']);
    trust.check(made.certificate, now, ['keyEncipherment']);
    expect(made.certificate.x509.subject).to.equal('CN=alice');
  });

  it('is one that OpenSSL believes too', () => {
    const { certificate } = authority.issue({ name: 'alice' });
    const [subject, issuer] = [new X509Certificate(certificate), new X509Certificate(authority.certificate)];
    expect(subject.checkIssued(issuer)).to.equal(true);
    expect(subject.verify(issuer.publicKey)).to.equal(true);
  });

  it('issues what is asked: validity, usage, authorities', () => {
    const { certificate } = authority.issue({
      name: 'x',
      notBefore: after(-2 * DAY),
      notAfter: after(2 * DAY),
      usage: ['keyCertSign'],
      authority: true,
    });
    const read = readCertificate(certificate);
    expect([read.notBefore, read.notAfter]).to.deep.equal([after(-2 * DAY), after(2 * DAY)]);
    expect([...(read.keyUsage ?? [])]).to.deep.equal(['keyCertSign']);
    expect(read.isAuthority).to.equal(true);
  });

  it('has authorities below it, and each serial number once', () => {
    const below = authority.subordinate('Below');
    const leaf = readCertificate(below.issue({ name: 'leaf' }).certificate);
    certificateTrust({ anchors: authority.certificate, intermediates: [below.certificate] }).check(leaf, now, [
      'digitalSignature',
    ]);
    thrown(() => trust.check(leaf, now, ['digitalSignature']), 'token-not-trusted');
    expect(leaf.serialNumber).to.not.equal(readCertificate(below.certificate).serialNumber);
  });
});
