import type { XmlAttribute } from '@holdfast/soap';

/** Compares as Canonical XML sorts: by code points, not by UTF-16 units. */
export function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) {
      // A surrogate stands for a code point above every unit of the basic plane.
      const aHigh = a >= 0xd800 && a <= 0xdfff;
      const bHigh = b >= 0xd800 && b <= 0xdfff;
      return aHigh === bHigh ? a - b : aHigh ? 1 : -1;
    }
  }
  return left.length - right.length;
}

/** Attributes by namespace, then local name; unqualified ones first (Canonical XML §2.2). */
export function compareAttributes(left: XmlAttribute, right: XmlAttribute): number {
  return compareCodePoints(left.namespace, right.namespace) || compareCodePoints(left.local, right.local);
}
