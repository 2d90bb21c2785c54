import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  KeyUsageFlags,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { expect } from 'chai';
import type { Certificate } from '#src/x509/certificate.js';
import { certificateTrust, type TrustConfig } from '#src/x509/trust.js';
import { after, alice, authority, now, thrown } from '../samples.js';
import { certify, DAY, extension, holder, revocationList } from './issuing.js';

const SIGNING = ['digitalSignature', 'nonRepudiation'] as const;
const { digitalSignature, keyCertSign, cRLSign, keyEncipherment } = KeyUsageFlags;

// Keys are slow to make: a few holders, and certificates of every kind for them.
const [root, middle, other, end] = [holder('root'), holder('middle'), holder('other'), holder('end')];
const anchor = certify(root, root, { isAuthority: true, usage: keyCertSign | cRLSign });
const leaf = certify(end, root, { usage: digitalSignature });

function check(certificate: Certificate, config: Partial<TrustConfig> = {}, at: Date = now): void {
  certificateTrust({ anchors: [anchor], ...config }).check(certificate, at, SIGNING);
}

describe('certificate trust', () => {
  it('needs an anchor', () => {
    for (const anchors of ['', [], 'not a certificate']) thrown(() => certificateTrust({ anchors }), 'invalid-option');
  });

  it('believes a certificate that an anchor has issued', () => {
    check(leaf);
  });

  it('takes anchors as PEM', () => {
    certificateTrust({ anchors: authority.certificate }).check(alice.certificate, now, SIGNING);
    certificateTrust({ anchors: [authority.certificate] }).check(alice.certificate, now, SIGNING);
  });

  it('believes a certificate that is an anchor itself', () => {
    const alone = certify(end, other, { usage: digitalSignature });
    check(alone, { anchors: [alone] });
  });

  it('does not believe the certificate of another authority', () => {
    const message = thrown(() => check(certify(end, other)), 'token-not-trusted').message;
    expect(message).to.contain('CN=end').and.to.contain('no trusted certificate');
  });

  it('does not believe one of an authority of the same name with another key', () => {
    thrown(() => check(certify(end, { ...other, name: 'root' })), 'token-not-trusted');
  });

  it('does not believe a certificate that is signed with MD2 or MD5', () => {
    for (const signatureAlgorithm of ['1.2.840.113549.1.1.2', '1.2.840.113549.1.1.4']) {
      thrown(() => check({ ...leaf, signatureAlgorithm }), 'token-not-trusted');
    }
  });

  it('does not believe a certificate that signed itself', () => {
    thrown(() => check(certify(end, end)), 'token-not-trusted');
  });

  describe('in time', () => {
    it('refuses a certificate that is not valid yet, and one that has expired', () => {
      thrown(() => check(certify(end, root, { notBefore: after(1_000) })), 'token-expired');
      thrown(() => check(certify(end, root, { notAfter: after(-1_000) })), 'token-expired');
    });

    it('accepts it at both ends of its validity', () => {
      const brief = certify(end, root, { notBefore: now, notAfter: after(1_000) });
      check(brief);
      check(brief, {}, after(1_000));
      thrown(() => check(brief, {}, after(1_001)), 'token-expired');
    });

    it('refuses it when its issuer has expired', () => {
      const old = certify(root, root, { isAuthority: true, notAfter: after(-1_000) });
      thrown(() => check(leaf, { anchors: [old] }), 'token-expired');
    });

    it('finds the prolonged certificate of an authority beside the old one', () => {
      const old = certify(root, root, { isAuthority: true, notAfter: after(-1_000) });
      check(leaf, { anchors: [old, anchor] });
    });

    it('refuses a pinned certificate that has expired', () => {
      const pinned = certify(end, end, { notAfter: after(-1_000) });
      thrown(() => check(pinned, { anchors: [pinned] }), 'token-expired');
    });
  });

  describe('by key usage', () => {
    it('refuses a signature with a key that may only encrypt', () => {
      thrown(() => check(certify(end, root, { usage: keyEncipherment })), 'token-not-trusted');
    });

    it('accepts a key that may do what is asked, or whose usage is not limited', () => {
      check(certify(end, root, { usage: KeyUsageFlags.nonRepudiation }));
      check(certify(end, root));
    });
  });

  describe('along a path', () => {
    const between = certify(middle, root, { isAuthority: true, usage: keyCertSign });
    const below = certify(end, middle, { usage: digitalSignature });

    it('goes over an intermediate authority that is known', () => {
      check(below, { intermediates: [between] });
    });

    it('does not go over one that is not', () => {
      thrown(() => check(below), 'token-not-trusted');
    });

    it('believes what is below an intermediate authority that is an anchor', () => {
      check(below, { anchors: [between] });
    });

    it('refuses an issuer that is not an authority', () => {
      const impostor = certify(middle, root, { usage: keyCertSign | digitalSignature });
      thrown(() => check(below, { intermediates: [impostor] }), 'token-not-trusted');
    });

    it('refuses an authority that may not sign certificates', () => {
      const limited = certify(middle, root, { isAuthority: true, usage: digitalSignature });
      thrown(() => check(below, { intermediates: [limited] }), 'token-not-trusted');
    });

    it('refuses an authority below one that allows none (pathLenConstraint)', () => {
      const strict = certify(root, root, { isAuthority: true, pathLength: 0, usage: keyCertSign });
      check(leaf, { anchors: [strict] });
      thrown(() => check(below, { anchors: [strict], intermediates: [between] }), 'token-not-trusted');
      const lenient = certify(root, root, { isAuthority: true, pathLength: 1, usage: keyCertSign });
      check(below, { anchors: [lenient], intermediates: [between] });
    });

    it('refuses a path that is longer than it may be', () => {
      thrown(() => check(below, { intermediates: [between], maxPathLength: 0 }), 'token-not-trusted');
      check(leaf, { maxPathLength: 0 });
      check(below, { intermediates: [between], maxPathLength: 1 });
    });

    it('ends when authorities have issued each other', () => {
      const one = certify(middle, other, { isAuthority: true });
      const two = certify(other, middle, { isAuthority: true });
      const self = certify(middle, middle, { isAuthority: true });
      thrown(() => check(below, { intermediates: [one, two] }), 'token-not-trusted');
      thrown(() => check(below, { intermediates: [self] }), 'token-not-trusted');
    });

    it('refuses an intermediate authority that has expired', () => {
      const old = certify(middle, root, { isAuthority: true, notAfter: after(-1_000) });
      thrown(() => check(below, { intermediates: [old] }), 'token-expired');
    });
  });

  describe('with the certificates that came along', () => {
    const between = certify(middle, root, { isAuthority: true, usage: keyCertSign });
    const below = certify(end, middle, { usage: digitalSignature });
    const along = (certificate: Certificate, others: readonly Certificate[], config: Partial<TrustConfig> = {}) =>
      certificateTrust({ anchors: [anchor], ...config }).check(certificate, now, SIGNING, others);

    it('goes over them to an anchor, whatever their order', () => {
      along(below, [between]);
      along(below, [below, certify(other, other), between, anchor]);
    });

    it('does not take one of them for an anchor', () => {
      const stranger = certify(other, other, { isAuthority: true });
      thrown(() => along(certify(end, other), [stranger]), 'token-not-trusted');
      thrown(() => along(stranger, [stranger]), 'token-not-trusted');
    });

    it('does not take one in the name of an authority, with another key, for it', () => {
      const forged = certify({ ...other, name: 'middle' }, root, { isAuthority: true });
      const self = certify({ ...other, name: 'root' }, { ...other, name: 'root' }, { isAuthority: true });
      thrown(() => along(below, [forged]), 'token-not-trusted');
      thrown(() => along(certify(end, { ...other, name: 'root' }), [self]), 'token-not-trusted');
    });

    it('refuses one of them that is no authority, may not sign, is over or revoked', () => {
      const end1 = certify(middle, root, { usage: keyCertSign });
      const end2 = certify(middle, root, { isAuthority: true, usage: digitalSignature });
      const end3 = certify(middle, root, { isAuthority: true, notAfter: after(-1) });
      thrown(() => along(below, [end1]), 'token-not-trusted');
      thrown(() => along(below, [end2]), 'token-not-trusted');
      thrown(() => along(below, [end3]), 'token-expired');
      const revocationLists = [revocationList(root, [between])];
      thrown(() => along(below, [between], { revocationLists }), 'token-not-trusted');
    });

    it('finds the way past one that leads nowhere', () => {
      const astray = certify(middle, other, { isAuthority: true });
      along(below, [astray, between]);
      along(below, [between, astray]);
    });

    it('keeps to the length that a path may have', () => {
      thrown(() => along(below, [between], { maxPathLength: 0 }), 'token-not-trusted');
    });

    it('refuses more of them than a token may hold', () => {
      const many = Array.from({ length: 11 }, () => between);
      expect(thrown(() => along(below, many), 'token-not-trusted').message).to.contain('more than 10');
    });

    it('gives up when they make it check signature after signature', () => {
      // Ten authorities of one name and key, each issued by that name and key: the ways through them are 10!.
      const loop = Array.from({ length: 10 }, () => certify(middle, middle, { isAuthority: true }));
      expect(thrown(() => along(below, loop, { maxPathLength: 50 }), 'token-not-trusted').message).to.contain(
        'too many',
      );
    });

    it('does not check a signature with a key of unreasonable size', () => {
      const exponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 65_539 });
      along(certify(end, { name: 'middle', ...exponent }), [
        certify({ name: 'middle', ...exponent }, root, { isAuthority: true }),
      ]);
      const jwk = exponent.publicKey.export({ format: 'jwk' });
      const publicKey = createPublicKey({
        key: { kty: 'RSA', n: jwk.n as string, e: Buffer.alloc(200, 0xff).toString('base64url') },
        format: 'jwk',
      });
      const slow = certify({ name: 'middle', publicKey, privateKey: exponent.privateKey }, root, { isAuthority: true });
      thrown(() => along(certify(end, middle), [slow]), 'token-not-trusted');
    });
  });

  describe('by critical extensions (RFC 5280 §4.2)', () => {
    const constraints = new NameConstraints({
      permittedSubtrees: new GeneralSubtrees([new GeneralSubtree({ base: new GeneralName({ dNSName: 'x' }) })]),
    });

    it('refuses an authority with a critical one that is not understood', () => {
      const limited = certify(middle, root, {
        isAuthority: true,
        more: [extension(id_ce_nameConstraints, constraints)],
      });
      const message = thrown(
        () => check(certify(end, middle), { intermediates: [limited] }),
        'token-not-trusted',
      ).message;
      expect(message).to.contain(id_ce_nameConstraints);
    });

    it('refuses an end entity with one', () => {
      thrown(() => check(certify(end, root, { more: [extension('1.2.3.4', constraints)] })), 'token-not-trusted');
    });

    it('does not mind one that is not critical', () => {
      check(certify(end, root, { more: [extension('1.2.3.4', constraints, false)] }));
    });
  });

  describe('by revocation lists', () => {
    it('refuses a certificate that is revoked, and no other', () => {
      const list = revocationList(root, [leaf]);
      expect(thrown(() => check(leaf, { revocationLists: [list] }), 'token-not-trusted').message).to.contain('revoked');
      check(certify(end, root), { revocationLists: [list] });
    });

    it('takes a list as PEM', () => {
      const base64 = Buffer.from(revocationList(root, [leaf])).toString('base64');
      const pem = `-----BEGIN X509 CRL-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END X509 CRL-----\n`;
      thrown(() => check(leaf, { revocationLists: [pem] }), 'token-not-trusted');
    });

    it('refuses what is below a revoked intermediate authority', () => {
      const between = certify(middle, root, { isAuthority: true });
      const config = { intermediates: [between], revocationLists: [revocationList(root, [between])] };
      thrown(() => check(certify(end, middle), config), 'token-not-trusted');
    });

    it('accepts when a list names nobody, and does not ask the list of another authority', () => {
      check(leaf, { revocationLists: [revocationList(root, []), revocationList(other, [leaf])] });
    });

    it('refuses every certificate of an issuer whose list is out of date', () => {
      const list = revocationList(root, [], { nextUpdate: after(-1_000) });
      thrown(() => check(leaf, { revocationLists: [list] }), 'token-not-trusted');
      check(leaf, { revocationLists: [revocationList(root, [], { nextUpdate: after(DAY) })] });
    });

    it('refuses every certificate of an issuer in whose name somebody else signed the list', () => {
      const forged = revocationList(root, [], { signer: other });
      thrown(() => check(leaf, { revocationLists: [forged] }), 'token-not-trusted');
    });

    it('refuses when the list was changed after it was signed', () => {
      const list = Buffer.from(revocationList(root, [leaf]));
      const serial = Buffer.from(leaf.serialNumber.toString(16), 'hex');
      const at = list.indexOf(serial) + serial.length - 1;
      list[at] = (list[at] as number) ^ 1;
      thrown(() => check(leaf, { revocationLists: [list] }), 'token-not-trusted');
    });

    it('refuses the list of an authority that may not sign lists', () => {
      const limited = certify(root, root, { isAuthority: true, usage: keyCertSign });
      thrown(
        () => check(leaf, { anchors: [limited], revocationLists: [revocationList(root, [])] }),
        'token-not-trusted',
      );
    });

    it('is not made of lists that cannot be read', () => {
      for (const list of ['', 'nonsense', new Uint8Array([1, 2, 3]), leaf.raw]) {
        thrown(() => certificateTrust({ anchors: [anchor], revocationLists: [list] }), 'invalid-option');
      }
    });
  });
});
