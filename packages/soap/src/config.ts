import { UsageError } from './errors.js';

/** What a field of a configuration must be; answers what is expected instead, or undefined when the value is right. */
export type Check = (value: unknown) => string | undefined;

/**
 * The defaults with what was given in their place. A field that is given as undefined keeps its default.
 * @param role what is configured, for the message: "httpExchange"
 * @param checks what each given field must be, where that is not obvious from its type
 * @throws UsageError `invalid-option` naming an unknown field, or one whose value is not as it must be
 */
export function configured<Config extends object>(
  role: string,
  defaults: Config,
  given: Partial<Config>,
  checks: { readonly [Field in keyof Config]?: Check } = {},
): Config {
  const result: Config = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).sort().join(', ');
      throw new UsageError('invalid-option', `${role} has no option "${name}". There are: ${known}.`);
    }
    if (value === undefined) continue;
    const expected = checks[name as keyof Config]?.(value);
    if (expected !== undefined) {
      throw new UsageError('invalid-option', `The option "${name}" of ${role} must be ${expected}.`);
    }
    result[name as keyof Config] = value as Config[keyof Config];
  }
  return result;
}

/** A whole number between these, both included. */
export function wholeNumber(lower: number, upper: number = Number.MAX_SAFE_INTEGER): Check {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= lower && (value as number) <= upper
      ? undefined
      : upper === Number.MAX_SAFE_INTEGER
        ? `a whole number, at least ${lower}`
        : `a whole number from ${lower} to ${upper}`;
}

/** The upper bound of a time-out: what timers of Node.js can hold. */
export const MAX_MILLIS = 2_147_483_647;

/** Milliseconds of a time-out, at least 1. */
export const millis: Check = wholeNumber(1, MAX_MILLIS);

/** true or false. */
export const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

/** A string. */
export const string: Check = (value) => (typeof value === 'string' ? undefined : 'a string');
