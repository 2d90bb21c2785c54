import { chmodSync, chownSync, statSync } from 'node:fs';

const NOBODY = 65_534;

/**
 * Runs something with these modes on paths, given as pairs of path and mode. Root may do everything whatever the mode
 * is, so that root becomes another user meanwhile, who owns the paths.
 */
export async function withModes(
  modes: readonly (readonly [string, number])[],
  run: () => Promise<void>,
): Promise<void> {
  const before = modes.map(([path]) => [path, statSync(path).mode] as const);
  const isRoot = process.geteuid?.() === 0;
  for (const [path, mode] of modes) {
    if (isRoot) {
      chownSync(path, NOBODY, NOBODY);
    }
    chmodSync(path, mode);
  }
  if (isRoot) {
    process.seteuid?.(NOBODY);
  }
  try {
    await run();
  } finally {
    if (isRoot) {
      process.seteuid?.(0);
    }
    for (const [path, mode] of before) {
      chmodSync(path, mode);
    }
  }
}
