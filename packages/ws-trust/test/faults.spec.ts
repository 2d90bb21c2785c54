import { expect } from 'chai';
import { TRUST_FAULTS, TrustFault, type TrustFaultName, trustFault } from '#src/faults.js';
import { versions } from './samples.js';

describe('the faults of WS-Trust (§11, T13-11-1)', () => {
  const table: Record<TrustFaultName, string> = {
    InvalidRequest: 'The request was invalid or malformed',
    FailedAuthentication: 'Authentication failed',
    RequestFailed: 'The specified request failed',
    InvalidSecurityToken: 'Security token has been revoked',
    AuthenticationBadElements: 'Insufficient Digest Elements',
    BadRequest: 'The specified RequestSecurityToken is not understood',
    ExpiredData: 'The request data is out-of-date',
    InvalidTimeRange: 'The requested time range is invalid or unsupported',
    InvalidScope: 'The request scope is invalid or unsupported',
    RenewNeeded: 'A renewable security token has expired',
    UnableToRenew: 'The requested renewal failed',
  };

  it('are these and no others', () => {
    expect(TRUST_FAULTS).to.deep.equal(table);
  });

  for (const [version, namespace] of versions) {
    for (const [name, text] of Object.entries(table) as [TrustFaultName, string][]) {
      it(`${name} is a Sender's, in the namespace of ${version}`, () => {
        expect(trustFault(version, name)).to.deep.equal({
          code: 'Sender',
          subcodes: [{ prefix: 'wst', namespace, local: name }],
          reason: text,
          detail: [],
        });
      });
    }
  }

  it('keep the reason for the log apart from what the peer is told', () => {
    const error = new TrustFault('InvalidRequest', 'details for the log');
    expect(error.message).to.equal('details for the log');
    expect(trustFault('1.3', error.fault).reason).to.not.contain('details');
    expect(error.name).to.equal('TrustFault');
  });
});
