import { InvalidMessageError, parse, UsageError, type XmlElement, type XmlNode } from '@holdfast/soap';

/** What a message says: one element, as a tree or as XML text; `undefined` for an empty Body. */
export type Body = XmlElement | string | undefined;

/**
 * The content of soap:Body.
 * @throws UsageError `invalid-argument` when the text is not one XML element
 */
export function bodyContent(body: Body): readonly XmlNode[] {
  if (body === undefined) return [];
  if (typeof body !== 'string') {
    if (body?.kind === 'element') return [body];
    throw new UsageError('invalid-argument', 'The body must be one XML element, as a tree or as text.');
  }
  try {
    return [parse(body).root];
  } catch (cause) {
    const why = cause instanceof InvalidMessageError ? ` ${cause.message}` : '';
    throw new UsageError('invalid-argument', `The body must be one XML element.${why}`, { cause });
  }
}
