import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { DIGEST, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { CANONICALIZATION } from '#src/canonical/canonicalize.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import { readSignature, writeSignature, writeSignedInfo } from '#src/elements/signature.js';
import { DS, EC } from '#src/namespaces.js';
import { thrown, xml } from '../samples.js';

const EXCLUSIVE = CANONICALIZATION.exclusive;
const METHOD = `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"/><ds:SignatureMethod Algorithm="urn:s"/>`;
const TRANSFORMS = `<ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE}"/></ds:Transforms>`;
const DIGESTS = '<ds:DigestMethod Algorithm="urn:d"/><ds:DigestValue>AAAA</ds:DigestValue>';
const REFERENCE = `<ds:Reference URI="#a">${TRANSFORMS}${DIGESTS}</ds:Reference>`;
const VALUE = '<ds:SignatureValue>AAAA</ds:SignatureValue>';
const KEY_INFO = '<ds:KeyInfo><key/></ds:KeyInfo>';
const signature = (signedInfo: string, rest = VALUE + KEY_INFO) =>
  xml(
    `<ds:Signature xmlns:ds="${DS}" xmlns:ec="${EC}"><ds:SignedInfo>${signedInfo}</ds:SignedInfo>${rest}</ds:Signature>`,
  );

describe('ds:Signature', () => {
  it('is read as it was written', () => {
    const references = ['a', 'b'].map((id) => ({
      id,
      dereferences: false,
      digestAlgorithm: DIGEST.sha1,
      digest: Buffer.from(id),
    }));
    const signedInfo = writeSignedInfo(SYMMETRIC_SIGNATURE.hmacSha1, references, EXCLUSIVE);
    const reference = writeTokenReference({ kind: 'direct', uri: '#k' });
    const { root, ids } = parse(serialize(writeSignature('s', signedInfo, Buffer.from('value'), reference)));
    const { signedInfo: _, keyReference, references: read, ...rest } = readSignature(root);
    expect(rest).to.deep.equal({
      canonicalization: EXCLUSIVE,
      prefixes: [],
      algorithm: SYMMETRIC_SIGNATURE.hmacSha1,
      value: Buffer.from('value'),
    });
    expect(read).to.deep.equal(references.map((each) => ({ ...each, transform: EXCLUSIVE, prefixes: [] })));
    expect(keyReference.local).to.equal('SecurityTokenReference');
    expect(ids.get('s')).to.equal(root);
  });

  it('may have PrefixLists, with or without a prefix of their own', () => {
    const list = (prefixes: string) => `<InclusiveNamespaces xmlns="${EC}" PrefixList="${prefixes}"/>`;
    const read = readSignature(
      signature(
        METHOD.replace('/>', `>${list('s wsse')}</ds:CanonicalizationMethod>`) +
          REFERENCE.replace(
            TRANSFORMS,
            TRANSFORMS.replace('"/>', `"><ec:InclusiveNamespaces PrefixList=" #default\n a "/></ds:Transform>`),
          ),
      ),
    );
    expect(read.prefixes).to.deep.equal(['s', 'wsse']);
    expect(read.references[0]?.prefixes).to.deep.equal(['#default', 'a']);
  });

  it('may have its SignatureValue in lines', () => {
    expect(
      readSignature(signature(METHOD + REFERENCE, `<ds:SignatureValue>AA\nAA\n</ds:SignatureValue>${KEY_INFO}`)).value
        .length,
    ).to.equal(3);
  });

  const inSignedInfo: Record<string, string> = {
    'signs nothing': METHOD,
    'has two CanonicalizationMethods':
      METHOD.replace('<ds:SignatureMethod', `<ds:CanonicalizationMethod Algorithm="urn:c"/><ds:SignatureMethod`) +
      REFERENCE,
    'has no SignatureMethod': METHOD.replace(/<ds:SignatureMethod[^>]*>/, '') + REFERENCE,
    'has two SignatureMethods': `${METHOD}<ds:SignatureMethod Algorithm="urn:t"/>${REFERENCE}`,
    'names no signature algorithm': METHOD.replace(' Algorithm="urn:s"', '') + REFERENCE,
    'names no canonicalization': METHOD.replace(` Algorithm="${EXCLUSIVE}"`, '') + REFERENCE,
    'has something unknown in SignedInfo': `${METHOD}${REFERENCE}<ds:Object/>`,
    'has a Reference without URI': METHOD + REFERENCE.replace(' URI="#a"', ''),
    'has a Reference to the whole document': METHOD + REFERENCE.replace('#a', ''),
    'has a Reference to another document': METHOD + REFERENCE.replace('#a', 'http://elsewhere/#a'),
    'has a Reference to #': METHOD + REFERENCE.replace('#a', '#'),
    'has a Reference by XPointer': METHOD + REFERENCE.replace('#a', "#xpointer(id('a'))"),
    'has a Reference without Transforms (BSP R5416)': METHOD + REFERENCE.replace(TRANSFORMS, ''),
    'has a Reference without DigestMethod': METHOD + REFERENCE.replace(/<ds:DigestMethod[^>]*>/, ''),
    'has a Reference with two DigestValues':
      METHOD + REFERENCE.replace('<ds:DigestValue>', '<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>'),
    'has a DigestValue that is not Base64': METHOD + REFERENCE.replace('>AAAA<', '>*<'),
    'has a transform with unknown parameters':
      METHOD +
      REFERENCE.replace(`Algorithm="${EXCLUSIVE}"/>`, `Algorithm="${EXCLUSIVE}"><ds:XPath>1</ds:XPath></ds:Transform>`),
    'has two PrefixLists':
      METHOD +
      REFERENCE.replace(
        `Algorithm="${EXCLUSIVE}"/>`,
        `Algorithm="${EXCLUSIVE}"><ec:InclusiveNamespaces PrefixList="a"/><ec:InclusiveNamespaces PrefixList="b"/></ds:Transform>`,
      ),
    'has a PrefixList of a thousand prefixes':
      METHOD +
      REFERENCE.replace(
        `Algorithm="${EXCLUSIVE}"/>`,
        `Algorithm="${EXCLUSIVE}"><ec:InclusiveNamespaces PrefixList="${'a '.repeat(1000)}"/></ds:Transform>`,
      ),
    'has 10,000 references': METHOD + REFERENCE.repeat(10_000),
  };
  for (const [what, content] of Object.entries(inSignedInfo)) {
    it(`is refused when it ${what}`, () => {
      thrown(() => readSignature(signature(content)), 'security-header-invalid');
    });
  }

  const beside: Record<string, string> = {
    'has no SignatureValue': KEY_INFO,
    'has two SignatureValues': VALUE + VALUE + KEY_INFO,
    'has no KeyInfo': VALUE,
    'has an empty KeyInfo': `${VALUE}<ds:KeyInfo/>`,
    'has a KeyInfo with two keys (BSP R5402)': `${VALUE}<ds:KeyInfo><key/><key/></ds:KeyInfo>`,
    'has two KeyInfos': VALUE + KEY_INFO + KEY_INFO,
    'has two SignedInfos': `<ds:SignedInfo>${METHOD}${REFERENCE}</ds:SignedInfo>${VALUE}${KEY_INFO}`,
    'has a SignatureValue that is not Base64': `<ds:SignatureValue>?</ds:SignatureValue>${KEY_INFO}`,
  };
  for (const [what, rest] of Object.entries(beside)) {
    it(`is refused when it ${what}`, () => {
      thrown(() => readSignature(signature(METHOD + REFERENCE, rest)), 'security-header-invalid');
    });
  }

  const transform = (algorithm: string) => `<ds:Transform Algorithm="${algorithm}"/>`;
  const notAllowed: Record<string, string> = {
    'has an HMACOutputLength':
      METHOD.replace('"urn:s"/>', '"urn:s"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>') +
      REFERENCE,
    'has a Reference with empty Transforms': METHOD + REFERENCE.replace(TRANSFORMS, '<ds:Transforms/>'),
    'has a Reference with two transforms':
      METHOD + REFERENCE.replace(TRANSFORMS, `<ds:Transforms>${transform(EXCLUSIVE).repeat(2)}</ds:Transforms>`),
    'has an enveloped-signature transform before the other':
      METHOD +
      REFERENCE.replace(
        TRANSFORMS,
        `<ds:Transforms>${transform(`${DS}enveloped-signature`)}${transform(EXCLUSIVE)}</ds:Transforms>`,
      ),
    'has something else than a transform':
      METHOD + REFERENCE.replace(TRANSFORMS, '<ds:Transforms><ds:XPath/></ds:Transforms>'),
  };
  for (const [what, content] of Object.entries(notAllowed)) {
    it(`is not allowed when it ${what}`, () => {
      thrown(() => readSignature(signature(content)), 'algorithm-not-allowed');
    });
  }
});
