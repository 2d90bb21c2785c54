import { SecurityError } from '@holdfast/soap';
import { expect } from 'chai';
import { securityFault, WSSE_FAULTS } from '#src/faults.js';
import { WSSE } from '#src/namespaces.js';

describe('what a peer is told of a security failure', () => {
  it('is the same for every cause', () => {
    const faults = (['signature-invalid', 'decryption-failed', 'message-expired', 'token-not-trusted'] as const).map(
      (code) => securityFault(new SecurityError(code, `secret details of ${code}`)),
    );
    for (const fault of faults) expect(fault).to.deep.equal(faults[0]);
  });

  it('is wsse:InvalidSecurity with its published text', () => {
    const fault = securityFault(new SecurityError('replayed', 'x'));
    expect(fault.code).to.equal('Sender');
    expect(fault.subcodes).to.deep.equal([{ prefix: 'wsse', namespace: WSSE, local: 'InvalidSecurity' }]);
    expect(fault.reason).to.equal(WSSE_FAULTS.InvalidSecurity);
    expect(fault.detail).to.deep.equal([]);
  });

  it('knows the faults of SOAP Message Security §12', () => {
    expect(Object.keys(WSSE_FAULTS)).to.deep.equal([
      'UnsupportedSecurityToken',
      'UnsupportedAlgorithm',
      'InvalidSecurity',
      'InvalidSecurityToken',
      'FailedAuthentication',
      'FailedCheck',
      'SecurityTokenUnavailable',
      'MessageExpired',
    ]);
  });
});
