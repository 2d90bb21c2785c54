import { expect } from 'chai';
import { connect, type HoldfastError, memoryStore, serve } from 'holdfast';

const refusal = async (call: () => Promise<unknown>): Promise<HoldfastError> => {
  try {
    await call();
  } catch (error) {
    return error as HoldfastError;
  }
  return expect.fail('it was not refused');
};

describe('what is used after it was closed says what to do', () => {
  it('a conversation', async () => {
    await using service = await serve(() => undefined, { security: 'dangerouslyNone', reliability: 'none' });
    const conversation = await connect(service.url, { security: 'dangerouslyNone', reliability: 'none' });
    await conversation.close();
    const error = await refusal(() => conversation.request('urn:example:hello'));
    expect(error.code).to.equal('closed');
    expect(error.message).to.contain('connect()');
  });

  it('a store', async () => {
    const store = memoryStore();
    await store.close();
    const error = await refusal(() => store.token('urn:uuid:1'));
    expect(error.code).to.equal('closed');
    expect(error.message).to.contain('memoryStore()');
  });
});
