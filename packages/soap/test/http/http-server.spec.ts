import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readEnvelope, writeEnvelope } from '#src/envelope.js';
import { InvalidMessageError, StoreError, TransportError } from '#src/errors.js';
import { faultEnvelope, readFault } from '#src/fault-body.js';
import { httpExchange } from '#src/http/http-exchange.js';
import { type HttpServer, type HttpServerCollaborators, httpServer } from '#src/http/http-server.js';
import type { HttpServerConfig } from '#src/http/http-server-config.js';
import type { LogEntry } from '#src/log.js';
import { receiverFault, senderFault } from '#src/soap-faults.js';
import { manualTime } from '#src/testing/index.js';
import type { WireHandler, WireInfo } from '#src/wire.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { envelopeText, order, rejected, versions } from '../samples.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const SOAP_11 = { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: '"urn:a"' };
const SOAP_12 = { 'Content-Type': 'application/soap+xml; charset=utf-8; action="urn:a"' };
const REQUEST = envelopeText('1.2', '<wsa:Action>urn:a</wsa:Action>', '<o:Place>x</o:Place>');
const echo: WireHandler = async ({ root }) => ({ version: readEnvelope(root).version, root });
const nothing: WireHandler = async () => undefined;

describe('httpServer', () => {
  const open: HttpServer[] = [];
  const agent = new Agent({ keepAlive: true });
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  after(() => agent.destroy());

  const serve = async (
    handler: WireHandler,
    config: Partial<HttpServerConfig> = {},
    collaborators: HttpServerCollaborators = {},
  ): Promise<HttpServer> => {
    const server = await httpServer(config, handler, collaborators);
    open.push(server);
    return server;
  };
  const send = async (
    url: string,
    headers: Record<string, string> = SOAP_12,
    body: string | Buffer = REQUEST,
    method = 'POST',
  ): Promise<Answer> => {
    const request = httpRequest(url, { method, headers, agent });
    request.end(body);
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode ?? 0, headers: response.headers, body: text };
  };
  const post = async (
    handler: WireHandler,
    headers?: Record<string, string>,
    body?: string | Buffer,
    config?: Partial<HttpServerConfig>,
  ) => await send((await serve(handler, config)).url, headers, body);

  describe('answers', () => {
    it('what the handler says, in SOAP 1.2', async () => {
      const { status, headers, body } = await post(echo);
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal('application/soap+xml; charset=utf-8');
      expect(body).to.equal(REQUEST);
    });

    it('what the handler says, in SOAP 1.1', async () => {
      const { status, headers } = await post(echo, SOAP_11, envelopeText('1.1', ''));
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal('text/xml; charset=utf-8');
    });

    it('202 without a body when there is nothing to say', async () => {
      const { status, headers, body } = await post(nothing);
      expect(status).to.equal(202);
      expect(body).to.equal('');
      expect(headers).not.to.have.property('content-type');
    });

    for (const [version, fault, expected] of [
      ['1.1', senderFault, 500],
      ['1.1', receiverFault, 500],
      ['1.2', senderFault, 400],
      ['1.2', receiverFault, 500],
      ['1.2', { ...senderFault, code: 'MustUnderstand' as const }, 500],
      ['1.2', { ...senderFault, code: 'VersionMismatch' as const }, 500],
    ] as const) {
      it(`a SOAP ${version} fault of ${fault.code} with ${expected}`, async () => {
        const { status, body } = await post(async () => ({
          version,
          root: writeEnvelope(faultEnvelope(fault, version)),
          fault: fault.code,
        }));
        expect(status).to.equal(expected);
        expect(readFault(readEnvelope(parse(body)))?.code).to.equal(fault.code);
      });
    }

    for (const version of versions) {
      it(`an error of the handler with a SOAP ${version} fault that hides it, and tells the log`, async () => {
        const entries: LogEntry[] = [];
        const server = await serve(
          () => Promise.reject(new Error('secret')),
          {},
          { log: (entry) => entries.push(entry) },
        );
        const { status, body } = await send(
          server.url,
          version === '1.1' ? SOAP_11 : SOAP_12,
          envelopeText(version, ''),
        );
        expect(status).to.equal(500);
        expect(readEnvelope(parse(body)).version).to.equal(version);
        expect(body).not.to.contain('secret');
        expect(entries.map(({ level, event }) => `${level} ${event}`)).to.deep.equal(['error request-failed']);
      });
    }

    it('an answer that cannot be written with a fault', async () => {
      const { status, body } = await post(async () => ({
        version: '1.2',
        root: writeEnvelope({ ...order(), body: ['\u0000'] }),
      }));
      expect(status).to.equal(500);
      expect(readFault(readEnvelope(parse(body)))?.code).to.equal('Receiver');
    });

    it('an unreadable message with the fault that belongs to it', async () => {
      const { status, body } = await post(() =>
        Promise.reject(
          new InvalidMessageError('not-understood', 'x', { fault: { ...senderFault, code: 'MustUnderstand' } }),
        ),
      );
      expect(status).to.equal(500);
      expect(readFault(readEnvelope(parse(body)))?.code).to.equal('MustUnderstand');
    });

    it('an Envelope of an unknown version with VersionMismatch, in the version of the media type', async () => {
      const handler: WireHandler = async ({ root }) => {
        readEnvelope(root);
        return undefined;
      };
      for (const [version, headers] of [
        ['1.1', SOAP_11],
        ['1.2', SOAP_12],
      ] as const) {
        const { status, body } = await post(handler, headers, '<Envelope xmlns="urn:x"/>');
        expect(status).to.equal(500);
        const answer = readEnvelope(parse(body));
        expect(answer.version).to.equal(version);
        expect(readFault(answer)?.code).to.equal('VersionMismatch');
      }
    });
  });

  describe('tells the handler', () => {
    const infoOf = async (headers: Record<string, string>): Promise<WireInfo> => {
      let info: WireInfo | undefined;
      await post(async (_, about) => {
        info = about;
        return undefined;
      }, headers);
      return info ?? expect.fail('not called');
    };

    it('where the request comes from, and that it is not over TLS', async () => {
      expect(await infoOf(SOAP_12)).to.deep.equal({ remoteAddress: '127.0.0.1', secure: false, action: 'urn:a' });
    });

    for (const [name, headers, action] of [
      ['the action parameter', SOAP_12, 'urn:a'],
      ['SOAPAction', SOAP_11, 'urn:a'],
      ['SOAPAction without quotation marks', { ...SOAP_11, SOAPAction: 'urn:a' }, 'urn:a'],
      ['an empty SOAPAction', { ...SOAP_11, SOAPAction: '""' }, ''],
      ['no action', { 'Content-Type': 'text/xml' }, undefined],
    ] as const) {
      it(name, async () => {
        expect((await infoOf(headers)).action).to.equal(action);
      });
    }
  });

  describe('reads', () => {
    it('chunked bodies', async () => {
      const server = await serve(echo);
      const request = httpRequest(server.url, { method: 'POST', headers: SOAP_12, agent });
      request.write(REQUEST.slice(0, 50));
      request.end(REQUEST.slice(50));
      const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
      response.resume();
      expect(response.statusCode).to.equal(200);
    });

    for (const [encoding, bytes] of [
      ['gzip', gzipSync(REQUEST)],
      ['deflate', deflateSync(REQUEST)],
    ] as const) {
      it(`bodies in ${encoding}`, async () => {
        expect((await post(echo, { ...SOAP_12, 'Content-Encoding': encoding }, bytes)).body).to.equal(REQUEST);
      });
    }

    it('UTF-16', async () => {
      const bytes = Buffer.from(`\ufeff${REQUEST}`, 'utf16le');
      expect((await post(echo, { 'Content-Type': 'application/soap+xml; charset=utf-16' }, bytes)).body).to.equal(
        REQUEST,
      );
    });

    it('a request that offers HTTP/2 as any other', async () => {
      const server = await serve(echo);
      const { status, body } = await send(server.url, {
        ...SOAP_12,
        Connection: 'Upgrade, HTTP2-Settings',
        Upgrade: 'h2c',
        'HTTP2-Settings': 'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA',
      });
      expect(status).to.equal(200);
      expect(body).to.equal(REQUEST);
    });

    it('several such requests over one connection, in chunks', async () => {
      const server = await serve(echo);
      const socket = connectTcp(server.port, '127.0.0.1');
      let received = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        received += chunk;
      });
      for (let count = 1; count <= 2; count += 1) {
        socket.write(
          `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\nContent-Type: application/soap+xml\r\nTransfer-Encoding: chunked\r\n\r\n${REQUEST.length.toString(16)}\r\n${REQUEST}\r\n0\r\n\r\n`,
        );
        while (received.split('</s:Envelope>').length <= count) await once(socket, 'data');
      }
      expect(received.match(/HTTP\/1\.1 200 OK/g)).to.have.length(2);
      socket.destroy();
    });
  });

  describe('refuses', () => {
    const called: WireHandler = () => expect.fail('the handler was called');

    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      it(`${method} with 405`, async () => {
        const server = await serve(called);
        const { status, headers } = await send(server.url, {}, '', method);
        expect(status).to.equal(405);
        expect(headers.allow).to.equal('POST');
      });
    }

    for (const [name, headers, expected] of [
      ['no Content-Type', {}, 415],
      ['HTML', { 'Content-Type': 'text/html' }, 415],
      ['attachments', { 'Content-Type': 'multipart/related; type="application/xop+xml"' }, 415],
      ['another charset', { 'Content-Type': 'text/xml; charset=iso-8859-1' }, 415],
      ['an unknown Content-Encoding', { ...SOAP_12, 'Content-Encoding': 'br' }, 415],
    ] as const) {
      it(`${name} with ${expected}`, async () => {
        expect((await post(called, { ...headers })).status).to.equal(expected);
      });
    }

    for (const [name, body] of [
      ['XML that is not well-formed', '<s:Envelope'],
      ['an empty body', ''],
      ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY e "e">]>${REQUEST}`],
      ['a processing instruction', `<?php?>${REQUEST}`],
    ] as const) {
      for (const [version, headers] of [
        ['1.1', SOAP_11],
        ['1.2', SOAP_12],
      ] as const) {
        it(`${name} with 400 and a SOAP ${version} fault without detail`, async () => {
          const { status, body: answer } = await post(called, headers, body);
          expect(status).to.equal(400);
          const envelope = readEnvelope(parse(answer));
          expect(envelope.version).to.equal(version);
          expect(readFault(envelope)).to.deep.equal({ ...senderFault });
        });
      }
    }

    it('application/xml that is broken with a SOAP 1.2 fault', async () => {
      const { body } = await post(called, { 'Content-Type': 'application/xml' }, '<a');
      expect(readEnvelope(parse(body)).version).to.equal('1.2');
    });

    it('a body over maxBodyBytes with 413, said before or found on the way', async () => {
      const server = await serve(called, { maxBodyBytes: 1000 });
      const big = `${REQUEST}${' '.repeat(5000)}`;
      expect((await send(server.url, { ...SOAP_12, 'Content-Length': String(big.length) }, big)).status).to.equal(413);
      expect((await send(server.url, { ...SOAP_12, 'Transfer-Encoding': 'chunked' }, big)).status).to.equal(413);
    });

    it('a body that inflates to more than maxBodyBytes with 413', async () => {
      const bomb = gzipSync(Buffer.alloc(10_000_000, 32));
      expect(
        (await post(called, { ...SOAP_12, 'Content-Encoding': 'gzip' }, bomb, { maxBodyBytes: 100_000 })).status,
      ).to.equal(413);
    });

    it('headers over maxHeaderBytes with 431', async () => {
      const server = await serve(called, { maxHeaderBytes: 2048 });
      expect((await send(server.url, { ...SOAP_12, 'X-Long': 'x'.repeat(4000) })).status).to.equal(431);
    });

    it('other paths with 404 when it serves one', async () => {
      const server = await serve(nothing, { path: '/orders' });
      expect(server.url).to.match(/\/orders$/);
      expect((await send(server.url)).status).to.equal(202);
      expect((await send(server.url.replace('/orders', '/other'))).status).to.equal(404);
    });

    it('a client that is too slow with 408', async () => {
      const server = await serve(called, { headersTimeoutMillis: 20, requestTimeoutMillis: 20 });
      const socket = connectTcp(server.port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<');
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      expect(chunk.toString()).to.match(/^HTTP\/1\.1 408/);
      socket.destroy();
    });
  });

  describe('serves ?wsdl', () => {
    it('when there is a WSDL', async () => {
      const server = await serve(nothing, { wsdl: '<definitions/>' });
      const { status, headers, body } = await send(`${server.url}?WSDL`, {}, '', 'GET');
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal('text/xml; charset=utf-8');
      expect(body).to.equal('<definitions/>');
    });

    it('not when there is none', async () => {
      const server = await serve(nothing);
      expect((await send(`${server.url}?wsdl`, {}, '', 'GET')).status).to.equal(405);
    });
  });

  describe('under load', () => {
    it('loses the connection when the handler says that it is lost', async () => {
      const server = await serve(async () => {
        throw new TransportError('connection-lost', 'lost');
      });
      const failure = await send(server.url).catch((error: NodeJS.ErrnoException) => error.code);
      expect(failure).to.equal('ECONNRESET');
    });

    it('answers 503 with Retry-After while what it needs is away for a time', async () => {
      const server = await serve(async () => {
        throw new StoreError('store-locked', 'locked', { retryable: true });
      });
      const { status, headers } = await send(server.url);
      expect(status).to.equal(503);
      expect(headers['retry-after']).to.equal('1');
    });

    it('answers 503 with Retry-After beyond maxConcurrentRequests, and serves again later', async () => {
      let release = (): void => {};
      const held = new Promise<undefined>((resolve) => {
        release = () => resolve(undefined);
      });
      let entered = (): void => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      const server = await serve(
        async () => {
          entered();
          return await held;
        },
        { maxConcurrentRequests: 1, retryAfterSeconds: 7 },
      );
      const first = send(server.url);
      await inside;
      const second = await send(server.url);
      expect(second.status).to.equal(503);
      expect(second.headers['retry-after']).to.equal('7');
      release();
      expect((await first).status).to.equal(202);
      expect((await send(server.url)).status).to.equal(202);
    });

    it('closes connections beyond maxConnections, and tells the log', async () => {
      const entries: LogEntry[] = [];
      const server = await serve(nothing, { maxConnections: 1 }, { log: (entry) => entries.push(entry) });
      const first = connectTcp(server.port, '127.0.0.1');
      await once(first, 'connect');
      const second = connectTcp(server.port, '127.0.0.1');
      second.resume();
      await once(second, 'close');
      expect(entries.map(({ event }) => event)).to.deep.equal(['connection-refused']);
      first.destroy();
    });

    it('outlives a client that goes away in the middle of its request', async () => {
      const server = await serve(nothing);
      const socket = connectTcp(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<');
      socket.destroy();
      expect((await send(server.url)).status).to.equal(202);
    });

    it('outlives what is not HTTP', async () => {
      const server = await serve(nothing);
      const socket = connectTcp(server.port, '127.0.0.1');
      socket.write('\u0016\u0003\u0001 hello');
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      expect(chunk.toString()).to.match(/^HTTP\/1\.1 400/);
      socket.destroy();
      expect((await send(server.url)).status).to.equal(202);
    });
  });

  describe('listening', () => {
    it('says where', async () => {
      const server = await serve(nothing);
      expect(server.port).to.be.greaterThan(0);
      expect(server.url).to.equal(`http://127.0.0.1:${server.port}/`);
    });

    it('fails with port-in-use when the port is taken, naming it', async () => {
      const server = await serve(nothing);
      const error = (await rejected(httpServer({ port: server.port }, nothing), 'port-in-use')) as TransportError;
      expect(error.message).to.contain(String(server.port));
      expect(error.retryable).to.equal(false);
    });

    it('fails with unreachable at an address that is not of this machine', async () => {
      await rejected(httpServer({ host: '192.0.2.1' }, nothing), 'unreachable');
    });
  });

  describe('close', () => {
    it('lets a request under way finish, and its connection end', async () => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let entered = (): void => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      const server = await serve(async () => {
        entered();
        await held;
        return undefined;
      });
      const answer = send(server.url);
      await inside;
      const closed = server.close();
      release();
      const { status, headers } = await answer;
      expect(status).to.equal(202);
      expect(headers.connection).to.equal('close');
      await closed;
      const exchange = httpExchange();
      await rejected(exchange({ envelope: order(), addressing: { action: 'urn:a', to: server.url } }), 'unreachable');
      await exchange[Symbol.asyncDispose]();
    });

    it('ends a request that takes longer than closeTimeoutMillis', async () => {
      const time = manualTime();
      let entered = (): void => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      const server = await serve(
        () => {
          entered();
          return new Promise(() => {});
        },
        { closeTimeoutMillis: 300 },
        { scheduler: time },
      );
      const answer = send(server.url).catch((error: NodeJS.ErrnoException) => error.code);
      await inside;
      const closed = server.close();
      time.advance(300);
      await closed;
      expect(await answer).to.equal('ECONNRESET');
    });

    it('does not wait for idle connections, and may be called twice', async () => {
      const time = manualTime();
      const server = await serve(nothing, {}, { scheduler: time });
      await send(server.url);
      await server.close();
      await server.close();
      await server[Symbol.asyncDispose]();
      expect(time.pending).to.equal(0);
    });
  });

  describe('options', () => {
    const rows: readonly (readonly [string, Record<string, unknown>])[] = [
      ['prot', { prot: 80 }],
      ['port', { port: 65_536 }],
      ['port', { port: '80' }],
      ['host', { host: 5 }],
      ['path', { path: 'orders' }],
      ['path', { path: '/orders?x' }],
      ['wsdl', { wsdl: 5 }],
      ['maxBodyBytes', { maxBodyBytes: 0 }],
      ['maxHeaderBytes', { maxHeaderBytes: 10 }],
      ['headersTimeoutMillis', { headersTimeoutMillis: 70_000 }],
      ['requestTimeoutMillis', { requestTimeoutMillis: -1 }],
      ['keepAliveMillis', { keepAliveMillis: 1.5 }],
      ['maxConnections', { maxConnections: 0 }],
      ['maxConcurrentRequests', { maxConcurrentRequests: 0 }],
      ['retryAfterSeconds', { retryAfterSeconds: -1 }],
      ['closeTimeoutMillis', { closeTimeoutMillis: Number.POSITIVE_INFINITY }],
    ];
    for (const [name, config] of rows) {
      it(`${JSON.stringify(config)} is refused, naming ${name}`, async () => {
        const error = await rejected(httpServer(config, nothing), 'invalid-option');
        expect(error.message).to.contain(`"${name}"`);
      });
    }
  });

  it('talks to httpExchange', async () => {
    const server = await serve(echo);
    const exchange = httpExchange();
    for (const version of versions) {
      const answer = await exchange({
        envelope: order(version, '\u00e9 & <'),
        addressing: { action: 'urn:a', to: server.url },
      });
      expect(answer && serialize(answer.envelope.bodyElement)).to.contain('\u00e9 &amp; &lt;');
    }
    await exchange[Symbol.asyncDispose]();
  });
});
