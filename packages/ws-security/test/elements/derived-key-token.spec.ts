import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  DERIVATION_LIMITS,
  deriveKey,
  readDerivedKeyToken,
  writeDerivedKeyToken,
} from '#src/elements/derived-key-token.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import { WSC_13, WSC_2005, WSSE } from '#src/namespaces.js';
import { context, thrown, xml } from '../samples.js';

const NONCE = '<w:Nonce>AAECAwQFBgcICQoLDA0ODw==</w:Nonce>';
const REFERENCE = `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#s"/></wsse:SecurityTokenReference>`;
const token = (content: string, attributes = '') =>
  xml(`<w:DerivedKeyToken xmlns:w="${WSC_13}" ${attributes}>${content}</w:DerivedKeyToken>`);
const read = (content: string, attributes?: string) => readDerivedKeyToken(token(content, attributes));
const nonce = (octets: number) => `<w:Nonce>${Buffer.alloc(octets, 1).toString('base64')}</w:Nonce>`;

describe('wsc:DerivedKeyToken', () => {
  for (const version of ['1.3', '2005'] as const) {
    it(`of ${version} is read as it was written`, () => {
      const source = writeTokenReference({ kind: 'direct', uri: '#s' });
      const octets = Buffer.alloc(16, 9);
      const { root, ids } = parse(
        serialize(writeDerivedKeyToken({ version, id: 'k', source, length: 24, nonce: octets })),
      );
      const { source: found, ...rest } = readDerivedKeyToken(root);
      expect(rest).to.deep.equal({
        version,
        label: undefined,
        nonce: octets,
        offset: 0,
        length: 24,
        properties: undefined,
      });
      expect(found?.local).to.equal('SecurityTokenReference');
      expect(ids.get('k')).to.equal(root);
    });
  }

  it('is written in the order and with the children that every stack reads', () => {
    const source = writeTokenReference({ kind: 'direct', uri: '#s' });
    const written = writeDerivedKeyToken({ version: '1.3', id: 'k', source, length: 24, nonce: Buffer.alloc(16) });
    expect(
      written.children.map((node) => (typeof node === 'object' && node.kind === 'element' ? node.local : node)),
    ).to.deep.equal(['SecurityTokenReference', 'Offset', 'Length', 'Nonce']);
  });

  it('has Length 32 and Offset 0 when it does not say', () => {
    const { source, ...rest } = read(NONCE);
    expect(source).to.equal(undefined);
    expect(rest).to.deep.include({ offset: 0, length: 32, label: undefined, properties: undefined });
  });

  it('has its Offset at Generation × Length (SC13-7-5)', () => {
    expect(read(`<w:Generation>3</w:Generation><w:Length>24</w:Length>${NONCE}`).offset).to.equal(72);
    expect(read(`<w:Generation>2</w:Generation>${NONCE}`).offset).to.equal(64);
    expect(read(`<w:Generation>0</w:Generation>${NONCE}`).offset).to.equal(0);
  });

  it('keeps a Label as it is, an empty one too', () => {
    expect(read(`<w:Label> mine </w:Label>${NONCE}`).label).to.equal(' mine ');
    expect(read(`<w:Label/>${NONCE}`).label).to.equal('');
  });

  it('takes its children in any order', () => {
    const result = read(`${NONCE}<w:Length>16</w:Length><w:Offset>4</w:Offset>${REFERENCE}`);
    expect([result.offset, result.length, result.source?.local]).to.deep.equal([4, 16, 'SecurityTokenReference']);
  });

  for (const attributes of [
    `Algorithm="${WSC_13}/dk/p_sha1"`,
    `w:Algorithm="${WSC_13}/dk/p_sha1"`,
    `Algorithm="${WSC_2005}/dk/p_sha1"`,
    `xmlns:o="${WSC_2005}" o:Algorithm="${WSC_2005}/dk/p_sha1"`,
  ]) {
    it(`may name P_SHA1 (${attributes.slice(0, 30)}…)`, () => {
      expect(read(NONCE, attributes).length).to.equal(32);
    });
  }

  for (const attributes of ['Algorithm="urn:other"', 'w:Algorithm="urn:other"', 'Algorithm=""']) {
    it(`is refused with ${attributes} (SC13-7-6)`, () => {
      thrown(() => read(NONCE, attributes), 'algorithm-not-allowed');
    });
  }

  const limits = DERIVATION_LIMITS;
  const boundaries: readonly (readonly [string, string, boolean])[] = [
    ['a Length of the least octets', `<w:Length>${limits.minLength}</w:Length>${NONCE}`, true],
    ['a Length of less', `<w:Length>${limits.minLength - 1}</w:Length>${NONCE}`, false],
    ['a Length of the most octets', `<w:Length>${limits.maxLength}</w:Length>${NONCE}`, true],
    ['a Length of more', `<w:Length>${limits.maxLength + 1}</w:Length>${NONCE}`, false],
    ['a Length of 0', `<w:Length>0</w:Length>${NONCE}`, false],
    ['the greatest Offset', `<w:Offset>${limits.maxOffset}</w:Offset>${NONCE}`, true],
    ['a greater Offset', `<w:Offset>${limits.maxOffset + 1}</w:Offset>${NONCE}`, false],
    ['the greatest Generation', `<w:Generation>${limits.maxOffset / 32}</w:Generation>${NONCE}`, true],
    ['a greater Generation', `<w:Generation>${limits.maxOffset / 32 + 1}</w:Generation>${NONCE}`, false],
    ['the greatest Generation that is a number', `<w:Generation>999999999</w:Generation>${NONCE}`, false],
    ['the shortest Nonce', nonce(limits.minNonce), true],
    ['a shorter Nonce', nonce(limits.minNonce - 1), false],
    ['an empty Nonce', '<w:Nonce/>', false],
    ['the longest Nonce', nonce(limits.maxNonce), true],
    ['a longer Nonce', nonce(limits.maxNonce + 1), false],
    ['the longest Label', `<w:Label>${'x'.repeat(limits.maxLabel)}</w:Label>${NONCE}`, true],
    ['a longer Label', `<w:Label>${'x'.repeat(limits.maxLabel + 1)}</w:Label>${NONCE}`, false],
  ];
  for (const [what, content, accepted] of boundaries) {
    it(`is ${accepted ? 'accepted' : 'refused'} with ${what}`, () => {
      if (accepted) expect(read(content).version).to.equal('1.3');
      else thrown(() => read(content), 'security-header-invalid');
    });
  }

  const invalid: Record<string, string> = {
    'two Nonces': NONCE + NONCE,
    'two Lengths': `<w:Length>32</w:Length><w:Length>16</w:Length>${NONCE}`,
    'two Offsets': `<w:Offset>0</w:Offset><w:Offset>1</w:Offset>${NONCE}`,
    'two Labels': `<w:Label>a</w:Label><w:Label>a</w:Label>${NONCE}`,
    'two references': REFERENCE + REFERENCE + NONCE,
    'both Generation and Offset': `<w:Generation>0</w:Generation><w:Offset>0</w:Offset>${NONCE}`,
    'a child that is not known': `<w:Salt>1</w:Salt>${NONCE}`,
    'a child of another version': `<o:Length xmlns:o="${WSC_2005}">16</o:Length>${NONCE}`,
    'a child of no namespace': `<Length>16</Length>${NONCE}`,
    'a negative Offset': `<w:Offset>-1</w:Offset>${NONCE}`,
    'a Length with a fraction': `<w:Length>16.5</w:Length>${NONCE}`,
    'a Length in hexadecimal': `<w:Length>0x20</w:Length>${NONCE}`,
    'an empty Length': `<w:Length/>${NONCE}`,
    'a Length of twenty digits': `<w:Length>00000000000000000032</w:Length>${NONCE}`,
    'a Nonce that is not Base64': '<w:Nonce>not base64!</w:Nonce>',
  };
  for (const [what, content] of Object.entries(invalid)) {
    it(`is refused with ${what}`, () => {
      thrown(() => read(content), 'security-header-invalid');
    });
  }

  it('may have Properties, for the keys that are derived from it (SC13-7-9)', () => {
    const label = '<w:Label>l</w:Label>';
    const { properties } = read(`<w:Properties><w:Name>urn:n</w:Name>${label}${NONCE}</w:Properties>${NONCE}`);
    expect(properties).to.deep.include({ name: 'urn:n', label: 'l' });
    expect(properties?.nonce).to.have.length(16);
    thrown(() => read(`<w:Properties>${label}${label}</w:Properties>${NONCE}`), 'security-header-invalid');
  });

  it('is not one of an unknown version', () => {
    thrown(() => readDerivedKeyToken(xml('<DerivedKeyToken/>')), 'unsupported-token');
  });

  it('yields the octets from Offset on, of the stream of its Label and Nonce', () => {
    const whole = { label: 'l', nonce: Buffer.alloc(16), offset: 0, length: 64 };
    const stream = deriveKey(context.secret, whole);
    expect(deriveKey(context.secret, { ...whole, offset: 10, length: 20 })).to.deep.equal(stream.subarray(10, 30));
    for (const other of [{ label: 'L' }, { nonce: Buffer.alloc(16, 1) }]) {
      expect(deriveKey(context.secret, { ...whole, ...other }).equals(stream)).to.equal(false);
    }
  });
});
