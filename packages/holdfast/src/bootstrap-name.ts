import { UsageError } from '@holdfast/soap';

/**
 * How a conversation begins: who proves itself to whom, and by what.
 *
 * | name | the initiator proves itself by | the recipient by | protected by |
 * |---|---|---|---|
 * | `x509` | its certificate | its certificate | both certificates |
 * | `anonymous` | nothing | its certificate | a key for the recipient's certificate |
 * | `username` | name and password | its certificate | a key for the recipient's certificate |
 * | `x509-endorsing` | its certificate | its certificate | a key for the recipient's certificate |
 * | `username-tls` | name and password | its TLS certificate | TLS |
 * | `x509-tls` | its certificate | its TLS certificate | TLS |
 */
export type BootstrapName = 'x509' | 'anonymous' | 'username' | 'x509-endorsing' | 'username-tls' | 'x509-tls';

const NAMES = [
  'x509',
  'anonymous',
  'username',
  'x509-endorsing',
  'username-tls',
  'x509-tls',
] as const satisfies readonly BootstrapName[];

/** @throws UsageError `invalid-option` when there is no such bootstrap */
export function bootstrapName(given: BootstrapName = 'x509'): BootstrapName {
  if (!NAMES.includes(given)) {
    throw new UsageError('invalid-option', `bootstrap: there is no "${String(given)}"; there are ${NAMES.join(', ')}.`);
  }
  return given;
}

/** Whether it is TLS that protects the messages of such a conversation. */
export function isOverTls(name: BootstrapName): boolean {
  return name === 'username-tls' || name === 'x509-tls';
}

/**
 * Makes sure that the options which say who is who are those that the bootstrap needs, and no others: one that says
 * nothing would be believed to matter.
 * @throws UsageError `invalid-option`
 */
export function assertNeeded<Option extends string>(
  name: BootstrapName,
  needs: Readonly<Record<BootstrapName, readonly Option[]>>,
  given: Readonly<Partial<Record<Option, unknown>>>,
): void {
  const needed = needs[name];
  if (needed.some((option) => given[option] === undefined)) {
    const kind = name === 'x509' ? 'a secure conversation' : `a conversation with bootstrap "${name}"`;
    throw new UsageError(
      'invalid-option',
      `${listed(needed)} needed for ${kind}; security: "dangerouslyNone" does without.`,
    );
  }
  const all = new Set(Object.values(needs).flat() as Option[]);
  const useless = [...all].find((option) => given[option] !== undefined && !needed.includes(option));
  if (useless === undefined) return;
  throw new UsageError(
    'invalid-option',
    `${useless}: it says nothing with bootstrap "${name}". Leave out one of them.`,
  );
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? `${last} is` : `${names.slice(0, -1).join(', ')} and ${last} are`;
}
