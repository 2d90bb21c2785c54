import { HoldfastError } from '@holdfast/soap';
import { expect } from 'chai';

/** The error that this rejects with; fails when it does not. */
export async function failure(action: Promise<unknown> | (() => unknown)): Promise<HoldfastError> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    expect(error).to.be.instanceOf(HoldfastError);
    return error as HoldfastError;
  }
  return expect.fail('it did not fail');
}

export async function failsWith(action: Promise<unknown> | (() => unknown), code: string): Promise<HoldfastError> {
  const error = await failure(action);
  expect(error.code, error.message).to.equal(code);
  return error;
}
