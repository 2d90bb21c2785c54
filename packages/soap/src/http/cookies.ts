/** How much a {@link CookieJar} holds; more is forgotten, the oldest first. */
export interface CookieLimits {
  /** Cookies of one host. Default 50 (RFC 6265 §6.1). */
  readonly perHost: number;
  /** Hosts. Default 100. */
  readonly hosts: number;
  /** Characters of name and value together. Default 4096. */
  readonly length: number;
}

/** As many cookies as RFC 6265 §6.1 asks a client to hold for one host, and their length. */
export const defaultCookieLimits: CookieLimits = { perHost: 50, hosts: 100, length: 4096 };

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  /** Infinity: as long as the jar. */
  readonly expires: number;
}

/**
 * Cookies as a load balancer uses them to keep a conversation with one server (RFC 6265). Each goes back to the very
 * host that set it, whatever Domain says: no cookie is ever shown to another host.
 */
export class CookieJar {
  readonly #limits: CookieLimits;
  readonly #hosts = new Map<string, Map<string, Cookie>>();

  constructor(limits: CookieLimits = defaultCookieLimits) {
    this.#limits = limits;
  }

  /** Takes the Set-Cookie headers of an answer. What is not a cookie is ignored. */
  store(url: URL, setCookies: readonly string[], now: number): void {
    for (const header of setCookies) {
      const cookie = readSetCookie(header, url, now);
      if (cookie === undefined || cookie.name.length + cookie.value.length > this.#limits.length) continue;
      const cookies = this.#cookiesOf(url.hostname);
      const key = `${cookie.name};${cookie.path}`;
      cookies.delete(key);
      if (cookie.expires > now) cookies.set(key, cookie);
      forgetOldest(cookies, this.#limits.perHost);
    }
  }

  /** The Cookie header for a request, if there is anything to say: longer paths first. */
  header(url: URL, now: number): string | undefined {
    const fitting = [...(this.#hosts.get(url.hostname)?.values() ?? [])].filter(
      ({ expires, secure, path }) =>
        expires > now && (!secure || url.protocol === 'https:') && pathMatches(url.pathname, path),
    );
    if (fitting.length === 0) return undefined;
    return fitting
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #cookiesOf(host: string): Map<string, Cookie> {
    const cookies = this.#hosts.get(host) ?? new Map<string, Cookie>();
    this.#hosts.set(host, cookies);
    forgetOldest(this.#hosts, this.#limits.hosts);
    return cookies;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function readSetCookie(header: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...attributes] = header.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === '' || !/^[\x21-\x7e]+$/.test(name) || !/^[\x20-\x7e]*$/.test(pair)) return undefined;
  let path = defaultPath(url);
  let secure = false;
  let expires = Number.POSITIVE_INFINITY;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const at = attribute.indexOf('=');
    const value = at < 0 ? '' : attribute.slice(at + 1).trim();
    switch ((at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase()) {
      case 'path':
        if (value.startsWith('/')) path = value;
        break;
      case 'secure':
        secure = true;
        break;
      case 'expires': {
        const time = Date.parse(value);
        if (!Number.isNaN(time)) expires = time;
        break;
      }
      case 'max-age':
        if (/^-?\d+$/.test(value)) maxAge = now + Number(value) * 1000;
        break;
      default:
    }
  }
  return { name, value: pair.slice(equals + 1).trim(), path, secure, expires: maxAge ?? expires };
}

/** RFC 6265 §5.1.4. */
function defaultPath(url: URL): string {
  const end = url.pathname.lastIndexOf('/');
  return end <= 0 ? '/' : url.pathname.slice(0, end);
}

function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path.charAt(cookiePath.length) === '/'))
  );
}
