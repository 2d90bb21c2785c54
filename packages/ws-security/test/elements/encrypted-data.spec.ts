import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  DIGEST,
  KEY_TRANSPORT,
  KEY_WRAP,
  type KeyTransportAlgorithm,
  type KeyWrapAlgorithm,
  MGF,
} from '#src/algorithms/suites.js';
import {
  readEncryptedData,
  readEncryptedKey,
  readReferenceList,
  writeEncryptedData,
  writeEncryptedKey,
  writeReferenceList,
} from '#src/elements/encrypted-data.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import { DS, XENC, XENC_11 } from '#src/namespaces.js';
import { thrown, xml } from '../samples.js';

const METHOD = '<xenc:EncryptionMethod Algorithm="urn:e"/>';
const VALUE = '<xenc:CipherValue>AA\nAA</xenc:CipherValue>';
const CIPHER = `<xenc:CipherData>${VALUE}</xenc:CipherData>`;
const encrypted = (
  local: string,
  content: string,
  attributes = local === 'EncryptedData' ? `Type="${XENC}Content"` : '',
) => xml(`<xenc:${local} xmlns:xenc="${XENC}" xmlns:ds="${DS}" ${attributes}>${content}</xenc:${local}>`);
const keyReference = writeTokenReference({ kind: 'direct', uri: '#k' });

describe('xenc:EncryptedData', () => {
  for (const type of ['element', 'content'] as const) {
    it(`of Type ${type} is read as it was written`, () => {
      const written = writeEncryptedData({
        id: 'd',
        type,
        algorithm: 'urn:e',
        keyReference,
        octets: Buffer.from('xy'),
      });
      const { root, ids } = parse(serialize(written));
      const { keyReference: found, ...rest } = readEncryptedData(root);
      expect(rest).to.deep.equal({ type, algorithm: 'urn:e', octets: Buffer.from('xy') });
      expect(found?.local).to.equal('SecurityTokenReference');
      expect(ids.get('d')).to.equal(root);
    });
  }

  it('may leave its key to the EncryptedKey that refers to it', () => {
    expect(readEncryptedData(encrypted('EncryptedData', METHOD + CIPHER)).keyReference).to.equal(undefined);
  });

  it('may have its ciphertext in lines', () => {
    expect(readEncryptedData(encrypted('EncryptedData', METHOD + CIPHER)).octets.length).to.equal(3);
  });

  for (const attributes of ['', 'Type="urn:other"', `Type="${XENC}EncryptedKey"`]) {
    it(`is refused with ${attributes === '' ? 'no Type' : attributes}`, () => {
      thrown(
        () => readEncryptedData(encrypted('EncryptedData', METHOD + CIPHER, attributes)),
        'security-header-invalid',
      );
    });
  }

  const invalid: Record<string, string> = {
    'no EncryptionMethod': CIPHER,
    'an EncryptionMethod without Algorithm': `<xenc:EncryptionMethod/>${CIPHER}`,
    'no CipherData': METHOD,
    'two CipherData': METHOD + CIPHER + CIPHER,
    'an empty CipherData': `${METHOD}<xenc:CipherData/>`,
    'a CipherReference': `${METHOD}<xenc:CipherData><xenc:CipherReference URI="http://inside/"/></xenc:CipherData>`,
    'a CipherValue that is not Base64': METHOD + CIPHER.replace('AA\nAA', '<b/>*'),
  };
  for (const [what, content] of Object.entries(invalid)) {
    it(`is refused with ${what}`, () => {
      thrown(() => readEncryptedData(encrypted('EncryptedData', content)), 'security-header-invalid');
    });
  }
});

