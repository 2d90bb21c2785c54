import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  dkType,
  readSecurityContextToken,
  type SecurityContextToken,
  sctType,
  versionOf,
  writeSecurityContextToken,
} from '#src/elements/security-context-token.js';
import { WSC_13, WSC_2005 } from '#src/namespaces.js';
import { thrown, xml } from '../samples.js';

describe('wsc:SecurityContextToken', () => {
  for (const version of ['1.3', '2005'] as const) {
    for (const instance of [undefined, 'urn:uuid:second']) {
      it(`of ${version} ${instance === undefined ? 'without' : 'with'} Instance is read as it was written`, () => {
        const token: SecurityContextToken = { version, identifier: 'urn:uuid:c', instance };
        const { root, ids } = parse(serialize(writeSecurityContextToken(token, 't')));
        expect(readSecurityContextToken(root)).to.deep.equal(token);
        expect(ids.get('t')).to.equal(root);
      });
    }
  }

  it('needs no Id', () => {
    expect(
      serialize(writeSecurityContextToken({ version: '1.3', identifier: 'urn:c', instance: undefined }, undefined)),
    ).to.not.contain('Id=');
  });

  it('may hold what is not known (SC13-2-5)', () => {
    const token = xml(
      `<w:SecurityContextToken xmlns:w="${WSC_13}"><w:Identifier> urn:c\n</w:Identifier><x:Cookie xmlns:x="urn:x"/></w:SecurityContextToken>`,
    );
    expect(readSecurityContextToken(token).identifier).to.equal('urn:c');
  });

  const named = (content: string) =>
    xml(`<w:SecurityContextToken xmlns:w="${WSC_13}" xmlns:o="${WSC_2005}">${content}</w:SecurityContextToken>`);

  for (const content of [
    '',
    '<w:Identifier/>',
    '<w:Identifier>  </w:Identifier>',
    '<w:Identifier>urn:a</w:Identifier><w:Identifier>urn:b</w:Identifier>',
    '<o:Identifier>urn:a</o:Identifier>',
  ]) {
    it(`is refused with ${content === '' ? 'nothing' : content} in it`, () => {
      thrown(() => readSecurityContextToken(named(content)), 'security-header-invalid');
    });
  }

  it('is not one of another name or namespace', () => {
    thrown(() => readSecurityContextToken(xml(`<w:Token xmlns:w="${WSC_13}"/>`)), 'unsupported-token');
    thrown(() => readSecurityContextToken(xml('<SecurityContextToken/>')), 'unsupported-token');
  });

  it('has types of its version (SC-X-1: they are never mixed)', () => {
    expect(sctType('1.3')).to.equal(`${WSC_13}/sct`);
    expect(sctType('2005')).to.equal(`${WSC_2005}/sct`);
    expect(dkType('1.3')).to.equal(`${WSC_13}/dk`);
    expect(dkType('2005')).to.equal(`${WSC_2005}/dk`);
    expect([WSC_13, WSC_2005, 'urn:x', ''].map(versionOf)).to.deep.equal(['1.3', '2005', undefined, undefined]);
  });
});
