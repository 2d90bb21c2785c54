import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  element,
  httpWire,
  ProtocolError,
  SecurityError,
  StoreError,
  systemClock,
  TransportError,
  UsageError,
} from '@holdfast/soap';
import { defaultSecureExchangeConfig, mutualX509Initiator, secureExchange, systemRandom } from '@holdfast/ws-secconv';
import { certificateTrust, credential, readCertificate, replayCache } from '@holdfast/ws-security';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import {
  type ConnectOptions,
  connect,
  FaultError,
  keyFromFile,
  memoryStore,
  type ServeOptions,
  type SqliteStore,
  serve,
  sqliteStore,
} from 'holdfast';
import {
  ACTION,
  certificates,
  conversationOptions,
  say,
  serviceOptions,
  TestBed,
  until,
} from './support/conversations.js';
import { expectError } from './support/errors.js';

/** Nobody listens at the discard port. */
const NOWHERE = 'http://127.0.0.1:9/';

describe('wrong input', () => {
  let bed: TestBed;

  beforeEach(() => {
    bed = new TestBed();
  });

  afterEach(() => bed.close());

  describe('to the wire of a service', () => {
    const envelope = (body: string): string =>
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;
    const cases: readonly (readonly [string, string | Buffer, number, string])[] = [
      ['malformed XML', '<s:Envelope><unclosed>', 400, 'could not be read'],
      ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY e "x">]>${envelope('<a>&amp;</a>')}`, 400, 'could not be read'],
      ['an endless entity', `<!DOCTYPE a [<!ENTITY e "&e;&e;">]>${envelope('<a>&e;</a>')}`, 400, 'could not be read'],
      ['a processing instruction', envelope('<?do something?>'), 400, 'could not be read'],
      ['nothing at all', '', 400, 'could not be read'],
      ['XML that is no envelope', '<order/>', 400, 'could not be read'],
      ['XML that is deeper than anybody needs', envelope('<a>'.repeat(9_000) + '</a>'.repeat(9_000)), 400, 'read'],
      ['octets that are no text', Buffer.from([0xff, 0xff, 0x3c, 0x61]), 415, 'UTF-8'],
      ['an envelope that nobody secured', envelope(say('in clear')), 400, 'InvalidSecurity'],
    ];

    for (const [what, body, status, telling] of cases) {
      it(`is refused: ${what}; nothing is delivered, and the service goes on`, async () => {
        const service = await bed.serve();
        const answer = await post(service.url, body);
        expect(answer.status).to.equal(status);
        expect(answer.text).to.contain(telling);
        expect(answer.text).not.to.match(/node_modules|\bat \w+ \(|saxes/);
        const conversation = await bed.connect(service.url);
        await conversation.request(ACTION, say('well'));
        expect(bed.delivered).to.deep.equal(['well']);
      });
    }

    it('is refused: a method that is not POST, and a media type that is not SOAP', async () => {
      const service = await bed.serve();
      expect((await post(service.url, 'x', 'text/plain')).status).to.equal(415);
      expect((await post(service.url, '', 'text/plain', 'PUT')).status).to.equal(405);
      expect(bed.delivered).to.deep.equal([]);
    });
  });

  describe('certificates', () => {
    /** Who is refused tries again, for anybody can refuse; here not for long. */
    const soon = { source: { maxCreateAttempts: 3, retransmission: { interval: 20, maxInterval: 40 } } };
    const advice = 'Check that the certificates, and whom each side trusts, fit together';

    it('that are not those of the service: nothing is delivered or lost, and the caller is told to compare them', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      const { carol } = certificates();
      const conversation = await bed.connect(service.url, { store, recipient: carol.certificate, reliability: soon });
      const { acknowledged } = await conversation.send(ACTION, say('from alice'));
      const error = await expectError(acknowledged, ProtocolError, 'delivery-failed', 'The messages are kept');
      await expectError(Promise.reject(error.cause), ProtocolError, 'trust-refused', advice);
      await expectError(conversation.close(), ProtocolError, 'delivery-failed', 'The messages are kept');
      expectRefusedFor('token-unavailable');
      await expectStillServing(service.url, store);
    });

    it('of an initiator whom the service has no reason to trust: likewise, and the log of the service says why', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      const conversation = await bed.connect(service.url, {
        store,
        identity: certificates().mallory,
        reliability: soon,
      });
      const asked = conversation.request(ACTION, say('from alice'));
      const error = await expectError(asked, ProtocolError, 'delivery-failed', 'The messages are kept');
      await expectError(Promise.reject(error.cause), ProtocolError, 'trust-refused', advice);
      expectRefusedFor('token-not-trusted');
      await expectStillServing(service.url, store);
    });

    it('of a recipient whom the initiator has no reason to trust: nothing is sent', async () => {
      const service = await bed.serve({ identity: certificates().mallory });
      await expectError(
        bed.connect(service.url, { recipient: certificates().mallory.certificate }),
        UsageError,
        'invalid-option',
        /^recipient: .*"CN=mallory" is not trusted.*Give the certificate of the authority that issued it/s,
      );
      expect(bed.serviceLog).to.deep.equal([]);
    });

    it('of our own that have expired: an initiator does not begin, a service does not start', async () => {
      const { expired, authority } = certificates();
      const telling = /^identity: the certificate of "CN=expired" expired on \d{4}-.*Have another one issued/;
      await expectError(bed.connect(NOWHERE, { identity: expired }), UsageError, 'invalid-option', telling);
      await expectError(bed.serve({ identity: expired }), UsageError, 'invalid-option', telling);
      const options = { reliability: 'none' as const, identity: expired, trust: authority.certificate };
      await expectError(bed.connect(NOWHERE, options), UsageError, 'invalid-option', telling);
    });

    it('of the recipient that has expired: an initiator does not begin', async () => {
      await expectError(
        bed.connect(NOWHERE, { recipient: certificates().expired.certificate }),
        UsageError,
        'invalid-option',
        /^recipient: .*expired on .* Ask the other end for its present certificate/,
      );
    });

    it('of an initiator that has expired: a service refuses it, and says no more to it than to anybody', async () => {
      const service = await bed.serve();
      const { authority, bob, expired } = certificates();
      const secure = secureExchange(
        httpWire({ url: service.url }),
        {
          ...defaultSecureExchangeConfig,
          bootstrap: mutualX509Initiator({
            signer: credential(expired.certificate, expired.privateKey),
            recipient: readCertificate(bob.certificate),
            trust: certificateTrust({ anchors: authority.certificate }),
          }),
        },
        { clock: systemClock, random: systemRandom, replayCache: replayCache() },
      );
      const error = await expectError(secure.sct.getUuid(service.url), ProtocolError, 'trust-refused', 'in its log');
      expect(error.message).not.to.contain('expired');
      expectRefusedFor('token-expired');
      await expectStillServing(service.url);
    });

    it('with the private key of another: refused on both sides', async () => {
      const { alice, bob } = certificates();
      const identity = { certificate: alice.certificate, privateKey: bob.privateKey };
      const telling = 'The private key does not belong to the certificate of "CN=alice"';
      await expectError(bed.connect(NOWHERE, { identity }), UsageError, 'invalid-key', telling);
      await expectError(bed.serve({ identity }), UsageError, 'invalid-key', telling);
    });

    it('that are none: refused with what is needed instead', async () => {
      const { alice, authority } = certificates();
      const cases: readonly (readonly [Partial<ConnectOptions>, string, string])[] = [
        [{ identity: { ...alice, privateKey: 'secret' } }, 'invalid-key', 'it must be PEM'],
        [{ identity: { ...alice, certificate: 'alice' } }, 'invalid-key', 'it must be X.509'],
        [{ identity: { certificate: alice.certificate } as never }, 'invalid-option', '{ certificate, privateKey }'],
        [{ recipient: 'bob' }, 'invalid-option', 'recipient: that is not a certificate in PEM'],
        [{ trust: 'everybody' }, 'invalid-option', 'trust: it must be the PEM'],
        [{ trust: damagedPem(authority.certificate) }, 'invalid-option', 'trust: it must be the PEM'],
      ];
      for (const [options, code, telling] of cases) {
        const error = await expectError(bed.connect(NOWHERE, options), UsageError, code, telling);
        expect(error.message).not.to.contain('secret');
      }
    });

    /** What the peer is not told, the log of the service has. */
    function expectRefusedFor(code: string): void {
      const codes = bed.serviceLog.map(({ error }) => (error instanceof SecurityError ? error.code : undefined));
      expect(codes).to.include(code);
    }

    /** @param kept a store that holds the message already */
    async function expectStillServing(url: string, kept?: ReturnType<typeof memoryStore>): Promise<void> {
      expect(bed.delivered).to.deep.equal([]);
      const conversation = await bed.connect(url, kept === undefined ? {} : { store: kept });
      if (kept === undefined) await conversation.request(ACTION, say('from alice'));
      await conversation.close();
      expect(bed.delivered).to.deep.equal(['from alice']);
    }
  });

  describe('stores', () => {
    const MESSAGES = ['first', 'second', 'third'];
    let file: string;
    let key: string;

    beforeEach(async () => {
      file = join(bed.folder, 'holdfast.db');
      key = join(bed.folder, 'holdfast.key');
      const store = await open();
      const conversation = await bed.connect(NOWHERE, { store });
      for (const message of MESSAGES) await conversation.send(ACTION, say(message.padEnd(6_000, '.')));
      await conversation.suspend();
      await store.close();
    });

    it('with another key than theirs: told which one is needed; with the right one everything is there', async () => {
      const other = sqliteStore({ file, keys: keyFromFile(`${key}-other`, { create: true }) });
      await expectError(other, UsageError, 'wrong-key', 'Give the key that the store was made with');
      await expectNothingLost();
    });

    it('with a key file that others may read: told how to close it', async () => {
      chmodSync(key, 0o644);
      await expectError(open(false), UsageError, 'invalid-key', `chmod 600 ${key}`);
      chmodSync(key, 0o600);
      await expectNothingLost();
    });

    it('with a key file that is not there, or is none: told how one is made', async () => {
      const missing = sqliteStore({ file, keys: keyFromFile(join(bed.folder, 'nowhere')) });
      await expectError(missing, UsageError, 'missing-key', 'openssl rand');
      writeFileSync(`${key}-word`, 'password', { mode: 0o600 });
      const word = sqliteStore({ file, keys: keyFromFile(`${key}-word`) });
      const error = await expectError(word, UsageError, 'invalid-key', '32 random bytes');
      expect(error.message).not.to.contain('password');
      await expectNothingLost();
    });

    for (const share of [0, 0.25, 0.5, 0.9]) {
      it(`of which only ${share * 100} % are left: told to restore it; from a copy everything is there`, async () => {
        copyFileSync(file, `${file}-copy`);
        truncateSync(file, share === 0 ? 10 : Math.floor(statSync(file).size * share));
        await expectError(useStore(), StoreError, 'store-damaged', 'restore it from a back-up');
        await expectRestored();
      });
    }

    it('whose file has flipped bytes at its beginning: told to restore it', async () => {
      copyFileSync(file, `${file}-copy`);
      const content = readFileSync(file);
      for (let at = 0; at < 64; at++) content[at] = (content[at] ?? 0) ^ 0xff;
      writeFileSync(file, content);
      await expectError(useStore(), StoreError, 'store-damaged', 'restore it from a back-up');
      await expectRestored();
    });

    it('with flipped bytes in the state of a session: connect and serve do not begin', async () => {
      copyFileSync(file, `${file}-copy`);
      flip('holdfast_session', 'state');
      await expectError(useStore(), StoreError, 'store-damaged', /Restore .* from/);
      const store = await open(false);
      await expectError(bed.serve({ store }), StoreError, 'store-damaged', /Restore .* from/);
      await store.close();
      await expectRestored();
    });

    it('with flipped bytes in a message: nothing is sent in its place, and the end says what stands in the way', async () => {
      copyFileSync(file, `${file}-copy`);
      flip('holdfast_message', 'body');
      const store = await open();
      const { service, address } = await serviceInStead();
      const conversation = await bed.connect(address, {
        store,
        http: { url: service.url },
        reliability: { closeTimeout: 400, source: { retransmission: { interval: 50, maxInterval: 100 } } },
      });
      const error = await expectError(conversation.close(), TransportError, 'timed-out', 'kept in the store');
      await expectError(Promise.reject(error.cause), StoreError, 'store-damaged', /Restore .* from/);
      await store.close();
      expect(bed.delivered.filter((text) => !MESSAGES.includes(text.replaceAll('.', '')))).to.deep.equal([]);
      await service.close();
      bed.delivered.length = 0;
      await expectRestored();
    });

    function open(create = true): Promise<SqliteStore> {
      return sqliteStore({ file, keys: keyFromFile(key, { create }) });
    }

    /** As an initiator does at its start. */
    async function useStore(): Promise<void> {
      const store = await open(false);
      try {
        await (await bed.connect(NOWHERE, { store })).suspend();
      } finally {
        await store.close();
      }
    }

    function flip(table: string, column: string): void {
      const database = new Database(file);
      const rows = database.prepare<[], { id: number; value: Buffer }>(
        `SELECT rowid AS id, "${column}" AS value FROM "${table}"`,
      );
      for (const { id, value } of rows.all()) {
        const middle = value.length >> 1;
        value[middle] = (value[middle] ?? 0) ^ 0x01;
        database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`).run(value, id);
      }
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.close();
    }

    async function expectRestored(): Promise<void> {
      for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
      copyFileSync(`${file}-copy`, file);
      await expectNothingLost();
    }

    /** The address that the messages are for, and a service that is reached in its stead. */
    async function serviceInStead() {
      return { service: await bed.serve(), address: NOWHERE };
    }

    async function expectNothingLost(): Promise<void> {
      const store = await open();
      const { service, address } = await serviceInStead();
      const conversation = await bed.connect(address, { store, http: { url: service.url } });
      await conversation.close();
      await store.close();
      expect(bed.delivered.map((text) => text.replaceAll('.', ''))).to.deep.equal(MESSAGES);
    }
  });

  describe('addresses and ports', () => {
    it('of a peer that is down: what is sent is durable, and is delivered when it comes up', async () => {
      const port = await freePort();
      const conversation = await bed.connect(`http://127.0.0.1:${port}/`);
      const sent = await Promise.all(['a', 'b', 'c'].map((what) => conversation.send(ACTION, say(what))));
      const reply = conversation.request(ACTION, say('d'));
      await until(() => bed.log.some(({ error }) => error instanceof TransportError));
      const refused = bed.log.find(({ error }) => error instanceof TransportError)?.error as TransportError;
      expect(refused.code).to.equal('unreachable');
      expect(refused.message).to.contain('Check that the peer runs there');
      expect(conversation.status()?.outstanding).to.equal(4n);
      await bed.serve({ port });
      await Promise.all(sent.map(({ acknowledged }) => acknowledged));
      expect((await reply).body?.local).to.equal('say');
      expect(bed.delivered).to.deep.equal(['a', 'b', 'c', 'd']);
    });

    it('of a peer that stays down: the end is given up in time, with the reason; the conversation is kept', async () => {
      const store = memoryStore();
      const conversation = await bed.connect(NOWHERE, { store, reliability: { closeTimeout: 200 } });
      await conversation.send(ACTION, say('kept'));
      const error = await expectError(conversation.close(), TransportError, 'timed-out', 'kept in the store');
      await expectError(Promise.reject(error.cause), TransportError, 'unreachable', 'Check that the peer runs there');
      expect(await keysOf(store)).to.have.length(1);
    });

    it('of a peer that is down, without reliable messaging: the caller is told at once', async () => {
      const conversation = await bed.connect(NOWHERE, { reliability: 'none' });
      const telling = 'Check that the peer runs there';
      await expectError(conversation.request(ACTION, say('x')), TransportError, 'unreachable', telling);
      await expectError(conversation.send(ACTION, say('x')), TransportError, 'unreachable', telling);
    });

    it('that are taken: serve says so, leaves the store alone, and the first service goes on', async () => {
      const store = memoryStore();
      const { port, url } = await bed.serve({ store });
      const conversation = await bed.connect(url);
      await conversation.request(ACTION, say('before'));
      const second = bed.serve({ port, store }, () => expect.fail('nothing is to be delivered here'));
      await expectError(second, TransportError, 'port-in-use', 'End that one, or choose another port');
      await conversation.request(ACTION, say('after'));
      expect(bed.delivered).to.deep.equal(['before', 'after']);
    });

    it('that are none: refused with what an address is', async () => {
      for (const address of ['orders', '', 'ftp://example.test/', 'http://', undefined as unknown as string]) {
        await expectError(bed.connect(address), UsageError, 'invalid-argument', 'must be an http or https URL');
      }
      const telling = 'without user name and password';
      await expectError(bed.connect('http://alice:pw@127.0.0.1/'), UsageError, 'invalid-option', telling);
      await expectError(bed.serve({ port: 70_000 }), UsageError, 'invalid-option', 'from 0 to 65535');
      await expectError(bed.serve({ path: 'orders' }), UsageError, 'invalid-option', 'begins with "/"');
      await expectError(bed.serve({ host: '192.0.2.1' }), TransportError, 'unreachable', 'address of this machine');
    });
  });

  describe('options', () => {
    const unknown: readonly (readonly [object, string])[] = [
      [{ recipent: 'x' }, '"recipent"'],
      [{ reliability: { ofer: false } }, '"ofer"'],
      [{ reliability: { address: 'http://127.0.0.1/' } }, '"address"'],
      [{ reliability: { source: { windw: 3 } } }, '"windw"'],
      [{ reliability: { source: { retransmission: { intervall: 3 } } } }, '"intervall"'],
      [{ http: { timeout: 3 } }, '"timeout"'],
      [{ trust: { anchors: '', revocationList: [] } }, '"revocationList"'],
    ];
    for (const [options, name] of unknown) {
      it(`of connect that there are not are refused by name: ${name}`, async () => {
        await expectError(
          bed.connect(NOWHERE, options),
          UsageError,
          'invalid-option',
          new RegExp(`${name}.*There are: `),
        );
      });
    }

    const unknownToServe: readonly (readonly [object, string])[] = [
      [{ prot: 80 }, '"prot"'],
      [{ reliability: { destination: { ordr: 'any' } } }, '"ordr"'],
      [{ reliability: { redelivery: { intervall: 3 } } }, '"intervall"'],
      [{ http: { maxBytes: 3 } }, '"maxBytes"'],
    ];
    for (const [options, name] of unknownToServe) {
      it(`of serve that there are not are refused by name: ${name}`, async () => {
        await expectError(bed.serve(options), UsageError, 'invalid-option', new RegExp(`${name}.*There are: `));
      });
    }

    const impossible: readonly (readonly [object, RegExp])[] = [
      [{ security: 'none' }, /"security" of connect must be "conversation" or "dangerouslyNone"/],
      [{ security: 'dangerouslyNone' }, /^identity: it says nothing with security "dangerouslyNone"/],
      [{ soap: '1.3' }, /"soap" of connect must be "1.1" or "1.2"/],
      [{ suite: 'Basic512' }, /^suite: there is no "Basic512"; there are Basic256/],
      [{ order: 'both' }, /^order: "both" is neither/],
      [{ contextLifetime: -1 }, /^contextLifetime: a whole number above 0/],
      [{ reliability: 'off' }, /"reliability" must be "none", or an object/],
      [{ reliability: { source: { window: 0 } } }, /source.window must be a number, at least 1/],
      [{ store: {} }, /"store" of connect must be a store, as memoryStore\(\)/],
      [{ log: 'console' }, /"log" of connect must be a function/],
    ];
    for (const [options, telling] of impossible) {
      it(`of connect that cannot be so are refused: ${JSON.stringify(options)}`, async () => {
        await expectError(bed.connect(NOWHERE, options), UsageError, 'invalid-option', telling);
      });
    }

    it('of serve that cannot be so are refused', async () => {
      const order = { reliability: { destination: { order: 'sorted' } } } as unknown as ServeOptions;
      await expectError(bed.serve(order), UsageError, 'invalid-option', 'must be "inOrder" or "any"');
      const security = { security: 'none' } as unknown as ServeOptions;
      await expectError(bed.serve(security), UsageError, 'invalid-option', '"conversation" or "dangerouslyNone"');
      const service = {} as never;
      await expectError(serve(service, serviceOptions()), UsageError, 'invalid-argument', 'must be a function');
    });

    for (const missing of ['identity', 'recipient', 'trust', 'store'] as const) {
      it(`of connect that are missing are asked for: ${missing}`, async () => {
        const { [missing]: _, ...options } = conversationOptions();
        await expectError(connect(NOWHERE, options), UsageError, 'invalid-option', missing);
      });
    }

    for (const missing of ['identity', 'trust', 'store'] as const) {
      it(`of serve that are missing are asked for: ${missing}`, async () => {
        const { [missing]: _, ...options } = serviceOptions();
        await expectError(
          serve(() => undefined, options),
          UsageError,
          'invalid-option',
          missing,
        );
      });
    }

    it('that are missing altogether are asked for', async () => {
      const nothing = undefined as unknown as ConnectOptions;
      await expectError(connect(NOWHERE, nothing), UsageError, 'invalid-option', 'connect needs an object of options');
      const none = undefined as unknown as ServeOptions;
      await expectError(
        serve(() => undefined, none),
        UsageError,
        'invalid-option',
        'serve needs an object of options',
      );
    });
  });

  describe('messages', () => {
    it('whose body is not one XML element are refused before they are sent', async () => {
      const service = await bed.serve();
      const conversation = await bed.connect(service.url);
      const bodies: readonly (readonly [unknown, string])[] = [
        ['hello', 'must be one XML element'],
        ['<a/><b/>', 'must be one XML element'],
        ['<a>', 'must be one XML element'],
        ['<!DOCTYPE a><a/>', 'DOCTYPE'],
        [42, 'must be one XML element'],
        [element({ prefix: '', namespace: '', local: 'a' }, [], '\u0001'), 'XML cannot hold the character U+0001'],
      ];
      for (const [body, telling] of bodies) {
        await expectError(conversation.send(ACTION, body as string), UsageError, 'invalid-argument', telling);
        await expectError(conversation.request(ACTION, body as string), UsageError, 'invalid-argument', telling);
      }
      await conversation.request(ACTION, say('well'));
      await conversation.close();
      expect(bed.delivered).to.deep.equal(['well']);
    });

    it('whose action is no URI are refused before they are sent', async () => {
      const conversation = await bed.connect((await bed.serve()).url);
      for (const action of ['', 'place an order', 'place', undefined as unknown as string]) {
        await expectError(conversation.send(action, say('x')), UsageError, 'invalid-argument', 'an absolute URI');
      }
      await conversation.request(ACTION, say('well'));
      expect(bed.delivered).to.deep.equal(['well']);
    });

    it('to a conversation that is closed are refused', async () => {
      const conversation = await bed.connect((await bed.serve()).url);
      await conversation.request(ACTION, say('well'));
      await conversation.close();
      const telling = 'Begin another one with connect()';
      await expectError(conversation.request(ACTION, say('late')), UsageError, 'closed', telling);
      await expectError(conversation.send(ACTION, say('late')), UsageError, 'closed', telling);
      expect(bed.delivered).to.deep.equal(['well']);
    });

    it('that are answered with a fault reject with it; those after it go on', async () => {
      const fault = { code: 'Sender', subcodes: [], reason: 'no such article', detail: [] } as const;
      const service = await bed.serve({}, ({ body }) => {
        if (body?.local === 'refuse') throw new FaultError(fault);
        return body;
      });
      const conversation = await bed.connect(service.url);
      const refused = conversation.request(ACTION, '<refuse/>');
      const error = await expectError(refused, ProtocolError, 'fault-received', '"no such article"');
      expect((error as ProtocolError).fault?.reason).to.equal('no such article');
      expect(error.message).not.to.contain('unsigned');
      expect((await conversation.request(ACTION, say('next'))).body?.local).to.equal('say');
    });

    it('over which the application stumbles are answered with a fault that tells nothing of it', async () => {
      const service = await bed.serve({}, ({ body }) => {
        if (body?.local === 'stumble') throw new Error('password of the database: 1234');
        if (body?.local === 'unsayable') return element({ prefix: '', namespace: '', local: 'a' }, [], '\u0000');
        return body;
      });
      const conversation = await bed.connect(service.url);
      for (const body of ['<stumble/>', '<unsayable/>']) {
        const stumbled = conversation.request(ACTION, body);
        const error = await expectError(stumbled, ProtocolError, 'fault-received', 'could not be processed');
        expect(JSON.stringify((error as ProtocolError).fault)).not.to.contain('password');
      }
      expect(bed.serviceLog.filter(({ event }) => event === 'delivery-failed')).to.have.length(2);
      await conversation.request(ACTION, say('next'));
    });

    it('of a stranger without security never reach a service with it', async () => {
      const service = await bed.serve();
      const { identity: _, recipient: __, trust: ___, ...options } = conversationOptions();
      const reliability = { source: { maxCreateAttempts: 2, retransmission: { interval: 20 } } };
      const stranger = await connect(service.url, { ...options, security: 'dangerouslyNone', reliability });
      bed.atEnd(() => stranger.suspend());
      await expectError(stranger.request(ACTION, say('x')), ProtocolError, 'delivery-failed', 'The messages are kept');
      expect(bed.delivered).to.deep.equal([]);
    });
  });

  describe('on the command line of the peer', () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['call', '--bogus', '1'], 'unknown option: --bogus; known: sc, rm'],
      [['call', '--sc', '4'], '--sc 4: one of none, 1.3, 2005'],
      [['call', '--rm', '1.0'], 'Holdfast manages none, 1.1 only'],
      [['call', '--count', 'many'], '--count many: a number'],
      [['call', '--count'], '--count needs a value'],
      [['call'], '--url is needed'],
      [['sing'], 'peer serve|call|bench'],
      [[], 'peer serve|call|bench'],
    ];
    for (const [args, telling] of cases) {
      it(`is refused with exit code 2: peer ${args.join(' ')}`, async () => {
        const { code, stderr } = await peer(args);
        expect(code, stderr).to.equal(2);
        expect(stderr).to.contain(telling).and.not.contain('    at ');
      });
    }
  });
});

async function keysOf(store: ReturnType<typeof memoryStore>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.sessions()) keys.push(key);
  return keys;
}

function damagedPem(pem: string): string {
  return pem.replace(/\n(.{20})/, '\nAAAAAAAAAAAAAAAAAAAA');
}

function post(
  url: string,
  body: string | Buffer,
  type = 'application/soap+xml; charset=utf-8',
  method = 'POST',
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: { 'Content-Type': type } }, (response) => {
      let content = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        content += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: content }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const program = fileURLToPath(new URL('../bin/peer', import.meta.url));

function peer(args: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.once('close', (code) => resolve({ code, stderr }));
  });
}
