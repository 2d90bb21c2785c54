const UTC = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:)([0-5]\d)(\.\d{1,9})?Z$/;

/** An xs:dateTime in UTC; `undefined` for anything else. Digits beyond the millisecond are dropped (WSS 1.1 §10: not relied on). */
export function utcInstant(text: string): Date | undefined {
  const match = UTC.exec(text);
  const date =
    match === null ? undefined : new Date(`${match[1]}${match[2]}${(match[3] ?? '.000').slice(0, 4).padEnd(4, '0')}Z`);
  // Date takes the 30th of February for the 2nd of March.
  return date === undefined || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(match?.[1] ?? '')
    ? undefined
    : date;
}
