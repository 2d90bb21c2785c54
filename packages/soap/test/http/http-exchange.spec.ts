import type { ServerResponse } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ANONYMOUS } from '#src/addressing.js';
import { type TransportError, UsageError } from '#src/errors.js';
import { readFault } from '#src/fault-body.js';
import { httpExchange } from '#src/http/http-exchange.js';
import type { HttpExchangeConfig } from '#src/http/http-exchange-config.js';
import type { Exchange, SoapVersion } from '#src/message.js';
import { manualTime } from '#src/testing/index.js';
import { text } from '#src/xml/tree.js';
import { envelopeText, order, rejected, thrown, versions } from '../samples.js';
import { type RawServer, rawServer, type SeenRequest, tcpServer } from './raw-server.js';

const ANSWER = envelopeText('1.2', '<wsa:Action>urn:answer</wsa:Action>', '<o:Placed>yes</o:Placed>');
const SOAP_12_TYPE = { 'Content-Type': 'application/soap+xml; charset=utf-8' };

const soapActionOf = ({ headers: { soapaction } }: Pick<SeenRequest, 'headers'>) => soapaction;

describe('httpExchange', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  const serve = async (answer: (response: ServerResponse, request: SeenRequest) => void): Promise<RawServer> => {
    const server = await rawServer(answer);
    open.push(server);
    return server;
  };
  const connect = async (connected: Parameters<typeof tcpServer>[0]): Promise<RawServer> => {
    const server = await tcpServer(connected);
    open.push(server);
    return server;
  };
  const exchangeWith = (
    config: Partial<HttpExchangeConfig> = {},
    collaborators: Parameters<typeof httpExchange>[1] = {},
  ): Exchange => {
    const exchange = httpExchange(config, collaborators);
    open.unshift({ close: async () => exchange[Symbol.asyncDispose]() });
    return exchange;
  };
  const post = (
    to: string,
    config: Partial<HttpExchangeConfig> = {},
    version: SoapVersion = '1.2',
    signal?: AbortSignal,
  ) => exchangeWith(config)({ envelope: order(version), addressing: { action: 'urn:a', to } }, signal);

  describe('the request', () => {
    const seen = async (
      version: SoapVersion,
      action: string,
      config: Partial<HttpExchangeConfig> = {},
    ): Promise<SeenRequest> => {
      let request: SeenRequest | undefined;
      const server = await serve((response, what) => {
        request = what;
        response.writeHead(202).end();
      });
      await exchangeWith(config)({ envelope: order(version), addressing: { action, to: server.url } });
      return request ?? expect.fail('no request');
    };

    it('is text/xml with SOAPAction in SOAP 1.1', async () => {
      const { method, headers, body } = await seen('1.1', 'urn:a');
      expect(method).to.equal('POST');
      expect(headers['content-type']).to.equal('text/xml; charset=utf-8');
      expect(soapActionOf({ headers })).to.equal('"urn:a"');
      expect(Number(headers['content-length'])).to.equal(body.length);
      expect(body).to.contain('<wsa:Action s:mustUnderstand="1">urn:a</wsa:Action>');
    });

    it('is application/soap+xml with the action as a parameter in SOAP 1.2', async () => {
      const { headers } = await seen('1.2', 'urn:a');
      expect(headers['content-type']).to.equal('application/soap+xml; charset=utf-8; action="urn:a"');
      expect(headers).not.to.have.property('soapaction');
    });

    it('has an empty action when there is none', async () => {
      expect(soapActionOf(await seen('1.1', ''))).to.equal('""');
      expect((await seen('1.2', '')).headers['content-type']).to.equal('application/soap+xml; charset=utf-8');
    });

    it('cannot be split by its action', async () => {
      const { headers } = await seen('1.1', 'urn:a"\r\nX: \u00e9');
      expect(soapActionOf({ headers })).to.equal('"urn:a%22%0D%0AX: %C3%A9"');
    });

    it('has the headers that were asked for', async () => {
      const { headers } = await seen('1.2', 'urn:a', {
        headers: { Authorization: 'Basic eA==', 'user-agent': 'mine' },
      });
      expect(headers.authorization).to.equal('Basic eA==');
      expect(headers['user-agent']).to.equal('mine');
    });

    it('goes to the option url when there is one', async () => {
      const server = await serve((response) => response.writeHead(202).end());
      expect(await post('http://nowhere.invalid/', { url: server.url })).to.equal(undefined);
      expect(await post(ANONYMOUS, { url: server.url })).to.equal(undefined);
    });

    for (const to of [
      ANONYMOUS.replace('http:', 'urn:'),
      'urn:somewhere',
      'ftp://localhost/',
      'localhost:80',
      'http://user:secret@localhost/',
    ]) {
      it(`cannot go to ${to}`, async () => {
        const error = await rejected(post(to), 'invalid-argument');
        expect(error).to.be.instanceOf(UsageError);
      });
    }
  });

  describe('the answer', () => {
    const answering = async (
      status: number,
      headers: Record<string, string>,
      body: string | Buffer,
      config: Partial<HttpExchangeConfig> = {},
    ) => {
      const server = await serve((response) => response.writeHead(status, headers).end(body));
      return await post(server.url, config);
    };

    for (const version of versions) {
      it(`is read in SOAP ${version}`, async () => {
        const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
        const reply = await answering(
          200,
          { 'Content-Type': type },
          envelopeText(version, '<wsa:Action>urn:b</wsa:Action>'),
        );
        expect(reply?.envelope.version).to.equal(version);
        expect(reply?.addressing.action).to.equal('urn:b');
      });
    }

    for (const status of [200, 202, 204]) {
      it(`is nothing when ${status} is empty`, async () => {
        expect(await answering(status, {}, '')).to.equal(undefined);
        expect(await answering(status, SOAP_12_TYPE, '')).to.equal(undefined);
      });
    }

    it('is nothing when 202 has a text for people', async () => {
      expect(await answering(202, { 'Content-Type': 'text/plain' }, 'accepted')).to.equal(undefined);
    });

    it('is read when 202 has an envelope', async () => {
      expect((await answering(202, SOAP_12_TYPE, ANSWER))?.addressing.action).to.equal('urn:answer');
    });

    for (const status of [200, 400, 404, 500, 503]) {
      it(`is a fault without WS-Addressing, with HTTP ${status}`, async () => {
        const fault = '<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>';
        const reply = await answering(status, { 'Content-Type': 'text/xml' }, envelopeText('1.1', '', fault));
        expect(reply?.addressing.action).to.equal('');
        expect(reply && readFault(reply.envelope)?.reason).to.equal('no');
      });
    }

    it('is read as XML when it does not say what it is and looks so', async () => {
      expect((await answering(200, {}, ` \n${ANSWER}`))?.addressing.action).to.equal('urn:answer');
    });

    for (const [name, bytes] of [
      ['gzip', gzipSync(ANSWER)],
      ['deflate', deflateSync(ANSWER)],
    ] as const) {
      it(`is inflated from ${name}`, async () => {
        const reply = await answering(200, { ...SOAP_12_TYPE, 'Content-Encoding': name }, bytes);
        expect(reply && text(reply.envelope.bodyElement)).to.equal('yes');
      });
    }

    const refusals: readonly (readonly [string, number, Record<string, string>, string | Buffer, string])[] = [
      ['HTML with 200', 200, { 'Content-Type': 'text/html' }, '<html/>', 'unsupported-media-type'],
      ['attachments', 200, { 'Content-Type': 'multipart/related; boundary=x' }, '--x', 'unsupported-media-type'],
      ['nothing known with 200', 200, {}, 'hello', 'unsupported-media-type'],
      ['broken XML with 200', 200, SOAP_12_TYPE, '<s:Envelope', 'malformed-xml'],
      ['a DOCTYPE with 200', 200, SOAP_12_TYPE, '<!DOCTYPE a><a/>', 'forbidden-xml'],
      ['other XML with 200', 200, SOAP_12_TYPE, '<other/>', 'not-an-envelope'],
      ['broken gzip', 200, { ...SOAP_12_TYPE, 'Content-Encoding': 'gzip' }, 'x', 'unreadable-response'],
      ['other XML with 500', 500, { 'Content-Type': 'text/xml' }, '<other/>', 'http-status'],
      ['broken XML with 500', 500, { 'Content-Type': 'text/xml' }, '<other', 'http-status'],
    ];
    for (const [name, status, headers, body, code] of refusals) {
      it(`is refused: ${name}`, async () => {
        await rejected(answering(status, headers, body), code);
      });
    }

    for (const [status, retryable] of [
      [400, false],
      [401, false],
      [404, false],
      [405, false],
      [408, true],
      [415, false],
      [429, true],
      [500, true],
      [503, true],
    ] as const) {
      it(`is an error for HTTP ${status} without SOAP, ${retryable ? '' : 'not '}retryable`, async () => {
        const error = (await rejected(
          answering(status, { 'Content-Type': 'text/plain' }, 'because\n\u0007I say so'),
          'http-status',
        )) as TransportError;
        expect(error.status).to.equal(status);
        expect(error.retryable).to.equal(retryable);
        expect(error.message).to.contain('because I say so');
        const empty = (await rejected(answering(status, {}, ''), 'http-status')) as TransportError;
        expect(empty.status).to.equal(status);
      });
    }

    it('is quoted with at most 200 characters', async () => {
      const error = await rejected(answering(500, { 'Content-Type': 'text/html' }, 'x'.repeat(5000)), 'http-status');
      expect(error.message.length).to.be.lessThan(400);
    });

    it('is not followed when it redirects', async () => {
      let requests = 0;
      const server = await serve((response) => {
        requests += 1;
        response.writeHead(307, { Location: 'http://127.0.0.1:1/evil' }).end();
      });
      const error = (await rejected(post(server.url), 'http-status')) as TransportError;
      expect(error.retryable).to.equal(false);
      expect(error.message).to.contain('/evil');
      expect(requests).to.equal(1);
    });

    it('is refused beyond maxResponseBytes, also when it hides in gzip', async () => {
      const big = envelopeText('1.2', '', 'x'.repeat(20_000));
      await rejected(answering(200, SOAP_12_TYPE, big, { maxResponseBytes: 10_000 }), 'response-too-large');
      const error = (await rejected(
        answering(200, { ...SOAP_12_TYPE, 'Content-Encoding': 'gzip' }, gzipSync(big), { maxResponseBytes: 10_000 }),
        'response-too-large',
      )) as TransportError;
      expect(error.retryable).to.equal(false);
    });

    it('keeps to the limits on XML', async () => {
      const deep = envelopeText('1.2', '', '<o:a>'.repeat(20) + '</o:a>'.repeat(20));
      await rejected(answering(200, SOAP_12_TYPE, deep, { xmlLimits: { maxDepth: 10 } }), 'xml-limit-exceeded');
    });
  });

  describe('cookies', () => {
    const affine = async (config: Partial<HttpExchangeConfig>): Promise<readonly (string | undefined)[]> => {
      const seen: (string | undefined)[] = [];
      const server = await serve((response, request) => {
        seen.push(request.headers.cookie);
        response.writeHead(202, { 'Set-Cookie': ['node=7; Path=/', 'other=1; Path=/elsewhere'] }).end();
      });
      const exchange = exchangeWith(config);
      const message = { envelope: order(), addressing: { action: 'urn:a', to: server.url } };
      await exchange(message);
      await exchange(message);
      return seen;
    };

    it('come back to the server', async () => {
      expect(await affine({})).to.deep.equal([undefined, 'node=7']);
    });

    it('are forgotten when the option is off', async () => {
      expect(await affine({ cookies: false })).to.deep.equal([undefined, undefined]);
    });
  });

  describe('connections', () => {
    const OK = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';
    const message = (to: string) => ({ envelope: order(), addressing: { action: 'urn:a', to } });

    it('are kept for the next message', async () => {
      let connections = 0;
      const server = await connect((socket) => {
        connections += 1;
        socket.on('data', () => socket.write(OK));
      });
      const exchange = exchangeWith();
      await exchange(message(server.url));
      await exchange(message(server.url));
      expect(connections).to.equal(1);
    });

    it('that the peer closed while they were kept cost one silent repetition', async () => {
      const requests: number[] = [];
      const server = await connect((socket, number) => {
        let count = 0;
        socket.on('data', () => {
          count += 1;
          requests.push(number);
          if (number === 1 && count === 2) socket.destroy();
          else socket.write(OK);
        });
      });
      const exchange = exchangeWith();
      await exchange(message(server.url));
      expect(await exchange(message(server.url))).to.equal(undefined);
      expect(requests).to.deep.equal([1, 1, 2]);
    });

    it('that break when they are new are an error: connection-lost', async () => {
      let connections = 0;
      const server = await connect((socket) => {
        connections += 1;
        socket.on('data', () => socket.destroy());
      });
      const error = (await rejected(post(server.url), 'connection-lost')) as TransportError;
      expect(error.retryable).to.equal(true);
      expect(connections).to.equal(1);
    });

    it('that break after a part of the answer are an error, also when they were kept', async () => {
      let requests = 0;
      const server = await connect((socket) => {
        socket.on('data', () => {
          requests += 1;
          if (requests === 1) socket.write(OK);
          else
            socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<a', () =>
              socket.destroy(),
            );
        });
      });
      const exchange = exchangeWith();
      await exchange(message(server.url));
      await rejected(exchange(message(server.url)), 'connection-lost');
      expect(requests).to.equal(2);
    });

    it('that answer something else than HTTP are an error: unreadable-response', async () => {
      const server = await connect((socket) => socket.on('data', () => socket.write('220 mail.example ESMTP\r\n')));
      const error = (await rejected(post(server.url), 'unreadable-response')) as TransportError;
      expect(error.retryable).to.equal(false);
    });

    it('to a port where nobody listens are an error that says so', async () => {
      const server = await tcpServer(() => {});
      await server.close();
      const error = (await rejected(post(server.url), 'unreachable')) as TransportError;
      expect(error.retryable).to.equal(true);
      expect(error.message).to.contain(`127.0.0.1:${server.port}`).and.to.contain('Check that the peer runs');
    });
  });

  describe('time-outs', () => {
    const waiting = async (config: Partial<HttpExchangeConfig>, answered: string) => {
      const time = manualTime();
      let arrived = (): void => {};
      const request = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const server = await connect((socket) =>
        socket.on('data', () => {
          socket.write(answered);
          arrived();
        }),
      );
      const exchange = exchangeWith(config, { scheduler: time });
      const answer = exchange({ envelope: order(), addressing: { action: 'urn:a', to: server.url } });
      return { time, request, answer };
    };

    it('end the wait for an answer', async () => {
      const { time, request, answer } = await waiting({ responseTimeoutMillis: 500 }, '');
      await request;
      time.advance(499);
      expect(time.pending).to.equal(1);
      time.advance(1);
      const error = (await rejected(answer, 'timed-out')) as TransportError;
      expect(error.retryable).to.equal(true);
      expect(error.message).to.contain('responseTimeoutMillis');
    });

    it('end the wait for the rest of an answer', async () => {
      const { time, request, answer } = await waiting(
        { responseTimeoutMillis: 500 },
        'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<a',
      );
      await request;
      time.advance(500);
      await rejected(answer, 'timed-out');
    });

    it('end the wait for a connection, TLS included', async () => {
      const time = manualTime();
      const server = await connect((socket) => socket.on('data', () => time.advance(250)));
      const exchange = exchangeWith({ connectTimeoutMillis: 250 }, { scheduler: time });
      const to = server.url.replace('http:', 'https:');
      const error = await rejected(exchange({ envelope: order(), addressing: { action: 'urn:a', to } }), 'timed-out');
      expect(error.message).to.contain('connectTimeoutMillis');
    });

    it('leave no timer behind', async () => {
      const time = manualTime();
      const server = await serve((response) => response.writeHead(202).end());
      await exchangeWith(
        {},
        { scheduler: time },
      )({ envelope: order(), addressing: { action: 'urn:a', to: server.url } });
      expect(time.pending).to.equal(0);
    });
  });

  describe('an AbortSignal', () => {
    it('that is aborted already prevents the request', async () => {
      let requests = 0;
      const server = await serve((response) => {
        requests += 1;
        response.writeHead(202).end();
      });
      const error = await rejected(post(server.url, {}, '1.2', AbortSignal.abort('enough')), 'aborted');
      expect(error.cause).to.equal('enough');
      expect(requests).to.equal(0);
    });

    it('ends a request under way', async () => {
      const controller = new AbortController();
      const server = await serve(() => controller.abort());
      await rejected(post(server.url, {}, '1.2', controller.signal), 'aborted');
    });
  });

  it('sends many messages at a time under one signal, and warns of nothing', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const server = await serve((response) => response.writeHead(202).end());
    const exchange = exchangeWith({ maxConnections: 4 });
    const { signal } = new AbortController();
    const message = { envelope: order(), addressing: { action: 'urn:a', to: server.url } };
    await Promise.all(Array.from({ length: 50 }, () => exchange(message, signal)));
    process.off('warning', listener);
    expect(warnings).to.deep.equal([]);
  });

  describe('disposing', () => {
    it('ends the requests under way, and refuses others', async () => {
      const exchange = httpExchange();
      const server = await serve(() => void exchange[Symbol.asyncDispose]());
      const message = { envelope: order(), addressing: { action: 'urn:a', to: server.url } };
      await rejected(exchange(message), 'closed');
      await rejected(exchange(message), 'closed');
    });
  });

  describe('options', () => {
    const rows: readonly (readonly [string, Record<string, unknown>])[] = [
      ['timeout', { timeout: 5 }],
      ['url', { url: 'localhost' }],
      ['url', { url: 'ftp://localhost/' }],
      ['url', { url: 'http://user:secret@localhost/' }],
      ['url', { url: 5 }],
      ['connectTimeoutMillis', { connectTimeoutMillis: 0 }],
      ['responseTimeoutMillis', { responseTimeoutMillis: 2 ** 31 }],
      ['maxResponseBytes', { maxResponseBytes: '10' }],
      ['maxConnections', { maxConnections: 0 }],
      ['keepAliveMillis', { keepAliveMillis: Number.NaN }],
      ['cookies', { cookies: 'yes' }],
      ['headers', { headers: { 'Content-Type': 'text/plain' } }],
      ['headers', { headers: { 'X-A': 'a\r\nb' } }],
      ['headers', { headers: { 'X A': 'a' } }],
      ['headers', { headers: 'X' }],
      ['tls.rejectUnauthorized', { tls: { rejectUnauthorized: false } }],
      ['tls.cert', { tls: { cert: 'x' } }],
      ['tls.cert', { tls: { cert: 'x', key: 'y' } }],
      ['tls.ca', { tls: { ca: 'x', dangerouslyAcceptAnyCertificate: true } }],
    ];
    for (const [name, config] of rows) {
      it(`${JSON.stringify(config)} is refused at construction, naming ${name}`, () => {
        const error = thrown(() => httpExchange(config), 'invalid-option');
        expect(error.message).to.contain(`"${name}"`);
        expect(error.message).not.to.contain('secret');
      });
    }
  });
});
