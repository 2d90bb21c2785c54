import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder beside the repository that holds peers, schemas and recorded messages. */
const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** A path in it. @throws when it is not there: these tests cannot run without */
export function sharedPath(path: string): string {
  const full = join(root, path);
  if (!existsSync(full)) throw new Error(`${full} is needed for the interoperation tests.`);
  return full;
}
