import type { HoldfastError } from '@holdfast/soap';
import { expect } from 'chai';

type ErrorClass = abstract new (...parameters: never[]) => HoldfastError;

/** Expects that something fails with this very class of error and code, and that the message says what to do. */
export async function expectError(
  what: Promise<unknown> | (() => Promise<unknown>),
  type: ErrorClass,
  code: string,
  telling: string | RegExp,
): Promise<HoldfastError> {
  const error = await (typeof what === 'function' ? what() : what).then(
    () => expect.fail(`expected ${type.name} ${code}, and it succeeded`),
    (thrown: unknown) => thrown,
  );
  expect(error, String((error as Error).stack)).to.be.instanceOf(type);
  const { code: found, message } = error as HoldfastError;
  expect(found, message).to.equal(code);
  if (typeof telling === 'string') expect(message).to.contain(telling);
  else expect(message).to.match(telling);
  return error as HoldfastError;
}
