import type { XmlElement } from '@holdfast/soap';

/** A namespace node in the output, and what the prefix stood for there before. */
export interface RenderedNamespace {
  readonly prefix: string;
  readonly namespace: string;
  readonly before: string | undefined;
}

/** Decides which namespace nodes an element gets in the output; the rest of Canonical XML is the same for all methods. */
export interface NamespaceAxis {
  /** What is to be rendered on this element, in any order. `apex`: it is the first one written. */
  rendered(element: XmlElement, apex: boolean): readonly RenderedNamespace[];
  /** Called after the element is written, with what {@link rendered} gave for it. */
  leave(rendered: readonly RenderedNamespace[]): void;
}

const NONE: readonly RenderedNamespace[] = [];

/** What the output has in scope, element by element. */
export class OutputScope {
  readonly #inScope = new Map<string, string>();
  #rendered: RenderedNamespace[] | undefined;

  /** Renders a namespace node on the present element, unless the output has it in scope. */
  render(prefix: string, namespace: string): void {
    const before = this.#inScope.get(prefix);
    if (before === namespace || prefix === 'xml') return;
    if (before === undefined && prefix === '' && namespace === '') return;
    this.#inScope.set(prefix, namespace);
    this.#rendered ??= [];
    this.#rendered.push({ prefix, namespace, before });
  }

  /** What was rendered on the present element; the next one begins. */
  take(): readonly RenderedNamespace[] {
    const rendered = this.#rendered ?? NONE;
    this.#rendered = undefined;
    return rendered;
  }

  leave(rendered: readonly RenderedNamespace[]): void {
    for (const { prefix, before } of rendered) {
      if (before === undefined) this.#inScope.delete(prefix);
      else this.#inScope.set(prefix, before);
    }
  }
}
