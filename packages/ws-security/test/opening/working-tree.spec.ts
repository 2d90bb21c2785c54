import { elements, parse, parseContent, serialize, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { WSU_ID } from '#src/namespaces.js';
import { WorkingTree } from '#src/opening/working-tree.js';
import { thrown } from '../samples.js';

const document = () =>
  parse(`<a xmlns:wsu="${WSU_ID.namespace}" wsu:Id="a"><b wsu:Id="b"><c wsu:Id="c">old</c></b><d wsu:Id="d"/></a>`);
const inner = (parent: XmlElement, at: number) => elements(parent)[at] as XmlElement;

/** Puts this content in the place of the element with Id `c`. */
function replaced(tree: WorkingTree, text: string): void {
  const target = tree.byId('c') as XmlElement;
  const { nodes, ids } = parseContent(text, target.scope);
  tree.replace(tree.pathTo(target) as XmlElement[], nodes, ids);
}

describe('the tree of a message while it is opened', () => {
  it('finds elements by Id, and the path to them', () => {
    const tree = new WorkingTree(document());
    const path = tree.pathTo(tree.byId('c') as XmlElement);
    expect(path?.map(({ local }) => local)).to.deep.equal(['a', 'b', 'c']);
    expect(tree.byId('x')).to.equal(undefined);
  });

  it('has no path to an element of another tree', () => {
    expect(new WorkingTree(document()).pathTo(document().root)).to.equal(undefined);
  });

  it('puts what was decrypted in the place of an element, and leaves the given tree alone', () => {
    const given = document();
    const tree = new WorkingTree(given);
    replaced(tree, 'x<new/>y');
    expect(serialize(inner(tree.root, 0))).to.match(/<b .*>x<new\/>y<\/b>/);
    expect(serialize(given.root)).to.contain('old');
  });

  it('says what has become of the elements around it, again and again', () => {
    const tree = new WorkingTree(document());
    const [a, b, d] = [tree.root, tree.byId('b') as XmlElement, tree.byId('d') as XmlElement];
    replaced(tree, '<n wsu:Id="c">once</n>');
    replaced(tree, '<n wsu:Id="c">twice</n>');
    expect(tree.current(a)).to.equal(tree.root);
    expect(tree.current(b)).to.equal(inner(tree.root, 0));
    expect(tree.current(d)).to.equal(d);
    expect(serialize(tree.current(b))).to.contain('twice');
  });

  it('finds by Id what is in the tree now', () => {
    const tree = new WorkingTree(document());
    replaced(tree, '<n wsu:Id="n"/>');
    expect(tree.byId('c')).to.equal(undefined);
    expect(tree.byId('n')).to.equal(inner(inner(tree.root, 0), 0));
    expect(tree.byId('b')).to.equal(inner(tree.root, 0));
    expect(tree.byId('a')).to.equal(tree.root);
    expect(tree.pathTo(tree.byId('n') as XmlElement)?.length).to.equal(3);
  });

  it('refuses an Id that is in the message already', () => {
    thrown(() => replaced(new WorkingTree(document()), '<n wsu:Id="d"/>'), 'security-header-invalid');
    thrown(() => replaced(new WorkingTree(document()), '<n wsu:Id="b"/>'), 'security-header-invalid');
  });
});
