import { expect } from 'chai';
import { UsageError } from '#src/errors.js';
import { httpExchange, httpWire } from '#src/http/http-exchange.js';
import type { HttpTlsConfig } from '#src/http/http-exchange-config.js';
import { type HttpServer, httpServer } from '#src/http/http-server.js';
import type { HttpServerTlsConfig } from '#src/http/http-server-config.js';
import type { WireInfo } from '#src/wire.js';
import { order, rejected, thrown } from '../samples.js';
import { testAuthority } from './certificates.js';
import { type RawServer, rawServer } from './raw-server.js';

describe('HTTPS', () => {
  const authority = testAuthority('Test CA');
  const other = testAuthority('Other CA');
  const server = authority.issue('server');
  const client = authority.issue('client', { names: ['client'] });
  const open: { close(): Promise<void> }[] = [];
  let info: WireInfo | undefined;
  afterEach(async () => {
    info = undefined;
    for (const one of open.splice(0)) await one.close();
  });

  const serve = async (tls: HttpServerTlsConfig): Promise<HttpServer> => {
    const result = await httpServer({ tls }, async (_, about) => {
      info = about;
      return undefined;
    });
    open.push(result);
    return result;
  };
  const post = async (to: string, tls: HttpTlsConfig): Promise<unknown> => {
    const exchange = httpExchange({ tls });
    open.unshift({ close: async () => exchange[Symbol.asyncDispose]() });
    return await exchange({ envelope: order(), addressing: { action: 'urn:a', to } });
  };

  it('carries messages to a server whose certificate a trusted authority issued', async () => {
    const { url } = await serve(server);
    expect(url).to.match(/^https:/);
    expect(await post(url, { ca: authority.cert })).to.equal(undefined);
    expect(info?.secure).to.equal(true);
  });

  it('takes several authorities, as text or bytes', async () => {
    const { url } = await serve(server);
    await post(url, { ca: [other.cert, new TextEncoder().encode(authority.cert)] });
  });

  it('refuses a certificate of an authority that is not trusted', async () => {
    const { url } = await serve(server);
    await rejected(post(url, {}), 'tls-failed');
    await rejected(post(url, { ca: other.cert }), 'tls-failed');
    expect(info).to.equal(undefined);
  });

  it('refuses a certificate for another name', async () => {
    const { url } = await serve(authority.issue('server', { names: ['elsewhere.example'] }));
    await rejected(post(url, { ca: authority.cert }), 'tls-failed');
    await post(url, { ca: authority.cert, servername: 'elsewhere.example' });
  });

  it('refuses an expired certificate', async () => {
    const { url } = await serve(authority.issue('server', { days: -0.5 }));
    await rejected(post(url, { ca: authority.cert }), 'tls-failed');
  });

  it('accepts any certificate when told to, dangerously', async () => {
    const { url } = await serve(authority.issue('server', { names: ['elsewhere.example'], days: -0.5 }));
    await post(url, { dangerouslyAcceptAnyCertificate: true });
    expect(info?.secure).to.equal(true);
  });

  it('asks clients for certificates when the server is told to', async () => {
    const { url } = await serve({ ...server, clientCa: authority.cert });
    await post(url, { ca: authority.cert, ...client });
    expect(info?.secure).to.equal(true);
  });

  it('refuses clients without a certificate, or with that of another authority', async () => {
    const { url } = await serve({ ...server, clientCa: authority.cert });
    for (const tls of [{}, other.issue('stranger', { names: ['stranger'] })]) {
      const error = await post(url, { ca: authority.cert, ...tls }).catch((reason: { code: string }) => reason);
      // With TLS 1.3 the client learns of the refusal after its handshake: as an alert, or as a connection that breaks.
      expect((error as { code: string }).code).to.be.oneOf(['tls-failed', 'connection-lost']);
    }
    expect(info).to.equal(undefined);
  });

  it('fails clearly with a server that speaks plain HTTP', async () => {
    const plain: RawServer = await rawServer((response) => response.end());
    open.push(plain);
    await rejected(post(plain.url.replace('http:', 'https:'), {}), 'tls-failed');
  });

  it('refuses keys that do not belong to their certificates', async () => {
    thrown(() => httpWire({ tls: { cert: client.cert, key: server.key } }), 'invalid-option');
    await rejected(
      httpServer({ tls: { cert: client.cert, key: server.key } }, async () => undefined),
      'invalid-option',
    );
  });

  it('refuses TLS options that it does not know, or that lack their other half', async () => {
    const odd = { ...server, ciphers: 'NULL' };
    const half = { cert: server.cert } as HttpServerTlsConfig;
    for (const tls of [odd, half]) {
      const error = await rejected(
        httpServer({ tls }, async () => undefined),
        'invalid-option',
      );
      expect(error).to.be.instanceOf(UsageError);
    }
  });
});
