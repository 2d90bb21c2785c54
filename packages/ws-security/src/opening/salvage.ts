import { attemptContent, type ContentAttempt, type XmlNode, type XmlScope } from '@holdfast/soap';

/** More breaks than elements are open where a block of ciphertext was changed. */
const MAX_BREAKS = 24;

/**
 * What a plaintext that breaks off has to say in spite of it: reading goes on at the next tag, and again where it breaks
 * off there. Nobody reads the result; it is there for the work, which is about that of a plaintext that is well-formed, so
 * that whoever changes a ciphertext and measures does not learn whether what came out could be read.
 * @param attempt how far it could be read in one go
 */
export function salvaged(plaintext: Buffer, scope: XmlScope | undefined, attempt: ContentAttempt): readonly XmlNode[] {
  if (attempt.complete) return attempt.nodes;
  const text = plaintext.toString('utf8');
  const pieces: (readonly XmlNode[])[] = [attempt.nodes];
  let at = nextTag(text, 0, Math.floor((attempt.read / Math.max(plaintext.length, 1)) * text.length));
  for (let breaks = 0; at >= 0 && breaks < MAX_BREAKS; breaks++) {
    const { nodes, complete, read } = attemptContent(text.slice(at), scope);
    pieces.push(nodes);
    at = complete ? -1 : nextTag(text, at, read);
  }
  return pieces.flat();
}

/** Where reading goes on that broke off so many characters behind a place; negative: nowhere. */
function nextTag(text: string, from: number, read: number): number {
  const next = text.indexOf('<', from + read);
  return next === from ? text.indexOf('<', from + 1) : next;
}
