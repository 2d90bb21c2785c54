/** Prints an event: one JSON object a line on standard output, for the program that started this one. */
export function printEvent(
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}
