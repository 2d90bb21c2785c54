import { parse } from '@holdfast/soap';
import { expect } from 'chai';
import { digest } from '#src/algorithms/digest.js';
import { DIGEST } from '#src/algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from '#src/canonical/canonicalize.js';
import { EC } from '#src/namespaces.js';
import { attacks } from '#src/testing/index.js';
import { ALL, encryptedData, envelope, referenceList, type SignOptions, signed, TIMESTAMP, TOKENS } from '../forge.js';
import { changed, opened, thrown, withContext } from '../samples.js';

const description = { ...withContext, order: 'encrypt-then-sign' } as const;
const DECLARED = 'xmlns:p="urn:preview"';

/** What it holds leans on a prefix of the Envelope; the ciphertext is signed. */
const template = changed(
  envelope(
    `${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`,
    encryptedData('data', '<p:Transfer><p:To>x</p:To></p:Transfer>'),
  ),
  '<s:Envelope ',
  `<s:Envelope ${DECLARED} `,
);

/** The signature covers what the prefix of the Body's content is bound to. */
const listed: SignOptions = {
  references(id, value) {
    const body = parse(template).ids.get(id);
    const octets = body === undefined ? '' : canonicalize(body, CANONICALIZATION.exclusive, ['p']);
    const own = digest(DIGEST.sha1, octets).toString('base64');
    const list = `<ec:InclusiveNamespaces xmlns:ec="${EC}" PrefixList="p"/>`;
    const isBody = id === 'body';
    return (
      `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${CANONICALIZATION.exclusive}">${isBody ? list : ''}` +
      `</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="${DIGEST.sha1}"/>` +
      `<ds:DigestValue>${isBody ? own : value}</ds:DigestValue></ds:Reference>`
    );
  },
};

const rebound = (message: string): string => {
  const found = [...attacks(message, { families: ['ciphertext'] })].find(
    ({ name }) => name === 'ciphertext/rebound-prefix:p',
  );
  return found?.message ?? expect.fail('there is no such attack');
};

describe('a prefix that a plaintext takes from outside, bound to another namespace on the way', () => {
  it('is seen where a PrefixList has it signed', () => {
    const message = signed(template, ALL, listed);
    const [content] = opened(message, description).envelope.body;
    expect(content).to.include({ namespace: 'urn:preview', local: 'Transfer' });
    thrown(() => opened(rebound(message), description), 'digest-mismatch');
  });

  it('is refused where nothing has it signed, changed or not', () => {
    const message = signed(template, ALL);
    thrown(() => opened(message, description), 'part-not-signed');
    thrown(() => opened(rebound(message), description), 'part-not-signed');
  });

  it('is not looked for where something in clear uses the prefix: that is changed with it', () => {
    const names = [...attacks(signed(template, ALL), { families: ['ciphertext'] })].map(({ name }) => name);
    expect(names).to.not.include('ciphertext/rebound-prefix:wsa');
  });
});
