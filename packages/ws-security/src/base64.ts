import { SecurityError } from '@holdfast/soap';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * xs:base64Binary, white space allowed, anything else refused (Buffer.from would skip it silently).
 * @throws SecurityError `security-header-invalid`
 */
export function decodeBase64(text: string, what: string): Buffer {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!BASE64.test(compact)) throw new SecurityError('security-header-invalid', `${what} is not valid Base64.`);
  return Buffer.from(compact, 'base64');
}
