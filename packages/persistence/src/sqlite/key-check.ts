import { StoreError, UsageError } from '@holdfast/soap';
import type { KeyRing } from '../keys/key-ring.js';
import type { Random } from '../random.js';
import { contextEntity, dataKeyEntity, keyEntity, tokenEntity } from '../schema/entities.js';
import { verifierPlace } from '../sealing/place.js';
import { sealSecret, unsealSecret } from '../sealing/secret-sealing.js';
import type { OpenDatabase } from './open-database.js';

const VERIFIER = Buffer.from('holdfast');

/**
 * Refuses to go on with a key ring that cannot open everything in the store, and makes the writing key known to it.
 *
 * @throws UsageError `wrong-key`
 * @throws StoreError `store-damaged`
 */
export async function checkKeys(
  { dataSource }: OpenDatabase,
  keys: KeyRing,
  file: string,
  random: Random,
): Promise<void> {
  const table = dataSource.getRepository(keyEntity);
  const rows = await table.find({ order: { id: 'ASC' } });
  if (rows.length === 0) {
    await refuseUnknownSecrets({ dataSource }, file);
  }
  for (const { id, verifier } of rows) {
    if (!keys.all.has(id)) {
      throw wrongKey(file, id, keys);
    }
    unsealSecret(verifier, verifierPlace(id), keys);
  }
  if (!rows.some(({ id }) => id === keys.writing.id)) {
    const { id } = keys.writing;
    await table.insert({ id, verifier: Buffer.from(sealSecret(VERIFIER, verifierPlace(id), keys.writing, random)) });
  }
}

/** Without the rows that recognize keys, any key would pass for the right one. */
async function refuseUnknownSecrets({ dataSource }: Pick<OpenDatabase, 'dataSource'>, file: string): Promise<void> {
  for (const entity of [dataKeyEntity, tokenEntity, contextEntity]) {
    if (await dataSource.getRepository<object>(entity).exists()) {
      throw new StoreError(
        'store-damaged',
        `The store ${file} has lost the record of its keys. Restore it from a back-up.`,
      );
    }
  }
}

function wrongKey(file: string, id: string, keys: KeyRing): UsageError {
  const given = [...keys.all.keys()].join(', ');
  return new UsageError(
    'wrong-key',
    `The store ${file} needs the key ${id}, and the key ring has ${given}. Give the key that the store was made with; to change keys, give the new one as \`writing\` and the old one as \`reading\`.`,
  );
}
