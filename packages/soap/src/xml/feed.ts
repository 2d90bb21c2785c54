/** What of a parser is needed to give it a document in pieces. */
export interface Fed {
  write(chunk: string): unknown;
}

/**
 * Where the parser stands: right behind a tag and inside the root, so that what follows is character data, and how to
 * take character data in without it.
 */
export interface Shortcut {
  /** Forgets the last tag; what {@link behindTag} says is of tags that end from now on. */
  begin(): void;
  behindTag(): boolean;
  text(value: string): void;
}

/** The length of the pieces that the parser gets: a refusal stops the reading soon after the offending place. */
const CHUNK = 65_536;

/** The beginning of a run that is long enough to be worth stepping over. */
const RUN = />[A-Za-z0-9+/= \n]{256}/g;
const NOT_OF_A_RUN = /[^A-Za-z0-9+/= \n]/;

/**
 * Gives a document to the parser. The parser looks at each character by itself, and most of a secured message is Base64,
 * in which there is nothing to be found: such runs, from one tag to the next, are taken in as the text that they are.
 */
export function feed(parser: Fed, source: string, shortcut: Shortcut): void {
  let at = 0;
  for (const { index: tagEnd } of source.matchAll(RUN)) {
    if (tagEnd < at) continue;
    const end = source.indexOf('<', tagEnd);
    const run = source.slice(tagEnd + 1, end < 0 ? source.length : end);
    if (end < 0 || NOT_OF_A_RUN.test(run)) continue;
    writeAll(parser, source, at, tagEnd);
    shortcut.begin();
    parser.write('>');
    if (shortcut.behindTag()) shortcut.text(run);
    else writeAll(parser, source, tagEnd + 1, end);
    at = end;
  }
  writeAll(parser, source, at, source.length);
}

function writeAll(parser: Fed, source: string, from: number, to: number): void {
  for (let at = from; at < to; at += CHUNK) parser.write(source.slice(at, Math.min(at + CHUNK, to)));
}
