import type { SecurityContextKey } from '@holdfast/ws-security';
import { countedAs, type SecurityContext, zero } from './context.js';

/** One set of keys of a context, and until when they hold: milliseconds since the epoch. */
export type SecurityContextKeys = SecurityContextKey & Pick<SecurityContext, 'expires'>;

/** The contexts that are in use in this process. */
export class ContextTable {
  readonly #byIdentifier = new Map<string, SecurityContext>();
  readonly #byPeer = new Map<string, string>();
  readonly #perIdentity = new Map<string, number>();

  get size(): number {
    return this.#byIdentifier.size;
  }

  /** How many contexts an identity has. */
  countOf(identity: string): number {
    return this.#perIdentity.get(countedAs(identity)) ?? 0;
  }

  /** Takes a context in; one with the same Identifier is replaced. */
  put(context: SecurityContext): void {
    const before = this.#byIdentifier.get(context.identifier);
    if (before !== undefined) this.#count(before.identity, -1);
    this.#byIdentifier.set(context.identifier, context);
    this.#count(context.identity, 1);
    if (context.role === 'initiator') this.#byPeer.set(context.peer, context.identifier);
  }

  /** The context, also when it has expired. */
  get(identifier: string): SecurityContext | undefined {
    return this.#byIdentifier.get(identifier);
  }

  /**
   * The keys that a message means: of the Instance that it names, or without one those that the context was issued with
   * (WS-SecureConversation 1.3 §2); earlier ones as long as they hold.
   */
  keys(identifier: string, instance: string | undefined, now: number): SecurityContextKeys | undefined {
    const context = this.#byIdentifier.get(identifier);
    if (context === undefined || context.instance === instance) return context;
    const found = context.earlier.find((keys) => keys.instance === instance && keys.until > now);
    if (found === undefined) return undefined;
    const { version, identity } = context;
    return { version, identifier, identity, instance, secret: found.secret, expires: found.until };
  }

  /** The initiator's context with a peer, if it lives until then. */
  forPeer(peer: string, until: number): SecurityContext | undefined {
    const identifier = this.#byPeer.get(peer);
    const context = identifier === undefined ? undefined : this.#byIdentifier.get(identifier);
    return context !== undefined && context.expires > until ? context : undefined;
  }

  /** Takes a context out of use for whatever names none; what names it still finds it. */
  retire(identifier: string): void {
    const peer = this.#byIdentifier.get(identifier)?.peer;
    if (peer !== undefined && this.#byPeer.get(peer) === identifier) this.#byPeer.delete(peer);
  }

  /** Ends a context: it is forgotten and its secret zeroed. */
  end(identifier: string): void {
    const context = this.#byIdentifier.get(identifier);
    if (context === undefined) return;
    this.#byIdentifier.delete(identifier);
    this.#count(context.identity, -1);
    if (this.#byPeer.get(context.peer) === identifier) this.#byPeer.delete(context.peer);
    zero(context);
  }

  /** Ends the contexts that expired before this instant. @returns their Identifiers */
  sweep(before: number): readonly string[] {
    const ended = [...this.#byIdentifier.values()]
      .filter(({ expires }) => expires < before)
      .map(({ identifier }) => identifier);
    for (const identifier of ended) this.end(identifier);
    return ended;
  }

  /** Ends the earlier keys of contexts, where they no longer hold. */
  sweepEarlier(now: number): void {
    for (const context of this.#byIdentifier.values()) {
      const ended = context.earlier.filter(({ until }) => until <= now);
      if (ended.length === 0) continue;
      for (const { secret } of ended) secret.fill(0);
      const earlier = context.earlier.filter(({ until }) => until > now);
      this.#byIdentifier.set(context.identifier, { ...context, earlier });
    }
  }

  /** Ends all of them. */
  clear(): void {
    for (const identifier of [...this.#byIdentifier.keys()]) this.end(identifier);
  }

  #count(identity: string, change: number): void {
    const counted = countedAs(identity);
    const count = (this.#perIdentity.get(counted) ?? 0) + change;
    if (count <= 0) this.#perIdentity.delete(counted);
    else this.#perIdentity.set(counted, count);
  }
}
