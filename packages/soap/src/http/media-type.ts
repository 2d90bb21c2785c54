/** A media type with its parameters (RFC 9110 §8.3.1), names in lower case. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;

/** Reads a Content-Type; undefined when there is none, or it is not one. What follows an unreadable parameter is ignored. */
export function readMediaType(header: string | undefined): MediaType | undefined {
  const type = /^\s*([^\s;/]+\/[^\s;]+)\s*/.exec(header ?? '');
  if (header === undefined || type?.[1] === undefined) return undefined;
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = type[0].length;
  for (let match = PARAMETER.exec(header); match !== null; match = PARAMETER.exec(header)) {
    const [, name = '', quoted, token = ''] = match;
    parameters.set(name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1'));
  }
  return { type: type[1].toLowerCase(), parameters };
}

/** A value as it may stand between the quotation marks of a header: what is not printable ASCII is percent-encoded. */
export function quotable(value: string): string {
  return value.replace(/[^\x20-\x7e]+|["\\]/g, encodeURIComponent);
}
