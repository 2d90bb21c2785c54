import { expect } from 'chai';
import { contextRequest, requestAction, responseAction } from '#src/actions.js';
import { versions } from './samples.js';

describe('actions of security context tokens', () => {
  const suffixes = { issue: '/SCT', amend: '/SCT/Amend', renew: '/SCT/Renew', cancel: '/SCT/Cancel' } as const;

  for (const [version, namespace] of versions) {
    for (const [operation, suffix] of Object.entries(suffixes) as [keyof typeof suffixes, string][]) {
      it(`ask for ${operation} with RST${suffix} (${version})`, () => {
        expect(requestAction(version, operation)).to.equal(`${namespace}/RST${suffix}`);
        expect(contextRequest(`${namespace}/RST${suffix}`)).to.deep.equal({ version, operation });
      });

      it(`answer ${operation} with RSTR${suffix}, also when the body is a collection (${version})`, () => {
        expect(responseAction(version, operation)).to.equal(`${namespace}/RSTR${suffix}`);
        expect(contextRequest(`${namespace}/RSTR${suffix}`)).to.equal(undefined);
      });
    }
  }

  it('are no others', () => {
    for (const [, namespace] of versions) {
      for (const action of [
        '',
        `${namespace}/RST/Issue`,
        `${namespace}/RST/SCT/`,
        `${namespace}/rst/sct`,
        ` ${namespace}/RST/SCT`,
      ]) {
        expect(contextRequest(action), action).to.equal(undefined);
      }
    }
  });
});
