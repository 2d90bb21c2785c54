/** One thing that happened. Nothing secret is ever in one. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  /** A stable name, in kebab case. */
  readonly event: string;
  readonly error?: unknown;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Hears of what happens; must not throw. */
export type Log = (entry: LogEntry) => void;

/** The log that nobody hears. */
export const silent: Log = () => {};
