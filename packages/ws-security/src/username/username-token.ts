import { attribute, element, elements, isElement, text, trimmedText, type XmlElement } from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import {
  BASE64_BINARY,
  PASSWORD_DIGEST,
  PASSWORD_TEXT,
  WSSE,
  WSSE_11,
  WSU,
  WSU_ID,
  wsse,
  wsse11,
  wsu,
} from '../namespaces.js';
import { invalid, unsupported } from '../refusal.js';
import { utcInstant } from '../utc-instant.js';

/** wsse:UsernameToken (UsernameToken Profile 1.1 §3, §4). */
export interface UsernameToken {
  readonly username: string;
  /** `text`: the password itself. `digest`: Base64 of what {@link passwordDigest} makes. */
  readonly password?: UsernamePassword;
  /** The octets, decoded. */
  readonly nonce?: Buffer;
  /** The characters, which the digest is over, and the instant that they mean. */
  readonly created?: UsernameCreated;
  /** Octets that the key of the token is derived with; there is no password in the token then (§4). */
  readonly salt?: Buffer;
  /** How many times the derivation hashes; present exactly when `salt` is. */
  readonly iteration?: number;
}

export interface UsernamePassword {
  readonly type: 'text' | 'digest';
  readonly value: string;
}

export interface UsernameCreated {
  readonly text: string;
  readonly instant: Date;
}

export interface UsernameTokenOptions {
  /**
   * Asks for what the Basic Security Profile 1.1 adds: Type of a Password (R4201), EncodingType of a Nonce (R4220,
   * R4221), Iteration beside Salt (R4218). Without, the defaults of the UsernameToken Profile hold. Default true.
   */
  readonly basicSecurityProfile?: boolean;
}

/** Iterations where a token names none (§4), and the fewest that it may name (BSP R4218). */
export const DEFAULT_ITERATION = 1_000;

const MAX_USERNAME = 1_024;
const MAX_PASSWORD = 4_096;
const MAX_NONCE = 256;
const MAX_SALT = 64;
const MIN_SALT = 8;

/**
 * @throws SecurityError `security-header-invalid` when something is there twice, missing, too long or beside the point;
 * `unsupported-token` for a type of password or an encoding that is not known
 */
