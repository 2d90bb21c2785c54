import { HoldfastError } from '@holdfast/soap';
import { opened } from '../samples.js';
import { HOSTILE } from './hostile.js';

/** Opens each hostile message of a megabyte in turn, in a process of its own that has little memory, and says how far it got. */
let refused = 0;
for (const { description, message } of HOSTILE) {
  try {
    opened(Buffer.from(message(1_000_000)), description);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    refused++;
  }
}
process.stdout.write(`${JSON.stringify({ refused, maxResidentKilobytes: process.resourceUsage().maxRSS })}\n`);
