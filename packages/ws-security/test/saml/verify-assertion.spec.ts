import { generateKeyPairSync, sign } from 'node:crypto';
import { elements, serialize, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { digest } from '#src/algorithms/digest.js';
import { ASYMMETRIC_SIGNATURE, DIGEST } from '#src/algorithms/suites.js';
import { canonicalize } from '#src/canonical/canonicalize.js';
import { replayCache } from '#src/replay-cache.js';
import { issueAssertion } from '#src/saml/issue.js';
import { credential, readCertificate } from '#src/x509/certificate.js';
import { certificateTrust } from '#src/x509/trust.js';
import { after, authority, now, thrown, xml } from '../samples.js';
import { certify } from '../x509/issuing.js';
import { honest, issued, signatureOf, VERSIONS, verified } from './issued.js';

describe('a verified assertion', () => {
  for (const version of VERSIONS) {
    describe(`of SAML ${version}`, () => {
      const lasting = { conditions: { notBefore: now, notOnOrAfter: after(10_000) } };

      describe('in time', () => {
        const text = issued(version, { ...lasting, issueInstant: after(-120_000) });
        const at = (millis: number, clockSkew?: number) =>
          verified(text, { now: after(millis), ...(clockSkew === undefined ? {} : { clockSkew }) });

        it('holds from its beginning until before its end, give or take the clock skew', () => {
          for (const millis of [-60_000, 0, 69_999]) expect(at(millis).version).to.equal(version);
          for (const millis of [0, 9_999]) expect(at(millis, 0).version).to.equal(version);
        });

        it('does not hold before, telling by how much', () => {
          expect(thrown(() => at(-60_001), 'token-expired').message).to.contain('60001 ms');
          thrown(() => at(-1, 0), 'token-expired');
        });

        it('does not hold after, telling by how much', () => {
          expect(thrown(() => at(70_000), 'token-expired').message).to.contain('60000 ms');
          thrown(() => at(10_000, 0), 'token-expired');
        });

        it('does not hold when it was issued in the future', () => {
          const early = issued(version, { ...lasting, issueInstant: after(60_001) });
          thrown(() => verified(early), 'message-from-the-future');
        });
      });

      describe('for an audience', () => {
        const { notBefore, notOnOrAfter } = lasting.conditions;
        const text = issued(version, { conditions: { notBefore, notOnOrAfter, audiences: ['urn:us', 'urn:them'] } });

        it('holds for each of them', () => {
          for (const audiences of [['urn:us'], ['urn:x', 'urn:them']]) {
            expect(verified(text, { audiences }).version).to.equal(version);
          }
        });

        it('does not hold for anybody else, nor for somebody without a name', () => {
          for (const audiences of [['urn:x'], ['urn:US'], [''], []]) {
            thrown(() => verified(text, { audiences }), 'token-not-trusted');
          }
          thrown(() => verified(text), 'token-not-trusted');
        });
      });

      describe('for one use', () => {
        const { notBefore, notOnOrAfter } = lasting.conditions;
        const text = issued(version, { conditions: { notBefore, notOnOrAfter, oneTimeUse: true } });

        it('holds once', () => {
          const oneTimeUse = replayCache();
          expect(verified(text, { oneTimeUse }).conditions.oneTimeUse).to.equal(true);
          thrown(() => verified(text, { oneTimeUse }), 'replayed');
          thrown(() => verified(text, { oneTimeUse, now: after(69_999) }), 'replayed');
          thrown(() => verified(text, { oneTimeUse, now: after(70_000) }), 'token-expired');
        });

        it('does not hold where nothing is remembered', () => {
          thrown(() => verified(text), 'token-not-trusted');
        });
      });

      describe('that nobody signed', () => {
        const strip = (text: string) => text.replace(/<ds:Signature .*<\/ds:Signature>/, '');
        const vouched = strip(issued(version, { confirmation: { method: 'sender-vouches' } }));

        it('holds when the sender vouches for it and that is accepted', () => {
          expect(verified(vouched, { acceptUnsignedSenderVouches: true })).to.deep.include({ signer: undefined });
        });

        it('does not hold by default', () => {
          thrown(() => verified(vouched), 'token-not-trusted');
        });

        it('does not hold when it is confirmed otherwise', () => {
          const options = { acceptUnsignedSenderVouches: true };
          thrown(() => verified(strip(issued(version)), options), 'token-not-trusted');
          const nobody = vouched.replace(
            /<saml([12]):SubjectConfirmation.*SubjectConfirmation>|<saml2:SubjectConfirmation [^>]*\/>/,
            '',
          );
          thrown(() => verified(nobody, options), 'token-not-trusted');
        });

        it('does not hold after its time', () => {
          const options = { acceptUnsignedSenderVouches: true, now: after(1_000_000) };
          thrown(() => verified(vouched, options), 'token-expired');
        });
      });

      describe('by its issuer’s key', () => {
        const { name } = honest;
        const text = issued(version);

        it('does not hold when nobody is trusted to issue', () => {
          thrown(() => verified(text, { issuers: [] }), 'token-not-trusted');
        });

        it('does not hold by a certificate that is trusted for another issuer', () => {
          const others = { ...honest.issuer, name: 'urn:other' };
          thrown(() => verified(text, { issuers: [others] }), 'token-not-trusted');
        });

        it('holds by a certificate that comes along with its intermediate authority', () => {
          const middle = authority.subordinate('middle');
          const { certificate, privateKey } = middle.issue({ name: 'sts' });
          const signer = credential(certificate, privateKey);
          const issuer = { name, trust: certificateTrust({ anchors: authority.certificate }) };
          const made = serialize(issueAssertion(contentOf(version), { signer }));
          thrown(() => verified(made, { issuers: [issuer] }), 'token-not-trusted');
          const data = (der: Buffer) => `<ds:X509Certificate>${der.toString('base64')}</ds:X509Certificate>`;
          const along = made.replace(/<ds:X509Certificate>/, `${data(readCertificate(middle.certificate).raw)}$&`);
          expect(verified(along, { issuers: [issuer] }).signer?.x509.subject).to.equal('CN=sts');
        });

        it('does not hold when the certificate has expired, or may not sign', () => {
          const later = { now: after(400 * 86_400_000) };
          thrown(() => verified(text, later), 'token-expired');
          const { certificate, privateKey } = authority.issue({ name: 'sts', usage: ['keyEncipherment'] });
          const made = serialize(issueAssertion(contentOf(version), { signer: credential(certificate, privateKey) }));
          const issuer = { name, trust: certificateTrust({ anchors: authority.certificate }) };
          thrown(() => verified(made, { issuers: [issuer] }), 'token-not-trusted');
        });

        it('does not hold when the key is short', () => {
          const keys = generateKeyPairSync('rsa', { modulusLength: 1024 });
          const certificate = certify({ name: 'short', ...keys }, { name: 'short', ...keys });
          const signer = { certificate, privateKey: keys.privateKey };
          const made = serialize(issueAssertion(contentOf(version), { signer }));
          const issuers = [{ name, trust: certificateTrust({ anchors: [certificate] }) }];
          thrown(() => verified(made, { issuers }), 'algorithm-not-allowed');
          expect(verified(made, { issuers, minimumKeyBits: 1_024 }).id).to.equal('_c');
        });

        it('does not hold when it names a certificate that is not known', () => {
          const keyInfo = /<ds:KeyInfo>.*<\/ds:KeyInfo>/;
          const ski = '<ds:KeyInfo><ds:X509Data><ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data></ds:KeyInfo>';
          thrown(() => verified(text.replace(keyInfo, ski)), 'token-unavailable');
        });
      });
    });
  }

  it('may be signed with SHA-1 where that is allowed, dangerously', () => {
    const text = issued('2.0')
      .replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', ASYMMETRIC_SIGNATURE.rsaSha1)
      .replace(DIGEST.sha256, DIGEST.sha1);
    const bare = canonicalize(xml(text.replace(signatureOf(text), '')));
    const digested = text.replace(/(<ds:DigestValue>)[^<]*/, `$1${digest(DIGEST.sha1, bare).toString('base64')}`);
    const [signedInfo] = elements(xml(signatureOf(digested)));
    const { privateKey } = honest.credential;
    const value = sign('sha1', Buffer.from(canonicalize(signedInfo as XmlElement)), privateKey).toString('base64');
    const signed = digested.replace(/(<ds:SignatureValue>)[^<]*/, `$1${value}`);
    thrown(() => verified(signed), 'algorithm-not-allowed');
    expect(verified(signed, { dangerouslyAllowSha1: true }).subject?.name).to.equal('alice');
  });
});

function contentOf(version: '1.1' | '2.0'): Parameters<typeof issueAssertion>[0] {
  return {
    version,
    id: '_c',
    issuer: honest.name,
    issueInstant: now,
    subject: { name: 'alice' },
    confirmation: { method: 'bearer' },
    conditions: { notBefore: now, notOnOrAfter: after(1_000) },
    attributes: [{ name: 'role', namespace: 'urn:n', values: ['buyer'] }],
  };
}
