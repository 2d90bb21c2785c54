import { type HoldfastError, parse } from '@holdfast/soap';
import { expect } from 'chai';
import { type FuzzTarget, fuzz, mutantOf, seen } from '#src/testing/index.js';
import { unprotect } from '#src/unprotect.js';
import { type Kind, made, shapes } from './kinds.js';
import { now, thrown } from './samples.js';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env['FUZZ_COUNT'] ?? 20_000);
const FROM = Number(process.env['FUZZ_FROM'] ?? 0);

function targetOf(kind: Kind): FuzzTarget {
  const { name, description, lookup, request } = kind;
  const environment = { now, ...(request === undefined ? {} : { request }) };
  return {
    name,
    messages: [made(kind).message, made(kind, '<o:Cancel xmlns:o="urn:o"><o:All/>2</o:Cancel>').message],
    judge: (message) => seen(unprotect(parse(message), description, lookup, environment)),
  };
}

describe('mutated messages', () => {
  const targets = shapes().map(targetOf);

  it(`are refused, or mean what they meant (SEED=${SEED} FUZZ_COUNT=${COUNT} FUZZ_FROM=${FROM})`, function () {
    // Far more than it takes: a message that makes us hang ends here.
    this.timeout(60_000 + COUNT * 30);
    const { failures, refused, harmless } = fuzz(targets, SEED, COUNT, FROM);
    const report = failures.slice(0, 3).map((each) => JSON.stringify(each, undefined, 1));
    expect(failures.length, `SEED=${SEED}\n${report.join('\n')}`).to.equal(0);
    const total = Object.values(refused).reduce((sum, each) => sum + each, harmless);
    expect(total).to.equal(COUNT);
    if (process.env['FUZZ_COUNT'] !== undefined) console.log(JSON.stringify({ SEED, COUNT, FROM, harmless, refused }));
  });

  it('reach every check that an opened message goes through', function () {
    this.timeout(60_000);
    const { refused } = fuzz(targets, 1, 4_000);
    expect(Object.keys(refused)).to.include.members([
      'malformed-xml',
      'duplicate-id',
      'security-header-missing',
      'security-header-invalid',
      'algorithm-not-allowed',
      'signature-invalid',
      'digest-mismatch',
      'reference-not-resolved',
      'decryption-failed',
      'token-unavailable',
    ]);
  });

  it('are made again from seed and round', () => {
    const target = targets[0] as FuzzTarget;
    expect(mutantOf(target, 5, 24)).to.deep.equal(mutantOf(target, 5, 24));
    expect(mutantOf(target, 5, 24).octets.equals(mutantOf(target, 6, 24).octets)).to.equal(false);
  });

  it('are told from what is believed wrongly', () => {
    const gullible: FuzzTarget = {
      name: 'gullible',
      messages: ['<a>1</a>', '<a>2</a>'],
      judge: (message) => Buffer.from(message).toString(),
    };
    const { failures } = fuzz([gullible], SEED, 50);
    expect(failures.length).to.be.greaterThan(20);
    expect(failures[0]).to.include({ target: 'gullible' });
  });

  it('are told from what breaks', () => {
    const { messages } = targets[0] as FuzzTarget;
    const brittle: FuzzTarget = {
      name: 'brittle',
      messages,
      judge(message) {
        if (!messages.includes(Buffer.from(message).toString())) throw new TypeError('undefined is not a function');
        return '';
      },
    };
    const { failures } = fuzz([brittle], SEED, 20);
    expect(failures.some(({ why }) => why.includes('TypeError'))).to.equal(true);
  });

  it('need an original that is accepted', () => {
    const strict: FuzzTarget = {
      name: 'strict',
      messages: ['<a/>', '<b/>'],
      judge: (targets[0] as FuzzTarget).judge,
    };
    const error: HoldfastError = thrown(() => fuzz([strict], SEED, 1), 'security-header-invalid');
    expect(error.message).to.contain('SOAP envelope');
  });
});
