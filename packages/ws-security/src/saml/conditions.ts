import { SecurityError } from '@holdfast/soap';
import type { ReplayCache } from '../replay-cache.js';
import type { SamlAssertion } from './assertion.js';
import { distrusted, malformed } from './shape.js';

const DEFAULT_CLOCK_SKEW = 60_000;

/** The clock that an assertion is judged by. */
export interface AssertionClock {
  readonly now: Date;
  /** How much the clocks may differ, milliseconds. Default 60,000. */
  readonly clockSkew?: number;
}

/**
 * Whether an assertion holds now, and for us (SAML Core 2.0 §2.5.1, SAML Core 1.1 §2.3.2.1).
 * @throws SecurityError `token-expired`, `message-from-the-future`, `token-not-trusted`, `replayed`
 */
export function checkConditions(
  assertion: SamlAssertion,
  requirements: AssertionClock & { readonly audiences?: readonly string[]; readonly oneTimeUse?: ReplayCache },
): void {
  const { conditions, issuer, id, issueInstant } = assertion;
  const { now, clockSkew = DEFAULT_CLOCK_SKEW, audiences = [], oneTimeUse } = requirements;
  const ahead = issueInstant.getTime() - now.getTime();
  if (ahead > clockSkew) {
    throw new SecurityError(
      'message-from-the-future',
      `A SAML assertion was issued ${ahead} ms ahead of this clock; ${clockSkew} ms of clock skew are allowed.`,
    );
  }
  assertInTime('A SAML assertion', conditions.notBefore, conditions.notOnOrAfter, requirements);
  for (const restriction of conditions.audiences) {
    if (!restriction.some((audience) => audiences.includes(audience))) {
      distrusted(`it is for "${restriction.join('", "').slice(0, 200)}", which is none of our names (audiences)`);
    }
  }
  if (!conditions.oneTimeUse) return;
  if (oneTimeUse === undefined) distrusted('it may be used once, and nothing remembers whether it was (oneTimeUse)');
  if (conditions.notOnOrAfter === undefined) distrusted('it may be used once, and does not say until when');
  const until = new Date(conditions.notOnOrAfter.getTime() + clockSkew);
  oneTimeUse.admit(`saml ${JSON.stringify([issuer, id])}`, until, now);
}

/** @throws SecurityError `token-expired`, with the measured difference */
export function assertInTime(
  what: string,
  notBefore: Date | undefined,
  notOnOrAfter: Date | undefined,
  { now, clockSkew = DEFAULT_CLOCK_SKEW }: AssertionClock,
): void {
  if (notBefore !== undefined && notOnOrAfter !== undefined && notBefore >= notOnOrAfter) {
    malformed('it ends before it begins');
  }
  const early = notBefore === undefined ? 0 : notBefore.getTime() - now.getTime();
  if (early > clockSkew) {
    throw new SecurityError(
      'token-expired',
      `${what} is not valid for another ${early} ms; ${clockSkew} ms of clock skew are allowed.`,
    );
  }
  const late = notOnOrAfter === undefined ? Number.NEGATIVE_INFINITY : now.getTime() - notOnOrAfter.getTime();
  if (late >= clockSkew) {
    throw new SecurityError(
      'token-expired',
      `${what} has been over for ${late} ms; ${clockSkew} ms of clock skew are allowed.`,
    );
  }
}
