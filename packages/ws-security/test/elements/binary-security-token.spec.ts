import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { readBinarySecurityToken, writeBinarySecurityToken } from '#src/elements/binary-security-token.js';
import { BASE64_BINARY, WSSE, X509_V3 } from '#src/namespaces.js';
import { alice, thrown, xml } from '../samples.js';

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

  it('is not supported with another ValueType, or none', () => {
    thrown(
      () => readBinarySecurityToken(token(DER, `ValueType="${X509_V3.replace('v3', 'PKIPathv1')}"`)),
      'unsupported-token',
    );
    thrown(() => readBinarySecurityToken(token(DER, '')), 'unsupported-token');
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