export function readUsernameToken(token: XmlElement, options: UsernameTokenOptions = {}): UsernameToken {
  const strict = options.basicSecurityProfile ?? true;
  const parts = new Map<string, XmlElement>();
  for (const part of elements(token)) {
    const name = NAMESPACE_OF.get(part.local) === part.namespace ? part.local : undefined;
    if (name === undefined) invalid(`A UsernameToken holds ${part.local.slice(0, 100)}, which is unknown.`);
    if (parts.has(name)) invalid(`A UsernameToken holds more than one ${name}.`);
    parts.set(name, part);
  }
  const username = contentOf(parts.get('Username'), MAX_USERNAME)?.trim();
  if (username === undefined || username === '') invalid('A UsernameToken must name its user.');
  const password = readPassword(parts.get('Password'), strict);
  const nonce = readNonce(parts.get('Nonce'), strict);
  const created = readCreated(parts.get('Created'));
  const derivation = readDerivation(parts.get('Salt'), parts.get('Iteration'), strict);
  if (derivation !== undefined && password !== undefined) {
    invalid('A UsernameToken that a key is derived from must not hold a Password.');
  }
  return {
    username,
    ...(password === undefined ? {} : { password }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(created === undefined ? {} : { created }),
    ...derivation,
  };
}

/** @param id wsu:Id of the token; absent: it has none, and nothing can refer to it */
export function writeUsernameToken(token: UsernameToken, id?: string): XmlElement {
  const { username, password, nonce, created, salt, iteration } = token;
  const type = password?.type === 'digest' ? PASSWORD_DIGEST : PASSWORD_TEXT;
  return element(
    wsse('UsernameToken'),
    [[WSU_ID, id]],
    element(wsse('Username'), [], username),
    password && element(wsse('Password'), [['Type', type]], password.value),
    nonce && element(wsse('Nonce'), [['EncodingType', BASE64_BINARY]], nonce.toString('base64')),
    created && element(wsu('Created'), [], created.text),
    salt && element(wsse11('Salt'), [], salt.toString('base64')),
    salt && element(wsse11('Iteration'), [], String(iteration ?? DEFAULT_ITERATION)),
  );
}

const NAMESPACE_OF: ReadonlyMap<string, string> = new Map([
  ['Username', WSSE],
  ['Password', WSSE],
  ['Nonce', WSSE],
  ['Created', WSU],
  ['Salt', WSSE_11],
  ['Iteration', WSSE_11],
]);

function readPassword(password: XmlElement | undefined, strict: boolean): UsernamePassword | undefined {
  const value = contentOf(password, MAX_PASSWORD);
  if (password === undefined || value === undefined) return undefined;
  const type = attribute(password, 'Type') ?? (strict ? invalid('A Password must have a Type.') : PASSWORD_TEXT);
  if (type === PASSWORD_TEXT) return { type: 'text', value };
  if (type === PASSWORD_DIGEST) return { type: 'digest', value: value.trim() };
  return unsupported('A Password is of a Type other than PasswordText and PasswordDigest.');
}

function readNonce(nonce: XmlElement | undefined, strict: boolean): Buffer | undefined {
  const value = contentOf(nonce, 2 * MAX_NONCE);
  if (nonce === undefined || value === undefined) return undefined;
  const encoding =
    attribute(nonce, 'EncodingType') ?? (strict ? invalid('A Nonce must have an EncodingType.') : BASE64_BINARY);
  if (encoding !== BASE64_BINARY) unsupported('A Nonce is in an encoding other than Base64Binary.');
  const octets = decodeBase64(value, 'A Nonce');
  if (octets.length === 0 || octets.length > MAX_NONCE) invalid(`A Nonce must have 1 to ${MAX_NONCE} octets.`);
  return octets;
}

function readCreated(created: XmlElement | undefined): UsernameCreated | undefined {
  if (created === undefined) return undefined;
  contentOf(created, 100);
  const characters = trimmedText(created);
  const instant = utcInstant(characters) ?? invalid('Created of a UsernameToken is not a date and time in UTC.');
  return { text: characters, instant };
}

function readDerivation(
  salt: XmlElement | undefined,
  iteration: XmlElement | undefined,
  strict: boolean,
): { readonly salt: Buffer; readonly iteration: number } | undefined {
  if (salt === undefined)
    return iteration === undefined ? undefined : invalid('A UsernameToken has Iteration but no Salt.');
  const octets = decodeBase64(contentOf(salt, 200) ?? '', 'A Salt');
  if (octets.length < MIN_SALT || octets.length > MAX_SALT) {
    invalid(`A Salt must have ${MIN_SALT} to ${MAX_SALT} octets.`);
  }
  if (iteration === undefined && strict) invalid('A UsernameToken with Salt must have Iteration.');
  const digits = (contentOf(iteration, 100) ?? String(DEFAULT_ITERATION)).trim();
  if (!/^\d{1,9}$/.test(digits) || Number(digits) < DEFAULT_ITERATION) {
    invalid(`Iteration must be a number of at least ${DEFAULT_ITERATION}.`);
  }
  return { salt: octets, iteration: Number(digits) };
}

/** The characters of an element that may hold nothing else. */
function contentOf(of: XmlElement | undefined, limit: number): string | undefined {
  if (of === undefined) return undefined;
  if (of.children.some(isElement)) invalid(`${of.local} of a UsernameToken must hold characters only.`);
  const value = text(of);
  if (value.length > limit) invalid(`${of.local} of a UsernameToken has more than ${limit} characters.`);
  return value;
}
