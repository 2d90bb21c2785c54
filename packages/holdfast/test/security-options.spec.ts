import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import { memoryStore, serve } from 'holdfast';
import { recipientSecurity } from '#src/recipient-security.js';

const authority = certificateAuthority('Test CA');
const identity = authority.issue({ name: 'bob' });
const options = { identity, trust: authority.certificate };

describe('the security options of a recipient', () => {
  it('let nobody cancel a context without its secret, unless they say so', () => {
    expect(recipientSecurity(options, false).config.bootstrapMayCancel).to.equal(false);
    expect(recipientSecurity({ ...options, bootstrapMayCancel: true }, false).config.bootstrapMayCancel).to.equal(true);
  });

  it('are refused when they are of another kind', async () => {
    const store = memoryStore();
    const bootstrapMayCancel = 'yes' as unknown as boolean;
    const error = await serve(() => undefined, { ...options, store, bootstrapMayCancel }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: 'invalid-option' });
    expect((error as Error).message).to.contain('bootstrapMayCancel');
  });
});
