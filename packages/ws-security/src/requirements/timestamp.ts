import { SecurityError } from '@holdfast/soap';
import type { ProtectionDescription } from '../description.js';
import { readTimestamp } from '../elements/timestamp.js';
import type { Opened } from '../opening/opening.js';

/**
 * @returns the instant at which a repetition of the message would be refused for its age
 * @throws SecurityError `message-expired`, `message-from-the-future`, `security-header-invalid`
 */
export function checkTimestamp(opened: Opened, description: ProtectionDescription, now: Date): Date {
  const { clockSkew, maxAge } = description;
  if (opened.timestamp === undefined) return new Date(now.getTime() + maxAge + clockSkew);
  const { created, expires } = readTimestamp(opened.tree.current(opened.timestamp));
  const ahead = created.getTime() - now.getTime();
  if (ahead > clockSkew) {
    throw new SecurityError(
      'message-from-the-future',
      `The message was created ${ahead} ms from now; at most ${clockSkew} ms (clockSkew) are accepted.`,
    );
  }
  const oldest = created.getTime() + maxAge;
  const end = Math.min(expires?.getTime() ?? oldest, oldest) + clockSkew;
  if (end <= now.getTime()) {
    throw new SecurityError(
      'message-expired',
      `The message expired ${now.getTime() - end} ms ago, clockSkew and maxAge considered.`,
    );
  }
  return new Date(end);
}
