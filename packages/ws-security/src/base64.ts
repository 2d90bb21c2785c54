import { SecurityError } from '@holdfast/soap';

// One expression for the whole grammar would overflow the stack of the matcher on a ciphertext of some megabytes.
const FOREIGN = /[^A-Za-z0-9+/=]/;

/**
 * xs:base64Binary, white space allowed, anything else refused (Buffer.from would skip it silently).
 * @throws SecurityError `security-header-invalid`
 */
export function decodeBase64(text: string, what: string): Buffer {
  // What has nothing foreign in it has no white space either, and is looked through once only.
  const isCompact = !FOREIGN.test(text);
  const compact = isCompact ? text : text.replace(/[ \t\r\n]+/g, '');
  const padding = compact.indexOf('=');
  const data = padding < 0 ? compact.length : padding;
  if (
    (!isCompact && FOREIGN.test(compact)) ||
    compact.length % 4 !== 0 ||
    compact.length - data > 2 ||
    !/^=*$/.test(compact.slice(data))
  )
    throw new SecurityError('security-header-invalid', `${what} is not valid Base64.`);
  return Buffer.from(compact, 'base64');
}
