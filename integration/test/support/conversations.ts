import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogEntry, text } from '@holdfast/soap';
import { type CertificateAuthority, certificateAuthority, type IssuedCertificate } from '@holdfast/ws-security/testing';
import {
  type ConnectOptions,
  type Conversation,
  connect,
  memoryStore,
  type RunningService,
  type ServeOptions,
  type Service,
  serve,
} from 'holdfast';

/** Certificates: those who trust each other, and some whom nobody should. Made once, for keys take long to make. */
export interface Certificates {
  readonly authority: CertificateAuthority;
  readonly alice: IssuedCertificate;
  readonly bob: IssuedCertificate;
  /** By the same authority, and neither of them. */
  readonly carol: IssuedCertificate;
  /** By an authority that nobody trusts. */
  readonly mallory: IssuedCertificate;
  /** Of alice's authority, out of date since yesterday. */
  readonly expired: IssuedCertificate;
}

let made: Certificates | undefined;

export function certificates(): Certificates {
  made ??= make();
  return made;
}

function make(): Certificates {
  const day = 24 * 3_600_000;
  const authority = certificateAuthority('Integration tests');
  return {
    authority,
    alice: authority.issue({ name: 'alice' }),
    bob: authority.issue({ name: 'bob' }),
    carol: authority.issue({ name: 'carol' }),
    mallory: certificateAuthority('Somebody else').issue({ name: 'mallory' }),
    expired: authority.issue({
      name: 'expired',
      notBefore: new Date(Date.now() - 3 * day),
      notAfter: new Date(Date.now() - day),
    }),
  };
}

/** Options of a service that trusts alice. */
export function serviceOptions(): ServeOptions & { readonly store: ReturnType<typeof memoryStore> } {
  const { authority, bob } = certificates();
  return { identity: bob, trust: authority.certificate, store: memoryStore() };
}

/** Options of alice, who repeats soon what was not heard. */
export function conversationOptions(): ConnectOptions & { readonly store: ReturnType<typeof memoryStore> } {
  const { authority, alice, bob } = certificates();
  return {
    identity: alice,
    recipient: bob.certificate,
    trust: authority.certificate,
    store: memoryStore(),
    reliability: { source: { retransmission: { interval: 50, maxInterval: 200 } } },
  };
}

/** What one test has open; all of it is closed by {@link TestBed.close}. */
export class TestBed {
  /** The text of each body that a service was given, in order. */
  readonly delivered: string[] = [];
  /** What the services logged. */
  readonly serviceLog: LogEntry[] = [];
  /** What the conversations logged. */
  readonly log: LogEntry[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
  #folder: string | undefined;

  /** A folder of the test's own. */
  get folder(): string {
    if (this.#folder === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-integration-'));
      this.#folder = folder;
      this.atEnd(async () => rmSync(folder, { recursive: true, force: true }));
    }
    return this.#folder;
  }

  /** A service that echoes, on a free port unless another is asked for. */
  async serve(options: Partial<ServeOptions> = {}, service: Service = ({ body }) => body): Promise<RunningService> {
    const running = await serve(
      (request) => {
        this.delivered.push(request.body === undefined ? '' : text(request.body));
        return service(request);
      },
      { ...serviceOptions(), log: (entry) => this.serviceLog.push(entry), ...options } as ServeOptions,
    );
    this.atEnd(() => running.close());
    return running;
  }

  async connect(address: string, options: Partial<ConnectOptions> = {}): Promise<Conversation> {
    const conversation = await connect(address, {
      ...conversationOptions(),
      log: (entry) => this.log.push(entry),
      ...options,
    } as ConnectOptions);
    this.atEnd(() => conversation.suspend());
    return conversation;
  }

  atEnd(close: () => Promise<void>): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

export const ACTION = 'urn:holdfast:test:say';

export function say(what: string): string {
  return `<say xmlns="urn:holdfast:test">${what}</say>`;
}

/** Waits for what another side does by itself. @throws Error when it is not so after some seconds */
export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 10_000) throw new Error('It did not come about.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
