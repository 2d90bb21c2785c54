/**
 * Writes to the store of argv[2] until it is killed: commit n brings session `argv[3]` to version n, with message n,
 * a token and a row of the application's. Prints n when commit n is durable. Stops by itself after argv[4] commits.
 */
import { writeSync } from 'node:fs';
import { keyFromEnvironment, sqliteStore } from '@holdfast/persistence';

const [, , file = '', session = '', most = '1'] = process.argv;
const store = await sqliteStore({ file, keys: keyFromEnvironment('HOLDFAST_TEST_KEY') });
await store.migrateApplication([
  { name: 'journal', statements: ['CREATE TABLE journal (session TEXT, number INTEGER, UNIQUE (session, number))'] },
]);
const first = ((await store.session(session))?.version ?? 0) + 1;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const write = async (number: number): Promise<void> => {
  await store.commit([
    { kind: 'put-session', key: session, identifiers: [`urn:${session}`], version: number, state: encode(`${number}`) },
    {
      kind: 'put-message',
      session,
      log: 'outbound',
      number: BigInt(number),
      bytes: encode(`message ${number}`.padEnd(2000)),
    },
    { kind: 'put-token', uuid: 'token', bytes: encode('secret') },
    { kind: 'application', write: ({ run }) => run('INSERT INTO journal VALUES (?, ?)', session, number) },
  ]);
  writeSync(1, `${number}\n`);
};

const AT_A_TIME = 4;
for (let number = first; number < first + Number(most); number += AT_A_TIME) {
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, index) => write(number + index)));
}
await store.close();
