import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What xmlsec1 (XML Security Library, on libxml2 and OpenSSL) said. */
export interface XmlsecAnswer {
  readonly ok: boolean;
  /** The document that it made. */
  readonly output: string;
  /** Why not. */
  readonly error: string;
}

/**
 * Asks xmlsec1.
 * @param command `--verify`, `--sign` or `--decrypt`
 * @param options as on its command line; a Buffer is put into a file, whose name is given
 * @throws when it is not installed: these tests cannot run without
 */
export function xmlsec(command: string, options: readonly (string | Uint8Array)[], xml: string): XmlsecAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-xmlsec-'));
  try {
    const file = (content: string | Uint8Array, at: number | string): string => {
      const path = join(folder, `${at}`);
      writeFileSync(path, content);
      return path;
    };
    const args = options.map((option, at) => (typeof option === 'string' ? option : file(option, at)));
    const { error, status, stdout, stderr } = spawnSync('xmlsec1', [command, ...args, file(xml, 'document.xml')], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (error !== undefined) throw new Error(`xmlsec1 is needed for the interoperation tests: ${error.message}`);
    return { ok: status === 0, output: stdout, error: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
