import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { type Identity, keyFromFile, type SqliteStore, sqliteStore } from 'holdfast';

export type Party = 'initiator' | 'recipient';

/** Makes certificates for both parties, by an authority of their own. */
export function prepareParties(folder: string): void {
  const authority = certificateAuthority('Holdfast demonstration');
  for (const party of ['initiator', 'recipient'] as const) {
    mkdirSync(join(folder, party), { recursive: true, mode: 0o700 });
    const { certificate, privateKey } = authority.issue({ name: `${party}.example` });
    writeFileSync(join(folder, `${party}.cert.pem`), certificate);
    writeFileSync(join(folder, party, 'identity.key.pem'), privateKey, { mode: 0o600 });
  }
  writeFileSync(join(folder, 'authority.cert.pem'), authority.certificate);
}

export function identityOf(folder: string, party: Party): Identity {
  return {
    certificate: certificateOf(folder, party),
    privateKey: readFileSync(join(folder, party, 'identity.key.pem'), 'utf8'),
  };
}

export function certificateOf(folder: string, party: Party): string {
  return readFileSync(join(folder, `${party}.cert.pem`), 'utf8');
}

export function trustIn(folder: string): string {
  return readFileSync(join(folder, 'authority.cert.pem'), 'utf8');
}

/** The store of a party, with the journal that its application keeps in the same database. */
export async function storeOf(folder: string, party: Party): Promise<SqliteStore> {
  const store = await sqliteStore({
    file: join(folder, party, 'holdfast.db'),
    keys: keyFromFile(join(folder, party, 'store.key'), { create: true }),
  });
  await store.migrateApplication([
    {
      name: 'journal',
      statements: [
        'CREATE TABLE journal (position INTEGER PRIMARY KEY, order_id TEXT NOT NULL, message_number INTEGER, security_context TEXT, sequence TEXT)',
      ],
    },
  ]);
  return store;
}
