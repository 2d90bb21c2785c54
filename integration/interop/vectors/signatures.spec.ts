import { createHash, createHmac, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import {
  attribute,
  child,
  childrenNamed,
  elements,
  HoldfastError,
  isNamed,
  parse,
  text,
  withChildren,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import {
  CANONICALIZATION,
  type CanonicalizationAlgorithm,
  canonicalize,
  canonicalizeDocument,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { shared, sharedFiles, sharedText } from './kit.js';

/** Signatures of XML Signature's own examples, by their keys and digests: what their makers took for canonical XML. */
const FOLDERS = [
  'vectors/santuario/ie/baltimore/merlin-examples/merlin-xmldsig-twenty-three',
  'vectors/santuario/org/w3c/www/interop/xmldsig11/sun',
  'vectors/santuario/org/w3c/www/interop/xmldsig11/oracle',
  'vectors/santuario/org/w3c/www/interop/xmldsig11/microsoft',
];
const MERLIN = FOLDERS[0] as string;
const MICROSOFT = FOLDERS[3] as string;
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = `${DS}enveloped-signature`;
/** Differs from the first version in `xml:` attributes that are inherited; there are none in these examples. */
const C14N_11 = 'http://www.w3.org/2006/12/xml-c14n11';

const ds = (local: string) => ({ namespace: DS, local });

describe('XML Signature examples of four makers', () => {
  for (const folder of FOLDERS) {
    for (const file of sharedFiles(folder).filter((name) => name.endsWith('.xml'))) {
      const document = acceptable(sharedText(`${folder}/${file}`));
      if (document === undefined) continue;
      const signature = found(document.root, 'Signature');
      const signedInfo = child(signature, ds('SignedInfo')) as XmlElement;

      it(`${folder.replace(/.*\//, '')}/${file}: the signature over SignedInfo`, () => {
        const algorithm = algorithmOf(child(signedInfo, ds('CanonicalizationMethod')) as XmlElement);
        const octets = Buffer.from(canonicalize(signedInfo, methodOf(algorithm)));
        const method = child(signedInfo, ds('SignatureMethod')) as XmlElement;
        const value = Buffer.from(text(child(signature, ds('SignatureValue')) as XmlElement), 'base64');
        expect(keysFor(signature).some((key) => isSignedBy(key, algorithmOf(method), octets, value))).to.equal(true);
      });

      for (const reference of childrenNamed(signedInfo, ds('Reference'))) {
        const octets = referred(document, reference);
        if (octets === undefined) continue;
        it(`${folder.replace(/.*\//, '')}/${file}: the digest of "${attribute(reference, 'URI')}"`, () => {
          const method = algorithmOf(child(reference, ds('DigestMethod')) as XmlElement);
          const digest = createHash(hashOf(method)).update(octets).digest('base64');
          expect(digest).to.equal(text(child(reference, ds('DigestValue')) as XmlElement).trim());
        });
      }
    }
  }
});

/** What a Reference is over, when that is something of the document and only canonicalized. */
function referred(document: XmlDocument, reference: XmlElement): string | undefined {
  const uri = attribute(reference, 'URI');
  const transforms = child(reference, ds('Transforms'));
  const algorithms = transforms === undefined ? [] : elements(transforms).map(algorithmOf);
  if (algorithms.some((algorithm) => algorithm !== ENVELOPED && !isMethod(algorithm))) return undefined;
  const method = methodOf(algorithms.findLast((algorithm) => algorithm !== ENVELOPED) ?? CANONICALIZATION.inclusive);
  if (uri === '') {
    const { root } = document;
    const rest = root.children.filter((node) => !(algorithms.includes(ENVELOPED) && isNamed(node, ds('Signature'))));
    return canonicalizeDocument({ ...document, root: withChildren(root, rest), prolog: [], epilog: [] }, method);
  }
  const target = uri?.startsWith('#') ? document.ids.get(uri.slice(1)) : undefined;
  return target && canonicalize(target, method);
}

function isMethod(algorithm: string): boolean {
  return algorithm === C14N_11 || (Object.values(CANONICALIZATION) as readonly string[]).includes(algorithm);
}

function methodOf(algorithm: string): CanonicalizationAlgorithm {
  return algorithm === C14N_11 ? CANONICALIZATION.inclusive : (algorithm as CanonicalizationAlgorithm);
}

function algorithmOf(of: XmlElement): string {
  return attribute(of, 'Algorithm') ?? expect.fail(`${of.local} names no Algorithm`);
}

function hashOf(algorithm: string): string {
  return /sha\d+$/.exec(algorithm)?.[0] ?? expect.fail(algorithm);
}

type Key = { readonly secret: Uint8Array } | { readonly publicKey: KeyObject };

/** The key that a signature holds, and all that its maker published beside it. */
function keysFor(signature: XmlElement): readonly Key[] {
  const value = optional(signature, 'KeyValue');
  const certificates = [
    ...optionalTexts(signature, 'X509Certificate').map((octets) => Buffer.from(octets, 'base64')),
    ...sharedFiles(`${MERLIN}/certs`)
      .filter((name) => name.endsWith('.crt'))
      .map((name) => shared(`${MERLIN}/certs/${name}`)),
  ];
  const secrets = [
    ...['secret', 'testkey'].map((word) => Buffer.from(word)),
    ...['sha1', 'sha256', 'sha384', 'sha512'].map((hash) => shared(`${MICROSOFT}/secret-${hash}.hmac`)),
  ];
  return [
    ...secrets.map((secret) => ({ secret })),
    ...(value === undefined ? [] : [{ publicKey: keyOf(value) }]),
    ...certificates.map((der) => ({ publicKey: new X509Certificate(der).publicKey })),
  ];
}

function isSignedBy(key: Key, algorithm: string, octets: Buffer, value: Buffer): boolean {
  const hash = hashOf(algorithm);
  if ('secret' in key) {
    const mac = createHmac(hash, key.secret).update(octets).digest();
    // One example asks for the first 40 bits.
    return algorithm.includes('hmac') && value.length >= 5 && mac.subarray(0, value.length).equals(value);
  }
  const type = key.publicKey.asymmetricKeyType;
  const wanted = type === 'ec' ? 'ecdsa' : type;
  return (
    wanted !== undefined &&
    algorithm.includes(`#${wanted}`) &&
    verify(hash, octets, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, value)
  );
}

const CURVES: Record<string, string> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};

/** A KeyValue in any of the forms that are in use. */
function keyOf(value: XmlElement): KeyObject {
  const [only] = elements(value) as [XmlElement];
  const octets = (local: string) => Buffer.from(text(found(only, local)), 'base64');
  if (only.local === 'RSAKeyValue') {
    const [n, e] = [octets('Modulus').toString('base64url'), octets('Exponent').toString('base64url')];
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e } });
  }
  if (only.local === 'DSAKeyValue') {
    const [p, q, g, y] = ['P', 'Q', 'G', 'Y'].map((local) => derInteger(octets(local))) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const dsa = Buffer.from('06072a8648ce380401', 'hex');
    const key = der(0x30, der(0x30, dsa, der(0x30, p, q, g)), der(0x03, Buffer.of(0), y));
    return createPublicKey({ key, format: 'der', type: 'spki' });
  }
  const named = found(only, 'NamedCurve');
  const curve = (attribute(named, 'URI') ?? attribute(named, 'URN') ?? '').replace('urn:oid:', '');
  const crv = CURVES[curve] ?? expect.fail(curve);
  const size = Math.ceil(Number(crv.slice(2)) / 8);
  const point = found(only, 'PublicKey');
  const decimal = (local: string) =>
    Buffer.from(
      BigInt(attribute(found(point, local), 'Value') ?? '')
        .toString(16)
        .padStart(2 * size, '0'),
      'hex',
    );
  const whole = elements(point).length === 0 ? Buffer.from(text(point), 'base64').subarray(1) : undefined;
  const x = whole?.subarray(0, size) ?? decimal('X');
  const y = whole?.subarray(size) ?? decimal('Y');
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') },
  });
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function derInteger(octets: Buffer): Buffer {
  return der(0x02, (octets[0] as number) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets);
}

function acceptable(xml: string): XmlDocument | undefined {
  try {
    return parse(xml);
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

/** The first element with this local name, in document order. */
function found(root: XmlElement, local: string): XmlElement {
  return optional(root, local) ?? expect.fail(`no ${local}`);
}

function optional(root: XmlElement, local: string): XmlElement | undefined {
  if (root.local === local) return root;
  for (const inner of elements(root)) {
    const result = optional(inner, local);
    if (result !== undefined) return result;
  }
  return undefined;
}

function optionalTexts(root: XmlElement, local: string): readonly string[] {
  const own = root.local === local ? [text(root)] : [];
  return [...own, ...elements(root).flatMap((inner) => optionalTexts(inner, local))];
}
