import { type Check, configured, UsageError } from '@holdfast/soap';

/** Every option of a role, so that any other is refused. */
export type Options<Of> = { readonly [Name in keyof Required<Of>]: undefined };

/**
 * Refuses an option that there is not, or whose value is of another kind.
 * @param role what is configured, for the message
 * @throws UsageError `invalid-option` naming the option
 */
export function checkOptions<Of extends object>(
  role: string,
  known: Options<Of>,
  given: Of,
  checks: { readonly [Name in keyof Of]?: Check } = {},
): void {
  if (typeof given !== 'object' || given === null) {
    const names = Object.keys(known).sort().join(', ');
    throw new UsageError('invalid-option', `${role} needs an object of options. There are: ${names}.`);
  }
  configured<object>(role, known, given, checks);
}

/** One of these values. */
export function oneOf(...values: readonly (string | boolean)[]): Check {
  const names = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join(' or ');
  return (value) => (values.includes(value as string | boolean) ? undefined : names);
}

/** A function. */
export const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

/** An object. */
export const anObject: Check = (value) => (typeof value === 'object' && value !== null ? undefined : 'an object');

/** Something that has these methods. */
export function having(what: string, ...methods: readonly string[]): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === 'function')
      ? undefined
      : what;
}

/** What remembers messages against replay. */
export const aReplayStore: Check = having(
  "a store of replays, as store.replays('recipient') of sqliteStore() gives it",
  'admit',
);

/** What both sides need of their store. */
export const aStore: Check = having(
  'a store, as memoryStore() or sqliteStore() make it',
  'commit',
  'session',
  'sessionOf',
  'sessions',
  'message',
  'messages',
  'token',
);
