import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its private key, as PEM, made for one run of the tests. */
export interface TestCredential {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly cert: string;
  /** A certificate for localhost and 127.0.0.1, or for other names. */
  issue(subject: string, options?: { readonly names?: readonly string[]; readonly days?: number }): TestCredential;
}

/** A certificate authority of its own: X.509 v3 by hand (RFC 5280 §4.1), signed with ECDSA. */
export function testAuthority(name: string): TestAuthority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let serial = 1;
  const certificate = (subject: string, publicKey: KeyObject, days: number, extensions: readonly Buffer[]): string => {
    serial += 1;
    const algorithm = sequence(oid('2a8648ce3d040302'));
    const now = Date.now();
    const toBeSigned = sequence(
      tagged(0xa0, integer(2)),
      integer(serial),
      algorithm,
      distinguishedName(name),
      sequence(time(now - 86_400_000), time(now + days * 86_400_000)),
      distinguishedName(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    );
    return pem(sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, authority.privateKey))));
  };
  const isAuthority = sequence(
    oid('551d13'),
    tagged(0x01, Buffer.from([0xff])),
    octets(sequence(tagged(0x01, Buffer.from([0xff])))),
  );
  return {
    cert: certificate(name, authority.publicKey, 10, [isAuthority]),
    issue(subject, { names = ['localhost'], days = 10 } = {}) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = sequence(
        ...names.map((one) => tagged(0x82, Buffer.from(one))),
        ...(names.includes('localhost') ? [tagged(0x87, Buffer.from([127, 0, 0, 1]))] : []),
      );
      return {
        cert: certificate(subject, pair.publicKey, days, [sequence(oid('551d11'), octets(alternatives))]),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const sequence = (...content: readonly Buffer[]): Buffer => tagged(0x30, ...content);
const integer = (value: number): Buffer => tagged(0x02, Buffer.from([value]));
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => tagged(0x04, content);
const bits = (content: Buffer): Buffer => tagged(0x03, Buffer.from([0]), content);
const distinguishedName = (commonName: string): Buffer =>
  sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)))));
const time = (millis: number): Buffer =>
  tagged(0x17, Buffer.from(`${new Date(millis).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
