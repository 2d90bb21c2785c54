import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Identity } from 'holdfast';
import { CommandLineError } from './options.js';

/** The test keys of the matrix: alice and carol are initiators, bob is the recipient. */
export interface TestKeys {
  readonly trust: string;
  identity(name: string): Identity;
  certificate(name: string): string;
}

/**
 * @param folder '' takes the keys that stand beside the repository
 * @throws CommandLineError when a key is not there
 */
export function testKeys(folder: string): TestKeys {
  const at = folder === '' ? fileURLToPath(new URL('../../../../shared/peers/keys/', import.meta.url)) : folder;
  const read = (file: string): string => {
    try {
      return readFileSync(join(at, file), 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw new CommandLineError(
        `--keys ${at}: ${file} cannot be read there (${code}); name the folder of the test keys`,
      );
    }
  };
  const certificate = (name: string): string => read(`${name}.cert.pem`);
  return {
    trust: read('ca.cert.pem'),
    certificate,
    identity: (name) => ({ certificate: certificate(name), privateKey: read(`${name}.key.pem`) }),
  };
}
