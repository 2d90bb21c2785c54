import { createPublicKey } from 'node:crypto';
import type { XmlElement } from '@holdfast/soap';
import { element, serialize, vocabulary } from '@holdfast/soap';
import { expect } from 'chai';
import { ds, WSSE, xenc } from '#src/namespaces.js';
import { confirmations, holderKey } from '#src/saml/holder-key.js';
import {
  certificateKeyInfo,
  certificateReferenceKeyInfo,
  encryptedKeyInfo,
  publicKeyInfo,
} from '#src/saml/key-info-forms.js';
import { after, alice, bob, now, thrown, xml } from '../samples.js';
import { issued, VERSIONS, verified } from './issued.js';

const DS = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
const WST = ['http://schemas.xmlsoap.org/ws/2005/02/trust', 'http://docs.oasis-open.org/ws-sx/ws-trust/200512'];

describe('the key that an assertion is held by', () => {
  for (const version of VERSIONS) {
    describe(`in SAML ${version}`, () => {
      const held = (keyInfo: XmlElement) =>
        verified(issued(version, { confirmation: { method: 'holder-of-key', keyInfo } }));
      const key = (keyInfo: XmlElement | string, certificates = [alice.certificate]) =>
        holderKey(held(typeof keyInfo === 'string' ? xml(keyInfo) : keyInfo), { now, certificates });
      const keyInfo = (content: string) => `<ds:KeyInfo ${DS} xmlns:o="${WSSE}">${content}</ds:KeyInfo>`;
      const certificateOf = (found: ReturnType<typeof holderKey>) =>
        found.kind === 'certificate' ? found.certificate.fingerprint : found.kind;

      it('may be that of a certificate', () => {
        expect(certificateOf(key(certificateKeyInfo(alice.certificate)))).to.equal(alice.certificate.fingerprint);
      });

      for (const form of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
        it(`may be that of a certificate, named by its ${form}`, () => {
          const named = certificateReferenceKeyInfo(alice.certificate, form);
          expect(certificateOf(key(named))).to.equal(alice.certificate.fingerprint);
          thrown(() => key(named, [bob.certificate]), 'token-unavailable');
        });
      }

      it('may be that of a certificate, named in X509Data', () => {
        const ski = alice.certificate.subjectKeyIdentifier?.toString('base64');
        const serial = `<ds:X509IssuerName>CN=Test CA</ds:X509IssuerName><ds:X509SerialNumber>${alice.certificate.serialNumber}</ds:X509SerialNumber>`;
        for (const data of [
          `<ds:X509SKI>${ski}</ds:X509SKI>`,
          `<ds:X509IssuerSerial>${serial}</ds:X509IssuerSerial>`,
        ]) {
          expect(certificateOf(key(keyInfo(`<ds:X509Data>${data}</ds:X509Data>`)))).to.equal(
            alice.certificate.fingerprint,
          );
        }
      });

      it('may be a public key', () => {
        const found = key(publicKeyInfo(alice.certificate.publicKey));
        expect(found.kind === 'public-key' && found.key.equals(alice.certificate.publicKey)).to.equal(true);
      });

      it('may be a public key beside its certificate, and no other’s', () => {
        const [data] = certificateKeyInfo(alice.certificate).children;
        const both = (owner: typeof alice) =>
          element(ds('KeyInfo'), [], ...publicKeyInfo(owner.certificate.publicKey).children, data);
        expect(certificateOf(key(both(alice)))).to.equal(alice.certificate.fingerprint);
        thrown(() => key(both(bob)), 'security-header-invalid');
      });

      it('may be a proof key that is encrypted for us', () => {
        const encrypted = element(xenc('EncryptedKey'), [['Id', 'ek']]);
        const found = key(encryptedKeyInfo(encrypted));
        expect(found.kind === 'encrypted-key' && found.element.local).to.equal('EncryptedKey');
      });

      it('may be a proof key that it holds itself', () => {
        for (const namespace of WST) {
          const t = vocabulary('t', namespace);
          const secret = Buffer.alloc(32, 7);
          const holding = element(ds('KeyInfo'), [], element(t('BinarySecret'), [], secret.toString('base64')));
          expect(key(holding)).to.deep.equal({ kind: 'secret', secret });
          const short = element(ds('KeyInfo'), [], element(t('BinarySecret'), [], 'AAAA'));
          thrown(() => key(short), 'security-header-invalid');
        }
        thrown(() => key(keyInfo('<BinarySecret>AAAAAAAAAAAAAAAAAAAAAA==</BinarySecret>')), 'unsupported-token');
      });

      it('must not be named by a token of the message, or an assertion (R6601)', () => {
        const reference = '<o:SecurityTokenReference><o:Reference URI="#x"/></o:SecurityTokenReference>';
        thrown(() => key(keyInfo(reference)), 'unsupported-token');
      });

      it('must be one', () => {
        thrown(() => key(keyInfo('')), 'security-header-invalid');
        thrown(() => key(keyInfo('<ds:KeyName>alice</ds:KeyName>')), 'security-header-invalid');
        const two = [alice, bob].flatMap(({ certificate }) => certificateKeyInfo(certificate).children);
        thrown(() => key(element(ds('KeyInfo'), [], ...two)), 'security-header-invalid');
      });

      it('must be an RSA key where it is a value', () => {
        const value = (content: string) => keyInfo(`<ds:KeyValue>${content}</ds:KeyValue>`);
        const rsa = (n: string, e: string) =>
          value(`<ds:RSAKeyValue><ds:Modulus>${n}</ds:Modulus><ds:Exponent>${e}</ds:Exponent></ds:RSAKeyValue>`);
        const huge = Buffer.alloc(2_000, 0xff).toString('base64');
        for (const bad of [value(''), value('<ds:RSAKeyValue/>'), rsa(huge, 'AQAB'), rsa('AQAB', huge), rsa('', '')]) {
          thrown(() => key(bad), 'security-header-invalid');
        }
        thrown(() => key(value('<ds:DSAKeyValue/>')), 'security-header-invalid');
      });

      it('is refused when it is a certificate that cannot be read', () => {
        const bad = '<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>';
        thrown(() => key(keyInfo(bad)), 'unsupported-token');
      });

      it('is not there in an assertion that is confirmed otherwise', () => {
        thrown(() => holderKey(verified(issued(version)), { now }), 'token-not-trusted');
      });
    });
  }

  it('is written only of public RSA keys', () => {
    thrown(() => publicKeyInfo(alice.privateKey), 'invalid-argument');
    expect(serialize(publicKeyInfo(createPublicKey(alice.privateKey)))).to.contain('AQAB');
  });
});

describe('a confirmation of SAML 2.0', () => {
  const limited = (change: object) => verified(issued('2.0', { confirmation: { method: 'bearer', ...change } }));

  it('holds in its time', () => {
    const assertion = limited({ notBefore: now, notOnOrAfter: after(1_000) });
    expect(confirmations(assertion, 'bearer', { now }).length).to.equal(1);
    for (const millis of [-1, 1_000]) {
      thrown(() => confirmations(assertion, 'bearer', { now: after(millis), clockSkew: 0 }), 'token-expired');
    }
  });

  it('holds for its recipient alone', () => {
    const assertion = limited({ recipient: 'http://us/' });
    expect(confirmations(assertion, 'bearer', { now, recipients: ['http://us/'] }).length).to.equal(1);
    thrown(() => confirmations(assertion, 'bearer', { now, recipients: ['http://them/'] }), 'token-not-trusted');
    thrown(() => confirmations(assertion, 'bearer', { now }), 'token-not-trusted');
  });

  it('does not stand for another method', () => {
    for (const method of ['holder-of-key', 'sender-vouches'] as const) {
      thrown(() => confirmations(limited({}), method, { now }), 'token-not-trusted');
    }
  });
});
