import { TransportError } from '../errors.js';

const TLS_CODES =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|CRL_|EPROTO$)/;

/** What a failure of the network means, and what to do about it. */
export function networkError(cause: unknown, url: URL): TransportError {
  const code = errorCode(cause);
  const peer = `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return new TransportError('unreachable', `Nobody listens at ${peer}. Check that the peer runs there.`, { cause });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return new TransportError(
        'unreachable',
        `The host name "${url.hostname}" is not known. Check the address and the name service.`,
        { cause },
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return new TransportError('unreachable', `There is no way to ${peer} (${code}). Check the network.`, { cause });
    case 'ETIMEDOUT':
      return new TransportError('timed-out', `The connection to ${peer} timed out. Check that the peer runs there.`, {
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new TransportError('permission-denied', `This process may not connect to ${peer} (${code}).`, {
        cause,
        retryable: false,
      });
    default:
  }
  if (TLS_CODES.test(code)) {
    return new TransportError(
      'tls-failed',
      `TLS with ${peer} failed (${code}). Check the peer's certificate, the trusted ones (tls.ca), and that it speaks TLS.`,
      { cause, retryable: false },
    );
  }
  if (code.startsWith('HPE_')) {
    return new TransportError('unreadable-response', `What ${peer} answered is not HTTP (${code}).`, {
      cause,
      retryable: false,
    });
  }
  return new TransportError('connection-lost', `The connection to ${peer} was lost before the answer was there.`, {
    cause,
  });
}

/** The `code` of an error of the runtime. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}
