/** The command line of a peer: `--key value` pairs, the same for every stack of the matrix. */

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  sc: ['none', '1.3', '2005'],
  rm: ['none', '1.0', '1.1'],
  soap: ['1.1', '1.2'],
  bootstrap: ['x509', 'anonymous', 'username', 'username-tls', 'x509-tls'],
  derived: ['yes', 'no'],
  order: ['sign-encrypt', 'encrypt-sign'],
  layout: ['Strict', 'Lax'],
  str: ['yes', 'no'],
  'encrypt-signature': ['yes', 'no'],
  'signature-confirmation': ['yes', 'no'],
  mc: ['yes', 'no'],
  'renew-under': ['context', 'bootstrap'],
  close: ['yes', 'no'],
  operation: ['placeOrder', 'echo', 'notify', 'reject', 'mixed'],
};

const DEFAULTS = {
  sc: '1.3',
  rm: '1.1',
  soap: '1.2',
  bootstrap: 'x509',
  suite: 'Basic256',
  derived: 'yes',
  order: 'sign-encrypt',
  layout: 'Strict',
  str: 'no',
  'encrypt-signature': 'no',
  'signature-confirmation': 'no',
  mc: 'no',
  assurance: 'exactly-once-in-order',
  port: '0',
  store: '',
  drop: '',
  record: '',
  url: '',
  operation: 'placeOrder',
  count: '1',
  first: '1',
  concurrency: '1',
  size: '100',
  pause: '0',
  linger: '0',
  close: 'yes',
  replies: 'anonymous',
  user: 'joe',
  password: 'joespassword',
  'warm-up': '20',
  keys: '',
  lifetime: '',
  'renew-under': 'context',
} as const;

export type OptionName = keyof typeof DEFAULTS;
export type Options = Readonly<Record<OptionName, string>>;

/** Options that Holdfast does not manage, with the values that it does: anything else is refused, not ignored. */
const MANAGED: Readonly<Partial<Record<OptionName, readonly string[]>>> = {
  sc: ['none', '1.3', '2005'],
  rm: ['none', '1.1'],
  suite: ['Basic256', 'Basic128', 'Basic256Sha256'],
  mc: ['no'],
  assurance: ['exactly-once-in-order', 'exactly-once'],
  replies: ['anonymous'],
};

const aNumber = (value: string): string | undefined => (/^\d{1,9}$/.test(value) ? undefined : 'a number');

/** Says what a value should be, of the options that are not a choice. */
const FORMS: Readonly<Partial<Record<OptionName, (value: string) => string | undefined>>> = {
  port: (value) => aNumber(value) ?? (Number(value) <= 65_535 ? undefined : 'a port, 0 to 65535'),
  count: aNumber,
  first: aNumber,
  concurrency: aNumber,
  size: aNumber,
  pause: aNumber,
  linger: aNumber,
  'warm-up': aNumber,
  drop: (value) => (/^([1-9]\d{0,8}(,[1-9]\d{0,8})*)?$/.test(value) ? undefined : 'numbers from 1, as 3,5'),
  lifetime: (value) => (value === '' ? undefined : aNumber(value)),
  url: (value) => (/^https?:$/.test(protocolOf(value)) ? undefined : 'an address, as http://localhost:8080/orders'),
};

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

/** What is wrong with a command line; the process ends with 2. */
export class CommandLineError extends Error {}

/** @throws CommandLineError for an unknown option or value, or one that Holdfast does not manage */
export function parseOptions(args: readonly string[]): Options {
  const options: Record<OptionName, string> = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const argument = args[at] as string;
    const value = args[at + 1];
    const key = argument.replace(/^--/, '');
    if (!argument.startsWith('--') || !isOption(key)) {
      throw new CommandLineError(`unknown option: ${argument}; known: ${Object.keys(DEFAULTS).join(', ')}`);
    }
    if (value === undefined) throw new CommandLineError(`${argument} needs a value`);
    const choices = CHOICES[key];
    if (choices !== undefined && !choices.includes(value)) {
      throw new CommandLineError(`${argument} ${value}: one of ${choices.join(', ')}`);
    }
    const wanted = FORMS[key]?.(value);
    if (wanted !== undefined) throw new CommandLineError(`${argument} ${value}: ${wanted}`);
    options[key] = value;
  }
  const useless = options.bootstrap.startsWith('username') ? undefined : USER.find((key) => args.includes(`--${key}`));
  if (useless !== undefined) {
    throw new CommandLineError(`--${useless}: it says nothing with bootstrap ${options.bootstrap}`);
  }
  for (const [key, managed] of Object.entries(MANAGED)) {
    const value = options[key as OptionName];
    const matters = options.sc !== 'none' || !SECURITY_ONLY.includes(key);
    if (matters && !managed.includes(value)) {
      throw new CommandLineError(`--${key} ${value}: Holdfast manages ${managed.join(', ')} only`);
    }
  }
  return options;
}

/** Options that say something in a bootstrap by password only: who gives one expects that it matters. */
const USER: readonly OptionName[] = ['user', 'password'];

/** Options that say nothing where there is no security. */
const SECURITY_ONLY: readonly string[] = ['suite'];

function isOption(key: string): key is OptionName {
  return Object.hasOwn(DEFAULTS, key);
}

/** The numbers of `--drop 3,5`. */
export function dropped(options: Options): ReadonlySet<number> {
  return new Set(options.drop === '' ? [] : options.drop.split(',').map(Number));
}
