/** Where the shells report what their callers do not see. Nothing secret and no message body is ever in an entry. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const ignore = (): void => {};

export const noLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
