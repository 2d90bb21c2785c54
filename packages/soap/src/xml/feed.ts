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

/** Text that is shorter than this is not worth stepping over. */
const WORTHWHILE = 24;
/** What the parser would have to look at more closely: references, line ends, "]]>", and what XML does not allow. */
const NOT_PLAIN = /[^\t\n\x20-\x25\x27-\x5c\x5e-\ud7ff\ue000-\ufffd]/;

/**
 * Gives a document to the parser. The parser looks at each character by itself, and much of a message is text, Base64
 * above all, in which there is nothing to be found: such runs, from one tag to the next, are taken in as they are.
 */
export function feed(parser: Fed, source: string, shortcut: Shortcut): void {
  let at = 0;
  for (let next = source.indexOf('<'); next >= 0; ) {
    const tagEnd = source.indexOf('>', next);
    if (tagEnd < 0) break;
    next = source.indexOf('<', tagEnd);
    if (next - tagEnd <= WORTHWHILE) continue;
    const run = source.slice(tagEnd + 1, next);
    if (NOT_PLAIN.test(run)) continue;
    writeAll(parser, source, at, tagEnd);
    shortcut.begin();
    parser.write('>');
    if (shortcut.behindTag()) shortcut.text(run);
    else writeAll(parser, source, tagEnd + 1, next);
    at = next;
  }
  writeAll(parser, source, at, source.length);
}

function writeAll(parser: Fed, source: string, from: number, to: number): void {
  for (let at = from; at < to; at += CHUNK) parser.write(source.slice(at, Math.min(at + CHUNK, to)));
}
