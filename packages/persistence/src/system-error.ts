/** The `code` of an error of the operating system or of a driver, such as `ENOENT` or `SQLITE_BUSY`. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}
