import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';

/** What is compared of a tree; declarations are among the attributes. */
export interface Branch {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly (readonly [name: string, namespace: string, value: string])[];
  readonly children: readonly Leaf[];
}

export type Leaf = Branch | string | { readonly comment: string };

/** The nodes that saxes finds; of white space around a root, nothing. @throws Error when it finds fault with the text */
export function nodesBySaxes(source: string, kind: 'document' | 'content', bytes = false): readonly Leaf[] {
  const top: Leaf[] = [];
  const open: Leaf[][] = [top];
  const parser = new SaxesParser({ xmlns: true, position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  // Its own mode for fragments lets "]]>" pass outside of elements, so the content gets a parent.
  const outside = kind === 'document' ? 1 : 0;
  const append = (leaf: Leaf): void => {
    const siblings = open.at(-1);
    if (siblings === undefined) throw new Error('The content is within nothing.');
    const before = siblings.at(-1);
    if (typeof leaf !== 'string') siblings.push(leaf);
    else if (leaf === '' || (kind === 'document' && open.length === outside)) return;
    else if (typeof before === 'string') siblings[siblings.length - 1] = before + leaf;
    else siblings.push(leaf);
  };
  let whole = kind === 'document';
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('A document type declaration.');
  });
  parser.on('processinginstruction', () => {
    throw new Error('A processing instruction.');
  });
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0') throw new Error('Not XML 1.0.');
    if (bytes && encoding !== undefined && !/^(utf-?8|utf-?16(le|be)?|us-ascii)$/i.test(encoding)) {
      throw new Error('An encoding that is not Unicode.');
    }
  });
  let depth = 0;
  parser.on('opentag', (tag) => {
    depth++;
    if (kind === 'content' && depth === 1) return;
    const branch = branchOf(tag);
    append(branch);
    open.push(branch.children as Leaf[]);
  });
  parser.on('closetag', () => {
    depth--;
    if (kind === 'content' && depth === 0) {
      if (!whole) throw new Error('The end of what the content is within.');
    } else open.pop();
  });
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('comment', (comment) => append({ comment }));
  if (kind === 'document') parser.write(source);
  else {
    parser.write('<content>');
    parser.write(source);
    whole = true;
    parser.write('</content>');
  }
  parser.close();
  return top;
}

function branchOf(tag: SaxesTagNS): Branch {
  return {
    name: tag.name,
    namespace: tag.uri,
    attributes: Object.values<SaxesAttributeNS>(tag.attributes).map(({ name, uri, value }) => [name, uri, value]),
    children: [],
  };
}
