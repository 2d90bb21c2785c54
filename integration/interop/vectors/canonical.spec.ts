import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  elements,
  HoldfastError,
  isNamed,
  parse,
  withChildren,
  XML_NAMESPACE,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import {
  CANONICALIZATION,
  type CanonicalizationAlgorithm,
  canonicalize,
  canonicalizeDocument,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { sharedPath } from '../shared.js';
import { generatedDocument, generatedPrefixes, NAMESPACES } from './generated.js';
import { type Judge, startJudge } from './judge.js';
import { xmlsec } from './xmlsec.js';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const DOCUMENTS = Number(process.env['C14N_DOCUMENTS'] ?? 5_000);
const DIGESTED = Math.ceil(DOCUMENTS / 10);
/** Questions on their way to the judge at a time. */
const AT_A_TIME = 250;

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** As xmlsec1 prints it. */
const DIGESTED_OCTETS = /PreDigest data - start buffer:\n([\s\S]*?)\n== PreDigest data - end buffer/g;
const ALGORITHMS = Object.values(CANONICALIZATION);

/** One canonical form: of the whole document, or of its nth element in document order. */
interface Question {
  readonly xml: string;
  readonly document: XmlDocument;
  readonly algorithm: CanonicalizationAlgorithm;
  readonly prefixes: readonly string[];
  readonly apex: number | undefined;
}

describe("our canonical XML is the judge's", () => {
  let judge: Judge;
  before(async () => {
    judge = await startJudge();
  });
  after(() => judge.stop());

  /** @returns how many the judge has an answer to */
  async function compare(questions: readonly Question[]): Promise<number> {
    const compared = questions.map(async ({ xml, document, algorithm, prefixes, apex }) => {
      const answer = await judge.ask({
        op: 'canonicalize',
        xml,
        algorithm,
        prefixes,
        ...(apex === undefined ? {} : { xpath: `(//*)[${apex + 1}]` }),
      });
      // Canonical XML leaves such names to nobody; we write them as they are, and so do others than the judge.
      if (answer.error?.includes('has a relative namespace')) return false;
      const what = `${algorithm} [${prefixes.join(' ')}] of ${apex ?? 'the document'} in ${JSON.stringify(xml)}`;
      expect(answer.ok, `${answer.error} for ${what}`).to.equal(true);
      const theirs = Buffer.from(answer.octets ?? '', 'base64').toString('utf8');
      const ours =
        apex === undefined
          ? canonicalizeDocument(document, algorithm, prefixes)
          : canonicalize(nth(document.root, apex), algorithm, prefixes);
      expect(ours, what).to.equal(theirs);
      return true;
    });
    return (await Promise.all(compared)).filter((done) => done).length;
  }

  it(`for ${DOCUMENTS} generated documents, whole and by element, by all four methods (SEED=${SEED})`, async function () {
    this.timeout(600_000);
    const random = seededRandom(SEED);
    let questions: Question[] = [];
    for (let count = 0; count < DOCUMENTS; count++) {
      const { xml, elements: size } = generatedDocument(random);
      const document = parse(xml);
      for (const algorithm of ALGORITHMS) {
        const prefixes = () => (isExclusive(algorithm) ? generatedPrefixes(random) : []);
        if (!isCutShort(document)) questions.push({ xml, document, algorithm, prefixes: prefixes(), apex: undefined });
        const apex = Math.floor(random() * size);
        if (isExclusive(algorithm) || !inheritsFromTwo(document.root, apex))
          questions.push({ xml, document, algorithm, prefixes: prefixes(), apex });
      }
      if (questions.length >= AT_A_TIME || count === DOCUMENTS - 1) {
        expect(await compare(questions)).to.equal(questions.length);
        questions = [];
      }
    }
  });

  it('for every vector that a SOAP node may read, whole and by element', async function () {
    this.timeout(600_000);
    const random = seededRandom(SEED);
    let compared = 0;
    for (const file of xmlFiles(sharedPath('vectors'))) {
      const xml = readFileSync(file, 'utf8');
      const document = acceptable(xml);
      if (document === undefined) continue;
      const size = count(document.root);
      const apexes = [undefined, 0, ...Array.from({ length: 5 }, () => Math.floor(random() * size))];
      compared += await compare(
        ALGORITHMS.flatMap((algorithm) =>
          apexes
            .filter((apex) => isExclusive(algorithm) || apex === undefined || !inheritsFromTwo(document.root, apex))
            .map((apex) => ({ xml, document, algorithm, prefixes: [], apex })),
        ),
      );
    }
    expect(compared).to.be.greaterThan(10_000);
  });
});

describe("our canonical XML is libxml2's", () => {
  it(`for ${DIGESTED} generated documents, whole and by element, by all four methods (SEED=${SEED})`, function () {
    this.timeout(600_000);
    const random = seededRandom(SEED);
    // It writes a namespace with an ampersand as it found it.
    const namespaces = NAMESPACES.filter((namespace) => !namespace.includes('&'));
    let compared = 0;
    for (let count = 0; count < DIGESTED; count++) {
      const { root } = generatedDocument(random, namespaces);
      const ids = [...parse(root).ids.keys()].slice(0, 5);
      const wanted = [undefined, ...ids].flatMap((id) =>
        ALGORITHMS.map((algorithm) => ({
          id,
          algorithm,
          prefixes: isExclusive(algorithm) ? generatedPrefixes(random) : [],
        })),
      );
      const template =
        `<!--before--><w:W xmlns:w="urn:w" xmlns:unused="urn:u" xml:lang="de">${root}<Signature xmlns="${DS}"><SignedInfo>` +
        `<CanonicalizationMethod Algorithm="${CANONICALIZATION.exclusive}"/><SignatureMethod Algorithm="${DS}hmac-sha1"/>` +
        wanted.map((one) => digestOf(one)).join('') +
        '</SignedInfo><SignatureValue/></Signature></w:W><!--behind-->';
      const { ok, output, error } = xmlsec(
        '--sign',
        ['--store-references', '--print-debug', '--hmackey', Buffer.from('key')],
        template,
      );
      expect(ok, `${error} for ${template}`).to.equal(true);
      const document = parse(template);
      const theirs = [...output.matchAll(DIGESTED_OCTETS)].map((found) => found[1]);
      expect(theirs.length).to.equal(wanted.length);
      for (const [at, { id, algorithm, prefixes }] of wanted.entries()) {
        const target = id === undefined ? undefined : document.ids.get(id);
        const ours =
          target === undefined
            ? canonicalizeDocument(withoutSignature(document), algorithm, prefixes)
            : canonicalize(target, algorithm, prefixes);
        expect(ours, `${algorithm} [${prefixes.join(' ')}] of ${id ?? 'all'} in ${template}`).to.equal(theirs[at]);
        compared++;
      }
    }
    expect(compared).to.be.greaterThan(4 * DIGESTED);
  });
});

/** A Reference with the fragment identifiers that keep comments. */
function digestOf({
  id,
  algorithm,
  prefixes,
}: {
  readonly id: string | undefined;
  readonly algorithm: CanonicalizationAlgorithm;
  readonly prefixes: readonly string[];
}): string {
  const list = prefixes.length === 0 ? '' : `<InclusiveNamespaces xmlns="${EC}" PrefixList="${prefixes.join(' ')}"/>`;
  const enveloped = id === undefined ? `<Transform Algorithm="${DS}enveloped-signature"/>` : '';
  return (
    `<Reference URI="${id === undefined ? '#xpointer(/)' : `#xpointer(id('${id}'))`}"><Transforms>${enveloped}` +
    `<Transform Algorithm="${algorithm}">${list}</Transform></Transforms><DigestMethod Algorithm="${DS}sha1"/><DigestValue/></Reference>`
  );
}

function withoutSignature(document: XmlDocument): XmlDocument {
  const { root } = document;
  const rest = root.children.filter((node) => !isNamed(node, { namespace: DS, local: 'Signature' }));
  return { ...document, root: withChildren(root, rest) };
}

function isExclusive(algorithm: CanonicalizationAlgorithm): boolean {
  return algorithm === CANONICALIZATION.exclusive || algorithm === CANONICALIZATION.exclusiveWithComments;
}

/**
 * Whether two ancestors have an `xml:` attribute that the apex lacks. The nearer one's is inherited (Canonical XML 1.0
 * §2.4); Santuario takes the outer one's, so of these libxml2 is asked alone.
 */
function inheritsFromTwo(root: XmlElement, apex: number): boolean {
  const { attributes, scope } = nth(root, apex);
  const names = attributes.filter(({ namespace }) => namespace === XML_NAMESPACE).map(({ local }) => local);
  const own = names.length === 0 ? scope : scope?.parent;
  const inherited: string[] = [];
  for (let at = own; at !== undefined; at = at.parent) inherited.push(...at.xmlAttributes.map(({ local }) => local));
  const missing = inherited.filter((local) => !names.includes(local));
  return new Set(missing).size < missing.length;
}

/** Santuario loses what stands behind an empty root. */
function isCutShort({ root, epilog }: XmlDocument): boolean {
  return root.children.length === 0 && epilog.length > 0;
}

function acceptable(xml: string): XmlDocument | undefined {
  try {
    return parse(xml);
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

function xmlFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? xmlFiles(path) : entry.name.endsWith('.xml') ? [path] : [];
    });
}

function count(of: XmlElement): number {
  return elements(of).reduce((sum, inner) => sum + count(inner), 1);
}

/** The nth element in document order, from 0. */
function nth(root: XmlElement, at: number): XmlElement {
  let left = at;
  const search = (of: XmlElement): XmlElement | undefined => {
    if (left-- === 0) return of;
    for (const inner of elements(of)) {
      const found = search(inner);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(root) ?? expect.fail(`no element ${at}`);
}
