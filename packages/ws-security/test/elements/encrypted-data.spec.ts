import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  readEncryptedData,
  readEncryptedKey,
  readReferenceList,
  writeEncryptedData,
  writeEncryptedKey,
  writeReferenceList,
} from '#src/elements/encrypted-data.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import { DS, XENC } from '#src/namespaces.js';
import { thrown, xml } from '../samples.js';

const METHOD = '<xenc:EncryptionMethod Algorithm="urn:e"/>';
const VALUE = '<xenc:CipherValue>AA\nAA</xenc:CipherValue>';
const CIPHER = `<xenc:CipherData>${VALUE}</xenc:CipherData>`;
const encrypted = (local: string, content: string, attributes = `Type="${XENC}Content"`) =>
  xml(`<xenc:${local} xmlns:xenc="${XENC}" xmlns:ds="${DS}" ${attributes}>${content}</xenc:${local}>`);
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
  it('is read as it was written', () => {
    const octets = Buffer.from('key');
    const written = writeEncryptedKey({
      id: 'k',
      algorithm: 'urn:t',
      digest: 'urn:d',
      keyReference,
      octets,
      references: ['a', 'b'],
    });
    const { root, ids } = parse(serialize(written));
    const { keyReference: found, ...rest } = readEncryptedKey(root);
    expect(rest).to.deep.equal({ algorithm: 'urn:t', digest: 'urn:d', octets, references: ['a', 'b'] });
    expect(found?.local).to.equal('SecurityTokenReference');
    expect(ids.get('k')).to.equal(root);
  });

  it('has no ReferenceList when nothing is encrypted with it', () => {
    const written = writeEncryptedKey({
      id: 'k',
      algorithm: 'urn:t',
      digest: 'urn:d',
      keyReference,
      octets: Buffer.from('key'),
      references: [],
    });
    expect(serialize(written)).to.not.contain('ReferenceList');
    expect(readEncryptedKey(written).references).to.deep.equal([]);
  });

  it('need not name a digest', () => {
    expect(readEncryptedKey(encrypted('EncryptedKey', METHOD + CIPHER)).digest).to.equal(undefined);
  });

  for (const content of [METHOD, CIPHER, METHOD + CIPHER + CIPHER]) {
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
