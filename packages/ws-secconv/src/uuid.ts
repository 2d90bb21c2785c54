/** A random UUID (RFC 9562 §5.4) as a URN: the form of MessageIDs and context Identifiers. */
export function uuidUrn(random: (length: number) => Uint8Array): string {
  const octets = Buffer.from(random(16));
  octets[6] = ((octets[6] as number) & 0x0f) | 0x40;
  octets[8] = ((octets[8] as number) & 0x3f) | 0x80;
  const hex = octets.toString('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
