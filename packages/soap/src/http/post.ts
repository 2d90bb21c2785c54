import { setMaxListeners } from 'node:events';
import { type Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Scheduler } from '../clock.js';
import { type HoldfastError, TransportError } from '../errors.js';
import { errorCode, networkError } from './network-error.js';

/** One POST, and what it may cost. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
  readonly agent: Agent;
  readonly tls: ConnectionOptions;
  readonly connectTimeoutMillis: number;
  readonly responseTimeoutMillis: number;
  readonly maxResponseBytes: number;
  /** Each ends the request when it is aborted, with the error that belongs to it. */
  readonly aborts: readonly { readonly signal: AbortSignal; readonly error: () => HoldfastError }[];
  readonly scheduler: Scheduler;
}

/** A whole answer, as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/**
 * Sends a POST and reads the whole answer. A kept connection that the peer had closed in the meantime shows itself only
 * when it is used: when not one byte has come back over it, the request is sent once more, over a new connection.
 */
export async function post(what: Post): Promise<HttpAnswer> {
  try {
    return await attempt(what, what.agent);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return await attempt(what, false);
  }
}

class StaleConnection extends Error {}

function attempt(what: Post, agent: Agent | false): Promise<HttpAnswer> {
  const { url, scheduler, maxResponseBytes } = what;
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const aborted = what.aborts.find(({ signal }) => signal.aborted);
    if (aborted !== undefined) {
      reject(aborted.error());
      return;
    }
    const request = (secure ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: what.headers,
      agent,
      ...(secure ? what.tls : {}),
    });
    let socket: Socket | undefined;
    let bytesBefore = 0;
    let cancelTimer = (): void => {};
    const listeners = what.aborts.map(({ signal, error }) => {
      const listener = (): void => fail(error());
      // One signal may end any number of requests at a time: that is no leak to be warned of.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', listener, { once: true });
      return (): void => signal.removeEventListener('abort', listener);
    });
    const finish = (): void => {
      cancelTimer();
      for (const remove of listeners) remove();
    };
    const fail = (error: Error): void => {
      finish();
      reject(error);
      request.destroy();
    };
    const within = (timeout: number, message: string): void => {
      cancelTimer();
      cancelTimer = scheduler.after(timeout, () => fail(new TransportError('timed-out', message)));
    };

    request.on('socket', (assigned) => {
      socket = assigned;
      bytesBefore = assigned.bytesRead;
      const answerTimer = (): void =>
        within(
          what.responseTimeoutMillis,
          `${url.host} did not answer within ${what.responseTimeoutMillis} ms (responseTimeoutMillis).`,
        );
      if (assigned.connecting) {
        within(
          what.connectTimeoutMillis,
          `No connection to ${url.host} within ${what.connectTimeoutMillis} ms (connectTimeoutMillis). Check that the peer runs there.`,
        );
        assigned.once(secure ? 'secureConnect' : 'connect', answerTimer);
      } else {
        answerTimer();
      }
    });
    request.on('error', (error) => {
      const silent = socket === undefined || socket.bytesRead === bytesBefore;
      const reset = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(errorCode(error));
      fail(request.reusedSocket && silent && reset ? new StaleConnection() : networkError(error, url));
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxResponseBytes) fail(responseTooLarge(url, maxResponseBytes));
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail(networkError(error, url)));
      response.on('end', () => {
        finish();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks, size) });
      });
    });
    request.end(what.body);
  });
}

/** The error for an answer of more bytes than are allowed. */
export function responseTooLarge(url: URL, limit: number): TransportError {
  return new TransportError(
    'response-too-large',
    `The answer of ${url.host} has more than ${limit} bytes (maxResponseBytes).`,
    { retryable: false },
  );
}
