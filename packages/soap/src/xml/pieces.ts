/** Takes a text piece by piece, in order. No piece ends within a character. */
export type TextSink = (piece: string) => void;

/**
 * How many characters are gathered before they are passed on: enough that a call for each piece costs nothing, few enough
 * that a piece is gone before the garbage collector has to move it.
 */
export const PIECE = 16_384;

/** The whole text. */
export function textOf(write: (sink: TextSink) => void): string {
  let text = '';
  write((piece) => {
    text += piece;
  });
  return text;
}

/** The octets of the text in UTF-8; the whole text is never there. */
export function octetsOf(write: (sink: TextSink) => void): Buffer {
  const pieces: Buffer[] = [];
  write((piece) => {
    pieces.push(Buffer.from(piece, 'utf8'));
  });
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
