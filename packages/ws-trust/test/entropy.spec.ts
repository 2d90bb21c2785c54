import { serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { computedKey, ENTROPY_LIMITS, readBinarySecret, writeBinarySecret, writeEntropy } from '#src/entropy.js';
import { wst } from '#src/namespaces.js';
import { counting, sent, thrown, versions, xml } from './samples.js';

describe('wst:BinarySecret', () => {
  for (const [version, namespace] of versions) {
    it(`in an Entropy is read as it was written (${version})`, () => {
      const secret = counting(1, 32);
      expect(readBinarySecret(version, sent(writeEntropy(version, secret)))).to.deep.equal(secret);
    });

    it(`says its Type (${version}, T13-3.3-1)`, () => {
      expect(serialize(writeEntropy(version, counting(1, 16)))).to.contain(`Type="${namespace}/Nonce"`);
      expect(serialize(writeBinarySecret(version, 'SymmetricKey', counting(1, 16)))).to.contain(
        `Type="${namespace}/SymmetricKey"`,
      );
    });

    const entropy = (type: string, octets = counting(1, 16)) =>
      xml(
        `<t:Entropy xmlns:t="${namespace}"><t:BinarySecret${type}>${octets.toString('base64')}</t:BinarySecret></t:Entropy>`,
      );

    for (const type of ['', ` Type="${namespace}/Nonce"`, ` Type="${namespace}/SymmetricKey"`]) {
      it(`is read ${type === '' ? 'without a Type' : `with${type}`}, as stacks differ`, () => {
        expect(readBinarySecret(version, entropy(type))).to.deep.equal(counting(1, 16));
      });
    }

    it(`that is an asymmetric key is not supported (${version})`, () => {
      thrown(() => readBinarySecret(version, entropy(` Type="${namespace}/AsymmetricKey"`)), 'unsupported-token');
    });

    for (const length of [ENTROPY_LIMITS.minimum, ENTROPY_LIMITS.maximum]) {
      it(`may have ${length} octets (${version})`, () => {
        expect(readBinarySecret(version, entropy('', counting(0, length))).length).to.equal(length);
      });
    }

    for (const length of [0, 1, ENTROPY_LIMITS.minimum - 1, ENTROPY_LIMITS.maximum + 1]) {
      it(`must not have ${length} octets (${version}, T13-4.4-9)`, () => {
        thrown(() => readBinarySecret(version, entropy('', counting(0, length))), 'unsupported-token');
      });
    }

    it(`must be there, of the same version (${version})`, () => {
      const other = versions.find(([, each]) => each !== namespace)?.[1];
      thrown(() => readBinarySecret(version, xml(`<t:Entropy xmlns:t="${namespace}"/>`)), 'unsupported-token');
      const foreign = `<o:BinarySecret xmlns:o="${other}">${counting(1, 16).toString('base64')}</o:BinarySecret>`;
      thrown(
        () => readBinarySecret(version, xml(`<t:Entropy xmlns:t="${namespace}">${foreign}</t:Entropy>`)),
        'unsupported-token',
      );
    });

    it(`must be Base64, and what is wrong with it is not repeated (${version})`, () => {
      const secret = '****secret****';
      const { message } = thrown(
        () =>
          readBinarySecret(
            version,
            xml(`<t:Entropy xmlns:t="${namespace}"><t:BinarySecret>${secret}</t:BinarySecret></t:Entropy>`),
          ),
        'security-header-invalid',
      );
      expect(message).to.not.contain(secret);
    });
  }

  it('goes by the names of its version', () => {
    expect(wst('1.3')('Entropy').namespace).to.not.equal(wst('2005')('Entropy').namespace);
  });
});

describe('a computed key', () => {
  it("is P_SHA1 with the requestor's entropy for its secret and the issuer's for its seed (T13-4.4-5)", () => {
    const issuer = counting(0xe0, 32).reverse();
    expect(computedKey(counting(0, 32), issuer, 256).toString('hex')).to.equal(
      'abd920a34b1fa152da9c8b13e016fe44e94bc1d1639210714f874da0d01f57cc',
    );
  });

  it('is as many octets of it as KeySize has bits', () => {
    const [requestor, issuer] = [counting(0, 32), counting(100, 32)];
    const long = computedKey(requestor, issuer, 512);
    expect(long.length).to.equal(64);
    for (const bits of [128, 192, 256]) {
      expect(computedKey(requestor, issuer, bits)).to.deep.equal(long.subarray(0, bits / 8));
    }
  });

  it('is another when the entropies change places', () => {
    const [requestor, issuer] = [counting(0, 32), counting(100, 32)];
    expect(computedKey(requestor, issuer, 256).equals(computedKey(issuer, requestor, 256))).to.equal(false);
  });
});
