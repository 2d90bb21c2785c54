/**
 * Text that takes the place of a plaintext that could not be had. It is as long as the ciphertext and about as full of
 * markup as a message, so that what follows costs what it would have cost: whoever measures learns nothing of the cause.
 */
export function standIn(length: number): string {
  return PATTERN.repeat(Math.ceil(length / PATTERN.length));
}

const PATTERN = '<a b="c">0123456789 abcdefghij</a>';