describe('xenc:EncryptedKey', () => {
  const octets = Buffer.from('key');
  const { rsa15, rsaOaepMgf1p, rsaOaep } = KEY_TRANSPORT;
  const none = { digest: undefined, mgf: undefined };
  const methods = [
    ...Object.values(DIGEST).map((digest) => ({ algorithm: rsaOaepMgf1p, digest, mgf: undefined })),
    ...Object.values(MGF).map((mgf) => ({ algorithm: rsaOaep, digest: DIGEST.sha256, mgf })),
    ...[rsa15, rsaOaepMgf1p, rsaOaep, ...Object.values(KEY_WRAP)].map((algorithm) => ({ algorithm, ...none })),
  ];

  for (const method of methods) {
    const parameters = Object.values(method).map((uri) => uri?.split('#')[1] ?? 'default');
    it(`is read as it was written (${parameters.join(', ')})`, () => {
      const { root, ids } = parse(
        serialize(writeEncryptedKey({ id: 'k', method, keyReference, octets, references: ['a', 'b'] })),
      );
      const { keyReference: found, ...rest } = readEncryptedKey(root);
      expect(rest).to.deep.equal({ method, octets, references: ['a', 'b'] });
      expect(found?.local).to.equal('SecurityTokenReference');
      expect(ids.get('k')).to.equal(root);
    });
  }

  it('has no ReferenceList when nothing is encrypted with it', () => {
    const written = writeEncryptedKey({
      id: 'k',
      method: { algorithm: rsa15 },
      keyReference,
      octets,
      references: [],
    });
    expect(serialize(written)).to.not.contain('ReferenceList');
    expect(readEncryptedKey(written).references).to.deep.equal([]);
  });

  it('has no MGF with rsa-oaep-mgf1p, and no parameters at all with RSA 1.5 and key wrap', () => {
    const all = { digest: DIGEST.sha256, mgf: MGF.mgf1Sha256 };
    const written = (algorithm: KeyTransportAlgorithm | KeyWrapAlgorithm) =>
      readEncryptedKey(
        writeEncryptedKey({ id: 'k', method: { algorithm, ...all }, keyReference, octets, references: [] }),
      ).method;
    expect(written(rsaOaepMgf1p)).to.deep.equal({ algorithm: rsaOaepMgf1p, ...all, mgf: undefined });
    for (const algorithm of [rsa15, KEY_WRAP.aes128]) expect(written(algorithm)).to.deep.equal({ algorithm, ...none });
  });

  const digestMethod = `<ds:DigestMethod Algorithm="${DIGEST.sha256}"/>`;
  const mgf = (algorithm: string) => `<xenc11:MGF xmlns:xenc11="${XENC_11}" Algorithm="${algorithm}"/>`;
  const withMethod = (algorithm: string, parameters: string) =>
    encrypted(
      'EncryptedKey',
      `<xenc:EncryptionMethod Algorithm="${algorithm}">${parameters}</xenc:EncryptionMethod>${CIPHER}`,
    );

  it('may name MGF1-SHA1 with rsa-oaep-mgf1p', () => {
    expect(readEncryptedKey(withMethod(rsaOaepMgf1p, mgf(MGF.mgf1Sha1))).method.mgf).to.equal(MGF.mgf1Sha1);
  });

  const refused: readonly (readonly [string, string, string, string?])[] = [
    ['another mask with rsa-oaep-mgf1p', rsaOaepMgf1p, mgf(MGF.mgf1Sha256)],
    ['a label', rsaOaepMgf1p, `<xenc:OAEPparams>AA==</xenc:OAEPparams>${digestMethod}`],
    ['an empty label', rsaOaep, '<xenc:OAEPparams/>'],
    ['two digests', rsaOaep, digestMethod + digestMethod, 'security-header-invalid'],
    ['two masks', rsaOaep, mgf(MGF.mgf1Sha1) + mgf(MGF.mgf1Sha256), 'security-header-invalid'],
    ['a digest without Algorithm', rsaOaep, '<ds:DigestMethod/>', 'security-header-invalid'],
    ['a mask without Algorithm', rsaOaep, `<xenc11:MGF xmlns:xenc11="${XENC_11}"/>`, 'security-header-invalid'],
    ['an MGF of another namespace', rsaOaep, `<xenc:MGF Algorithm="${MGF.mgf1Sha1}"/>`],
    ['an unknown parameter', rsaOaep, '<xenc:KeySize>2048</xenc:KeySize>'],
    ['a digest with RSA 1.5', rsa15, digestMethod],
    ['a mask with RSA 1.5', rsa15, mgf(MGF.mgf1Sha1)],
    ['a digest with key wrap', KEY_WRAP.aes128, digestMethod],
  ];
  for (const [what, algorithm, parameters, code = 'algorithm-not-allowed'] of refused) {
    it(`is refused with ${what}`, () => {
      thrown(() => readEncryptedKey(withMethod(algorithm, parameters)), code);
    });
  }

  for (const content of [METHOD, CIPHER, METHOD + CIPHER + CIPHER, METHOD + METHOD + CIPHER]) {
    it(`is refused with nothing but ${content.replace(/<\/?xenc:|\/?>|\s/g, ' ')}`, () => {
      thrown(() => readEncryptedKey(encrypted('EncryptedKey', content)), 'security-header-invalid');
    });
  }
});

describe('xenc:ReferenceList', () => {
  it('is read as it was written', () => {
    expect(readReferenceList(parse(serialize(writeReferenceList(['a', 'b']))).root)).to.deep.equal(['a', 'b']);
  });

  for (const content of [
    '<xenc:DataReference/>',
    '<xenc:DataReference URI=""/>',
    '<xenc:DataReference URI="#"/>',
    '<xenc:DataReference URI="http://elsewhere/#a"/>',
    '<xenc:KeyReference URI="#a"/>',
    '<DataReference URI="#a"/>',
  ]) {
    it(`is refused with ${content}`, () => {
      thrown(() => readReferenceList(encrypted('ReferenceList', content)), 'security-header-invalid');
    });
  }
});
