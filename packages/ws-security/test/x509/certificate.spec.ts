import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { credential, readCertificate, readCertificates } from '#src/x509/certificate.js';
import { alice, authority, bob, now, thrown } from '../samples.js';

const DAY = 86_400_000;

describe('an X.509 certificate', () => {
  const { certificate, privateKey } = authority.issue({ name: 'carol' });
  const der = new X509Certificate(certificate).raw;

  it('is read from PEM and from DER', () => {
    expect(readCertificate(certificate).raw).to.deep.equal(der);
    expect(readCertificate(der).raw).to.deep.equal(der);
  });

  it('has the digests that it is referred to by', () => {
    const read = readCertificate(certificate);
    expect(read.thumbprintSha1).to.deep.equal(createHash('sha1').update(der).digest());
    expect(read.fingerprint).to.equal(createHash('sha256').update(der).digest('hex'));
    expect(read.subjectKeyIdentifier?.length).to.equal(20);
  });

  it('has its validity, issuer, serial number and usage', () => {
    const read = readCertificate(certificate);
    expect(read.notBefore.getTime()).to.equal(now.getTime() - DAY);
    expect(read.notAfter.getTime()).to.equal(now.getTime() + 365 * DAY);
    expect(read.issuer).to.equal('CN=Test CA');
    expect(read.serialNumber > 0n).to.equal(true);
    expect([...(read.keyUsage ?? [])]).to.deep.equal(['digitalSignature', 'keyEncipherment']);
    expect(read.isAuthority).to.equal(false);
    expect(read.criticalExtensions).to.deep.equal(['2.5.29.19', '2.5.29.15']);
    expect(read.signatureAlgorithm).to.equal('1.2.840.113549.1.1.11');
  });

  it('of an authority says so', () => {
    const read = readCertificate(authority.certificate);
    expect(read.isAuthority).to.equal(true);
    expect([...(read.keyUsage ?? [])]).to.deep.equal(['keyCertSign', 'cRLSign']);
    expect(read.pathLength).to.equal(undefined);
  });

  for (const [what, source] of Object.entries({
    'no text': '',
    'another text': 'hello',
    'no octets': new Uint8Array(),
    'a part of one': der.subarray(0, 300),
    'a private key': privateKey,
  })) {
    it(`is not ${what}`, () => {
      thrown(() => readCertificate(source), 'unsupported-token');
    });
  }

  it('is read with the others of a bundle, in order, whatever stands between them', () => {
    const bundle = `# first\n${alice.certificate.x509.toString()}\nsecond\n${bob.certificate.x509.toString()}`;
    expect(readCertificates(bundle).map(({ fingerprint }) => fingerprint)).to.deep.equal([
      alice.certificate.fingerprint,
      bob.certificate.fingerprint,
    ]);
    expect(readCertificates('nothing here')).to.deep.equal([]);
  });
});

describe('a credential', () => {
  const { certificate, privateKey } = authority.issue({ name: 'dave' });

  it('is a certificate and the private key that belongs to it', () => {
    const made = credential(certificate, privateKey);
    expect(made.certificate.x509.subject).to.equal('CN=dave');
    expect(made.privateKey.type).to.equal('private');
  });

  it('may have its key encrypted', () => {
    const encrypted = createPrivateKey(privateKey)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' })
      .toString();
    expect(credential(certificate, encrypted, 'open sesame').certificate.x509.subject).to.equal('CN=dave');
    thrown(() => credential(certificate, encrypted, 'wrong'), 'invalid-key');
    thrown(() => credential(certificate, encrypted), 'invalid-key');
  });

  it('may have its key parsed already', () => {
    expect(credential(certificate, createPrivateKey(privateKey)).certificate.x509.subject).to.equal('CN=dave');
  });

  it("is refused with somebody else's key, saying whose certificate it is", () => {
    expect(thrown(() => credential(certificate, bob.privateKey), 'invalid-key').message).to.contain('CN=dave');
  });

  it('is refused with a key or a certificate that cannot be read, and nothing of the key is said', () => {
    const damaged = privateKey.replace(/\n(.{8})/, '\n********');
    const { message } = thrown(() => credential(certificate, damaged), 'invalid-key');
    expect(message).to.not.contain(privateKey.split('\n')[1]);
    thrown(() => credential('nothing', privateKey), 'invalid-key');
  });
});
