import { CMSVersion, ContentInfo, id_data, id_signedData, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { expect } from 'chai';
import type { Certificate } from '#src/x509/certificate.js';
import {
  type CertificatePath,
  MAX_PATH_OCTETS,
  ordered,
  readPkcs7,
  readPkiPath,
  writePkcs7,
  writePkiPath,
} from '#src/x509/certificate-path.js';
import { octets, thrown } from '../samples.js';
import { certify, holder } from './issuing.js';

const root = holder('root');
const middle = holder('middle');
const end = holder('end');
const other = holder('other');
const rootCertificate = certify(root, root, { isAuthority: true });
const middleCertificate = certify(middle, root, { isAuthority: true });
const endCertificate = certify(end, middle);
const otherCertificate = certify(other, root);
const path: CertificatePath = [endCertificate, middleCertificate, rootCertificate];

const fingerprints = (of: readonly Certificate[]) => of.map(({ fingerprint }) => fingerprint);
const refused = (call: () => unknown) => thrown(call, 'unsupported-token');

describe('a certificate path (X.509 Token Profile 1.1 §3.1)', () => {
  for (const [name, read, write] of [
    ['PKIPath', readPkiPath, writePkiPath],
    ['PKCS#7', readPkcs7, writePkcs7],
  ] as const) {
    describe(`as ${name}`, () => {
      it('is read as it was written, the end entity first', () => {
        expect(fingerprints(read(write(path)))).to.deep.equal(fingerprints(path));
        expect(fingerprints(read(write([endCertificate])))).to.deep.equal(fingerprints([endCertificate]));
      });

      it('keeps the octets of its certificates', () => {
        for (const [at, certificate] of read(write(path)).entries()) {
          expect(certificate.raw).to.deep.equal(path[at]?.raw);
        }
      });

      it('is refused when it is empty, cut short or something else', () => {
        const whole = write(path);
        for (const bad of [
          Buffer.alloc(0),
          Buffer.of(0x30, 0),
          Buffer.of(0x30, 0x80),
          endCertificate.raw,
          whole.subarray(0, 100),
          whole.subarray(0, -1),
          Buffer.from(octets(9)(500)),
        ]) {
          refused(() => read(bad));
        }
      });

      it('is refused with a certificate twice', () => {
        refused(() => read(write([endCertificate, middleCertificate, middleCertificate])));
      });

      it('is refused when it is too long, and before it is parsed when it is too large', () => {
        const many = Array.from({ length: 11 }, () => certify(end, middle));
        refused(() => read(write([endCertificate, ...many])));
        refused(() => read(Buffer.alloc(MAX_PATH_OCTETS + 1)));
      });

      it('is refused when it is nested deeply', () => {
        let nested = Buffer.of(0x05, 0x00);
        for (let depth = 0; depth < 10_000; depth++) {
          const { length } = nested;
          const header = length < 128 ? [0x30, length] : [0x30, 0x82, length >> 8, length & 0xff];
          nested = Buffer.concat([Buffer.from(header), nested]);
        }
        refused(() => read(nested));
      });

      it('is refused with any octet of its frame changed, or read as a path', () => {
        const whole = write([endCertificate]);
        for (let at = 0; at < 40; at++) {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at] as number) ^ 0x41;
          try {
            expect(read(changed).length).to.equal(1);
          } catch (error) {
            expect((error as { code?: string }).code).to.equal('unsupported-token');
          }
        }
      });
    });
  }

  it('is refused as a PKIPath when one certificate does not follow from another', () => {
    refused(() => readPkiPath(writePkiPath([endCertificate, rootCertificate])));
    refused(() => readPkiPath(writePkiPath([rootCertificate, middleCertificate, endCertificate])));
  });

  it('is put in order as PKCS#7, whose order means nothing', () => {
    for (const shuffled of [
      [rootCertificate, middleCertificate, endCertificate],
      [middleCertificate, endCertificate, rootCertificate],
      [rootCertificate, endCertificate, middleCertificate],
    ] as const) {
      expect(fingerprints(readPkcs7(writePkcs7(shuffled)))).to.deep.equal(fingerprints(path));
    }
  });

  it('is refused as PKCS#7 when more than one certificate could be the end entity’s', () => {
    refused(() => readPkcs7(writePkcs7([endCertificate, middleCertificate, otherCertificate])));
  });

  it('is refused as PKCS#7 when authorities have issued each other and nobody else', () => {
    const a = certify(root, middle, { isAuthority: true });
    refused(() => readPkcs7(writePkcs7([a, middleCertificate])));
  });

  it('is refused as a ContentInfo that is not SignedData, or holds no certificate', () => {
    const content = AsnConvert.serialize(new SignedData({ version: CMSVersion.v1 }));
    for (const contentType of [id_data, id_signedData]) {
      refused(() => readPkcs7(Buffer.from(AsnConvert.serialize(new ContentInfo({ contentType, content })))));
    }
  });

  it('puts what does not fit at the end', () => {
    const second = certify(middle, root, { isAuthority: true });
    const [first, ...others] = ordered([rootCertificate, second, middleCertificate, endCertificate], 'test');
    expect(first.fingerprint).to.equal(endCertificate.fingerprint);
    expect(others.length).to.equal(3);
  });
});
