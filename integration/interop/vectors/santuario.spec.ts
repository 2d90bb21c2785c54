import { createHash } from 'node:crypto';
import { attribute, elements, parse, text, type XmlElement } from '@holdfast/soap';
import { CANONICALIZATION, type CanonicalizationAlgorithm, canonicalize } from '@holdfast/ws-security';
import { expect } from 'chai';
import { refusal, shared, sharedFiles, sharedText } from './kit.js';

const C14N = 'vectors/santuario/org/apache/xml/security/c14n';
const MERLIN = 'vectors/santuario/ie/baltimore/merlin-examples/merlin-exc-c14n-one';

/** The first element with this local name, in document order. */
function found(root: XmlElement, local: string): XmlElement {
  const search = (of: XmlElement): XmlElement | undefined => {
    if (of.local === local) return of;
    for (const inner of elements(of)) {
      const result = search(inner);
      if (result !== undefined) return result;
    }
    return undefined;
  };
  return search(root) ?? expect.fail(`no ${local}`);
}

describe("Santuario's examples of canonical XML", () => {
  const cases: readonly (readonly [string, string, CanonicalizationAlgorithm, string])[] = [
    ['in/32_input.xml', 'doc', CANONICALIZATION.inclusive, 'in/32_c14n.xml'],
    [
      'in/default_ns_redefinition_input.xml',
      'Object',
      CANONICALIZATION.inclusive,
      'in/default_ns_redefinition_c14n.xml',
    ],
    ['inExcl/example2_2_1.xml', 'elem2', CANONICALIZATION.inclusive, 'inExcl/example2_2_1_c14nized.xml'],
    ['inExcl/example2_2_2.xml', 'elem2', CANONICALIZATION.inclusive, 'inExcl/example2_2_2_c14nized.xml'],
    ['inExcl/example2_2_1.xml', 'elem2', CANONICALIZATION.exclusive, 'inExcl/example2_2_c14nized_exclusive.xml'],
    ['inExcl/example2_2_2.xml', 'elem2', CANONICALIZATION.exclusive, 'inExcl/example2_2_c14nized_exclusive.xml'],
    ['inExcl/example2_4.xml', 'elem2', CANONICALIZATION.exclusive, 'inExcl/example2_4_c14nized.xml'],
    ['inExcl/plain-soap-1.1.xml', 'Body', CANONICALIZATION.exclusive, 'inExcl/plain-soap-c14nized.xml'],
  ];
  for (const [input, local, algorithm, output] of cases) {
    it(`${input} → ${output}`, () => {
      const element = found(parse(shared(`${C14N}/${input}`)).root, local);
      expect(canonicalize(element, algorithm)).to.equal(sharedText(`${C14N}/${output}`));
    });
  }

  /** Why the others are not tried: SOAP has no DOCTYPE and no processing instruction, and messages are in UTF-8 or UTF-16. */
  const outOfScope: Record<string, readonly string[]> = {
    'forbidden-xml': [
      'in/31_input.xml',
      'in/33_input.xml',
      'in/34_input.xml',
      'in/34_input_validatingParser.xml',
      'in/35_input.xml',
      'in/37_input.xml',
      'in/38_input.xml',
      'inExcl/example2_2_3.xml',
    ],
    'unsupported-encoding': ['in/36_input.xml'],
  };
  for (const [code, files] of Object.entries(outOfScope)) {
    for (const file of files) {
      it(`${file} is refused (${code})`, () => {
        expect(refusal(() => parse(shared(`${C14N}/${file}`)))).to.equal(code);
      });
    }
  }

  it('are all of them accounted for', () => {
    const inputs = ['in', 'inExcl'].flatMap((folder) =>
      sharedFiles(`${C14N}/${folder}`)
        .filter((file) => /input.*\.xml$|^example\d_\d(_\d)?\.xml$|^plain-soap-1\.1/.test(file))
        .map((file) => `${folder}/${file}`),
    );
    const known = [...cases.map(([input]) => input), ...Object.values(outOfScope).flat()];
    expect(inputs.filter((file) => !known.includes(file))).to.deep.equal([]);
  });
});

describe("Merlin's exclusive canonical XML", () => {
  const { root } = parse(shared(`${MERLIN}/exc-signature.xml`));
  const signedInfo = found(root, 'SignedInfo');
  const references = elements(signedInfo).filter((part) => part.local === 'Reference');

  for (const [at, reference] of references.entries()) {
    const transform = found(reference, 'Transform');
    const algorithm = attribute(transform, 'Algorithm') as CanonicalizationAlgorithm;
    const [list] = elements(transform);
    const prefixes = list === undefined ? [] : (attribute(list, 'PrefixList') ?? '').split(' ');
    it(`${algorithm.replace(/.*\/xml-/, '')} ${prefixes.join(' ')} (c14n-${at}.txt and its digest)`, () => {
      const octets = canonicalize(found(root, 'Object'), algorithm, prefixes);
      expect(octets).to.equal(sharedText(`${MERLIN}/c14n-${at}.txt`));
      expect(createHash('sha1').update(octets).digest('base64')).to.equal(text(found(reference, 'DigestValue')));
    });
  }

  it('of SignedInfo (c14n-4.txt)', () => {
    expect(canonicalize(signedInfo)).to.equal(sharedText(`${MERLIN}/c14n-4.txt`));
  });
});
