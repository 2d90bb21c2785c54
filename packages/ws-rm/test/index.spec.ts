import { readFileSync } from 'node:fs';
import * as soap from '@holdfast/soap';
import * as soapTesting from '@holdfast/soap/testing';
import { expect } from 'chai';
import * as door from '#src/index.js';
import * as testing from '#src/testing/index.js';

/** The example in the opening comment, as a program that is given its imports and its console. */
function example(file: string): string {
  const source = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(source)?.[1] ?? '';
  return code.replace(/^ \* ?/gm, '').replace(/^import [\s\S]*? from '[^']*';$/gm, '');
}

async function run(code: string): Promise<readonly (readonly unknown[])[]> {
  const printed: unknown[][] = [];
  const scope = { ...soap, ...soapTesting, ...door, ...testing };
  const Program = Object.getPrototypeOf(async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const names = Object.keys(scope).filter((name) => name !== 'default');
  await new Program(...names, 'console', code)(...names.map((name) => scope[name as keyof typeof scope]), {
    log: (...values: unknown[]) => printed.push(values),
  });
  return printed;
}

describe('the doors of the package', () => {
  it('open with an example that runs', async () => {
    expect(await run(example('index.ts'))).to.deep.equal([[1n, 'urn:orders/notify']]);
  });

  it('and so does the one for tests', async () => {
    await run(example('testing/index.ts').replace('100', '5'));
  });
});
