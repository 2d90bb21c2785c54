import { type MemoryStore, type MemoryTransaction, memoryStore } from '@holdfast/persistence';
import {
  contextStoreSuite,
  type StoreUnderTest,
  sequenceStoreSuite,
  type TestFramework,
} from '@holdfast/persistence/testing';
import { expect } from 'chai';

describe('the compliance suites', () => {
  interface Collected {
    readonly title: string;
    readonly run: () => Promise<void>;
  }

  const collect = (define: (framework: TestFramework) => void): readonly Collected[] => {
    const tests: Collected[] = [];
    define({ describe: (_, inner) => inner(), it: (title, run) => tests.push({ title, run }) });
    return tests;
  };

  const failing = async (tests: readonly Collected[]): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (const { title, run } of tests) {
      await run().catch(() => failed.push(title));
    }
    return failed;
  };

  /** A memory store with one method replaced. */
  const faulty = (
    fault: (store: MemoryStore) => Partial<MemoryStore>,
  ): StoreUnderTest<MemoryTransaction, MemoryStore> => {
    const inner = memoryStore();
    const replaced = fault(inner);
    const store = new Proxy(inner, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in replaced ? replaced : target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return {
      store,
      notes: {
        add: ({ get, set }, note) => set('notes', [...((get('notes') as string[] | undefined) ?? []), note]),
        all: () => inner.application(({ get }) => (get('notes') as string[] | undefined) ?? []),
      },
      dispose: () => inner.close(),
    };
  };

  const faults: Readonly<Record<string, (store: MemoryStore) => Partial<MemoryStore>>> = {
    'commits change by change': (store) => ({
      commit: async (changes) => {
        for (const change of changes) {
          await store.commit([change]);
        }
      },
    }),
    'ignores conflicts': (store) => ({
      commit: (changes) => store.commit(changes).catch(() => undefined),
    }),
    'applies changes in reverse': (store) => ({ commit: (changes) => store.commit([...changes].reverse()) }),
    'forgets application writes': (store) => ({
      commit: (changes) => store.commit(changes.filter(({ kind }) => kind !== 'application')),
    }),
    'forgets to remove messages': (store) => ({
      commit: (changes) => store.commit(changes.filter(({ kind }) => kind !== 'remove-messages')),
    }),
    'forgets to remove tokens': (store) => ({
      commit: (changes) => store.commit(changes.filter(({ kind }) => kind !== 'remove-token')),
    }),
    'gives sessions in alphabetical order': (store) => ({
      sessions: async function* () {
        const all = [];
        for await (const session of store.sessions()) {
          all.push(session);
        }
        yield* all.sort((one, other) => one.key.localeCompare(other.key));
      },
    }),
    'gives only the first page of sessions': (store) => ({
      sessions: async function* () {
        let given = 0;
        for await (const session of store.sessions()) {
          given += 1;
          if (given <= 100) {
            yield session;
          }
        }
      },
    }),
    'finds no session by its second identifier': (store) => ({
      sessionOf: async (identifier) => {
        const session = await store.sessionOf(identifier);
        return session?.identifiers[0] === identifier ? session : undefined;
      },
    }),
    'mixes up the logs': (store) => ({ message: (session, _, number) => store.message(session, 'outbound', number) }),
    'takes numbers for doubles': (store) => ({
      message: (session, log, number) => store.message(session, log, BigInt(Number(number))),
    }),
    'ignores the limit': (store) => ({ messages: (session, log, lower) => store.messages(session, log, lower, 1000) }),
    'takes the lower bound as exclusive': (store) => ({
      messages: (session, log, lower, limit) => store.messages(session, log, lower + 1n, limit),
    }),
    'gives messages descending': (store) => ({
      messages: async (session, log, lower, limit) => [...(await store.messages(session, log, lower, limit))].reverse(),
    }),
    'cuts long bodies': (store) => ({
      message: async (session, log, number) => {
        const found = await store.message(session, log, number);
        return found === undefined ? undefined : { ...found, bytes: found.bytes.subarray(0, 65_536) };
      },
    }),
  };

  it('pass over a store that is right', async () => {
    const right = async (): Promise<StoreUnderTest<MemoryTransaction, MemoryStore>> => faulty(() => ({}));
    expect(await failing(collect((framework) => sequenceStoreSuite(framework, right, ['reopen'])))).to.deep.equal([]);
    expect(await failing(collect((framework) => contextStoreSuite(framework, right, ['reopen'])))).to.deep.equal([]);
  });

  for (const [name, fault] of Object.entries(faults)) {
    it(`find a store that ${name}`, async () => {
      const tests = collect((framework) => sequenceStoreSuite(framework, async () => faulty(fault), ['reopen']));
      expect(await failing(tests)).not.to.deep.equal([]);
    });
  }

  it('find a store that claims to be opened again and is empty then', async () => {
    const forgetful = async (): Promise<StoreUnderTest<MemoryTransaction, MemoryStore>> => ({
      ...faulty(() => ({})),
      reopen: async () => faulty(() => ({})),
    });
    expect(await failing(collect((framework) => sequenceStoreSuite(framework, forgetful)))).to.have.length(2);
    expect(await failing(collect((framework) => contextStoreSuite(framework, forgetful)))).to.have.length(1);
  });

  it('say what to leave out when a store cannot do it', async () => {
    const tests = collect((framework) =>
      sequenceStoreSuite(framework, async () => {
        const store = memoryStore();
        return { store, dispose: () => store.close() };
      }),
    );
    const messages: string[] = [];
    for (const { run } of tests) {
      await run().catch((error: Error) => messages.push(error.message));
    }
    expect(messages.some((message) => message.includes("['application']"))).to.equal(true);
    expect(messages.some((message) => message.includes("['reopen']"))).to.equal(true);
  });
});
