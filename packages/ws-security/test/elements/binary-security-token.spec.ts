import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  readBinarySecurityToken,
  readX509Token,
  writeBinarySecurityToken,
  writePathToken,
} from '#src/elements/binary-security-token.js';
import { BASE64_BINARY, WSSE, X509_PKCS7, X509_PKI_PATH, X509_V1, X509_V3 } from '#src/namespaces.js';
import { readCertificate } from '#src/x509/certificate.js';
import { writePkiPath } from '#src/x509/certificate-path.js';
import { alice, authority, thrown, xml } from '../samples.js';

const DER = alice.certificate.raw.toString('base64');
const token = (content: string, attributes = `ValueType="${X509_V3}" EncodingType="${BASE64_BINARY}"`) =>
  xml(`<wsse:BinarySecurityToken xmlns:wsse="${WSSE}" ${attributes}>${content}</wsse:BinarySecurityToken>`);

describe('wsse:BinarySecurityToken', () => {
  it('is read as it was written', () => {
    const { root, ids } = parse(serialize(writeBinarySecurityToken('b', alice.certificate)));
    expect(readBinarySecurityToken(root).fingerprint).to.equal(alice.certificate.fingerprint);
    expect(ids.get('b')).to.equal(root);
  });

  it('may be broken into lines, and leave its encoding to the default', () => {
    const lines = DER.replace(/.{64}/g, '$&\n');
    expect(readBinarySecurityToken(token(lines, `ValueType="${X509_V3}"`)).fingerprint).to.equal(
      alice.certificate.fingerprint,
    );
  });

  it('is not supported with another ValueType, or none (R3031, R3032)', () => {
    for (const attributes of ['', 'ValueType=""', 'ValueType="urn:x"', `ValueType="${X509_V3}3"`]) {
      thrown(() => readBinarySecurityToken(token(DER, attributes)), 'unsupported-token');
    }
  });

  it('is not supported as X509v1 (R3033), unless that is asked for', () => {
    const old = token(DER, `ValueType="${X509_V1}"`);
    thrown(() => readX509Token(old), 'unsupported-token');
    expect(readX509Token(old, { acceptX509v1: true }).certificate.fingerprint).to.equal(alice.certificate.fingerprint);
  });

  describe('with a path', () => {
    const issuer = readCertificate(authority.certificate);

    for (const [form, valueType] of [
      ['PKIPath', X509_PKI_PATH],
      ['PKCS7', X509_PKCS7],
    ] as const) {
      it(`is read as it was written: ${form}`, () => {
        const { root, ids } = parse(serialize(writePathToken('p', [alice.certificate, issuer], form)));
        const { certificate, path } = readX509Token(root);
        expect(certificate.fingerprint).to.equal(alice.certificate.fingerprint);
        expect(path.map(({ fingerprint }) => fingerprint)).to.deep.equal([
          alice.certificate.fingerprint,
          issuer.fingerprint,
        ]);
        expect(readBinarySecurityToken(root).fingerprint).to.equal(alice.certificate.fingerprint);
        expect(ids.get('p')).to.equal(root);
      });

      it(`is refused when it holds a certificate instead: ${form}`, () => {
        thrown(() => readX509Token(token(DER, `ValueType="${valueType}"`)), 'unsupported-token');
      });
    }

    it('is refused as a single certificate', () => {
      const path = writePkiPath([alice.certificate, issuer]).toString('base64');
      thrown(() => readX509Token(token(path)), 'unsupported-token');
    });

    it('is refused before it is decoded when it is too large', () => {
      thrown(() => readX509Token(token('A'.repeat(100_000), `ValueType="${X509_PKI_PATH}"`)), 'unsupported-token');
    });
  });

  it('is not supported in another encoding', () => {
    thrown(
      () => readBinarySecurityToken(token(DER, `ValueType="${X509_V3}" EncodingType="urn:hex"`)),
      'unsupported-token',
    );
  });

  it('is refused when it is not Base64', () => {
    thrown(() => readBinarySecurityToken(token('****')), 'security-header-invalid');
  });

  it('is not supported when it holds no certificate', () => {
    for (const content of ['', 'AAAA', DER.slice(0, 400), Buffer.alloc(800, 0x30).toString('base64')]) {
      thrown(() => readBinarySecurityToken(token(content)), 'unsupported-token');
    }
  });
});
