import { HoldfastError } from 'holdfast';
import { benchPeer } from './bench.js';
import { callPeer } from './call.js';
import { CommandLineError, parseOptions } from './options.js';
import { servePeer } from './serve.js';

const USAGE = 'peer serve|call|bench [--option value]…';

/** Runs the command line. @returns the exit code: 0 all went well, 1 something failed, 2 the command line is wrong */
export async function main([role, ...args]: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    switch (role) {
      case 'serve':
        await servePeer(options);
        return 0;
      case 'call':
        return (await callPeer(options)) === 0 ? 0 : 1;
      case 'bench':
        return (await benchPeer(options)) === 0 ? 0 : 1;
      default:
        throw new CommandLineError(`${role ?? 'no role'}: ${USAGE}`);
    }
  } catch (error) {
    if (error instanceof CommandLineError) {
      process.stderr.write(`peer: ${error.message}\n`);
      return 2;
    }
    process.stderr.write(
      `peer: ${error instanceof HoldfastError ? `${error.code}: ${error.message}` : String((error as Error).stack ?? error)}\n`,
    );
    return 1;
  }
}
