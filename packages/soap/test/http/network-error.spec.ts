import { expect } from 'chai';
import { networkError } from '#src/http/network-error.js';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('networkError', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['ECONNREFUSED', 'unreachable', true],
    ['ENOTFOUND', 'unreachable', true],
    ['EAI_AGAIN', 'unreachable', true],
    ['EHOSTUNREACH', 'unreachable', true],
    ['ENETUNREACH', 'unreachable', true],
    ['ETIMEDOUT', 'timed-out', true],
    ['EACCES', 'permission-denied', false],
    ['ECONNRESET', 'connection-lost', true],
    ['EPIPE', 'connection-lost', true],
    ['', 'connection-lost', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-failed', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-failed', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-failed', false],
    ['CERT_HAS_EXPIRED', 'tls-failed', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-failed', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed', false],
    ['EPROTO', 'tls-failed', false],
    ['HPE_INVALID_CONSTANT', 'unreadable-response', false],
  ];
  for (const [code, expected, retryable] of rows) {
    it(`${code === '' ? 'anything else' : code} is ${expected}, ${retryable ? '' : 'not '}retryable`, () => {
      const cause = failure(code);
      const error = networkError(cause, new URL('http://peer.example/service'));
      expect(error.code).to.equal(expected);
      expect(error.retryable).to.equal(retryable);
      expect(error.cause).to.equal(cause);
      expect(error.message).to.contain('peer.example');
    });
  }

  it('names the port, also that of the protocol', () => {
    expect(networkError(failure('ECONNREFUSED'), new URL('http://peer/')).message).to.contain('peer:80');
    expect(networkError(failure('ECONNREFUSED'), new URL('https://peer/')).message).to.contain('peer:443');
    expect(networkError(failure('ECONNREFUSED'), new URL('https://peer:8/')).message).to.contain('peer:8.');
  });

  it('understands what is not an Error', () => {
    expect(networkError('x', new URL('http://peer/')).code).to.equal('connection-lost');
  });
});
