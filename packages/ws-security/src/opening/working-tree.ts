import { SecurityError, type XmlDocument, type XmlElement, type XmlNode } from '@holdfast/soap';
import { idsOf } from '../ids.js';

/**
 * The message while it is being opened. The tree is immutable, so putting a decrypted part in place makes its ancestors
 * anew; whoever holds one of the former elements asks {@link WorkingTree.current} for what it has become.
 */
export class WorkingTree {
  #root: XmlElement;
  readonly #ids: Map<string, XmlElement>;
  readonly #became = new Map<XmlElement, XmlElement>();

  constructor(document: XmlDocument) {
    this.#root = document.root;
    this.#ids = new Map(document.ids);
  }

  get root(): XmlElement {
    return this.#root;
  }

  byId(id: string): XmlElement | undefined {
    return this.#ids.get(id);
  }

  /** The element as it is now. */
  current(element: XmlElement): XmlElement {
    let at = element;
    for (let next = this.#became.get(at); next !== undefined; next = this.#became.get(at)) at = next;
    return at;
  }

  /**
   * The elements from the root down to the target, both included; `undefined` when it is not in the tree.
   * @param maxDepth elements of the longest path that is looked for
   */
  pathTo(target: XmlElement, maxDepth = Number.POSITIVE_INFINITY): readonly XmlElement[] | undefined {
    const path: XmlElement[] = [];
    const search = (at: XmlElement): boolean => {
      path.push(at);
      if (at === target) return true;
      if (path.length < maxDepth) {
        for (const node of at.children)
          if (typeof node === 'object' && node.kind === 'element' && search(node)) return true;
      }
      path.pop();
      return false;
    };
    return search(this.#root) ? path : undefined;
  }

  /**
   * Puts nodes in the place of the element at the end of the path.
   * @param ids of elements within the nodes
   * @param becomes what {@link WorkingTree.current} says has become of the element, if anything
   * @throws SecurityError `security-header-invalid` when an Id is in the message already
   */
  replace(
    path: readonly XmlElement[],
    nodes: readonly XmlNode[],
    ids: ReadonlyMap<string, XmlElement>,
    becomes?: XmlElement,
  ): void {
    const target = path[path.length - 1] as XmlElement;
    this.#forget(target);
    if (becomes !== undefined) this.#became.set(target, becomes);
    for (const [id, element] of ids) {
      if (this.#ids.has(id))
        throw new SecurityError('security-header-invalid', 'An Id of a decrypted part is in the message already.');
      this.#ids.set(id, element);
    }
    let before = target;
    let replacement = nodes;
    for (let at = path.length - 2; at >= 0; at--) {
      const parent = path[at] as XmlElement;
      const children = parent.children.flatMap((node) => (node === before ? replacement : [node]));
      const made: XmlElement = { ...parent, children };
      this.#became.set(parent, made);
      for (const id of idsOf(parent)) if (this.#ids.get(id) === parent) this.#ids.set(id, made);
      before = parent;
      replacement = [made];
    }
    this.#root = replacement[0] as XmlElement;
  }

  #forget(target: XmlElement): void {
    for (const id of idsOf(target)) if (this.#ids.get(id) === target) this.#ids.delete(id);
  }
}
