import { element, text, UsageError, vocabulary } from '@holdfast/soap';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import type { BootstrapName } from '#src/bootstrap-name.js';
import { connect } from '#src/connect.js';
import type { ConnectOptions } from '#src/connect-options.js';
import { type ServiceRequest, serve } from '#src/serve.js';
import type { ServeOptions } from '#src/serve-options.js';

const authority = certificateAuthority('Test CA', new Date());
const identity = authority.issue({ name: 'alice' });
const bob = authority.issue({ name: 'bob' });
const localhost = authority.issue({ name: 'localhost' });
const user = { name: 'joe', password: 'eggs' };
const trust = authority.certificate;
const recipient = bob.certificate;
const passwords = (name: string): string | undefined => (name === user.name ? user.password : undefined);
const tls = { cert: localhost.certificate, key: localhost.privateKey };
const o = vocabulary('o', 'urn:o');

const OPTIONS: Readonly<Record<BootstrapName, { readonly ours: ConnectOptions; readonly theirs: ServeOptions }>> = {
  x509: { ours: { identity, recipient, trust }, theirs: { identity: bob, trust } },
  anonymous: { ours: { recipient, trust }, theirs: { identity: bob } },
  username: { ours: { user, recipient, trust }, theirs: { identity: bob, passwords } },
  'x509-endorsing': { ours: { identity, recipient, trust }, theirs: { identity: bob, trust } },
  'username-tls': { ours: { user, http: { tls: { ca: trust } } }, theirs: { passwords, http: { tls } } },
  'x509-tls': { ours: { identity, http: { tls: { ca: trust } } }, theirs: { trust, http: { tls } } },
};

const NOWHERE = 'https://localhost:1/';

async function refused(promise: Promise<unknown>, telling: string | RegExp): Promise<void> {
  const error = await promise.then(
    () => expect.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(UsageError);
  expect((error as UsageError).code).to.equal('invalid-option');
  if (typeof telling === 'string') expect((error as Error).message).to.contain(telling);
  else expect((error as Error).message).to.match(telling);
}

for (const [name, { ours, theirs }] of Object.entries(OPTIONS) as [BootstrapName, (typeof OPTIONS)[BootstrapName]][]) {
  describe(`a conversation by bootstrap "${name}"`, () => {
    for (const version of ['1.3', '2005'] as const) {
      it(`is held over HTTP, version ${version}, with derived keys and without`, async () => {
        for (const derivedKeys of [true, false]) {
          const asked: ServiceRequest[] = [];
          const agreed = {
            bootstrap: name,
            version,
            derivedKeys,
            bootstrapDerivedKeys: derivedKeys,
            signatureConfirmation: derivedKeys,
            reliability: 'none',
          } as const;
          await using service = await serve(
            (request) => {
              asked.push(request);
              return request.body === undefined ? undefined : element(o('Said'), [], text(request.body));
            },
            { ...theirs, ...agreed, host: 'localhost' },
          );
          await using conversation = await connect(service.url, { ...ours, ...agreed });
          const reply = await conversation.request('urn:o/Say', element(o('Say'), [], 'hello'));
          expect(reply.body && text(reply.body)).to.equal('hello');
          expect(asked[0]?.identity).to.match(
            ours.user !== undefined
              ? /^user:joe$/
              : name === 'anonymous'
                ? /^anonymous:urn:uuid:/
                : /^x509:[0-9a-f]{64}$/,
          );
        }
      });
    }

    const needed = Object.keys(ours).filter((option) => option !== 'http') as (keyof ConnectOptions)[];
    for (const option of needed) {
      it(`is not begun without ${option}`, async () => {
        const { [option]: _, ...rest } = ours;
        await refused(
          connect(NOWHERE, { ...rest, bootstrap: name, reliability: 'none' }),
          /(is|are) needed for a .*conversation/,
        );
      });
    }

    for (const option of Object.keys(theirs).filter((each) => each !== 'http') as (keyof ServeOptions)[]) {
      it(`is not served without ${option}`, async () => {
        const { [option]: _, ...rest } = theirs;
        await refused(
          serve(() => undefined, { ...rest, bootstrap: name, reliability: 'none' }),
          /(is|are) needed for a .*conversation/,
        );
      });
    }

    it('is not begun with what says nothing in it', async () => {
      const all = { identity, user, recipient, trust };
      const useless = (Object.keys(all) as (keyof typeof all)[]).filter((option) => ours[option] === undefined);
      for (const option of useless) {
        const options = { ...ours, [option]: all[option], bootstrap: name, reliability: 'none' } as const;
        await refused(connect(NOWHERE, options), `${option}: it says nothing with bootstrap "${name}"`);
      }
    });
  });
}

describe('a bootstrap over TLS', () => {
  for (const name of ['username-tls', 'x509-tls'] as const) {
    const { ours, theirs } = OPTIONS[name];
    it(`is not begun at a plain address (${name})`, async () => {
      await refused(
        connect('http://localhost:1/', { ...ours, bootstrap: name, reliability: 'none' }),
        'needs an https address',
      );
      const http = { ...ours.http, url: 'http://gateway/' };
      await refused(connect(NOWHERE, { ...ours, http, bootstrap: name, reliability: 'none' }), 'not "http://gateway/"');
    });

    it(`is not served without TLS (${name})`, async () => {
      const { http: _, ...rest } = theirs;
      await refused(
        serve(() => undefined, { ...rest, bootstrap: name, reliability: 'none' }),
        'needs http.tls',
      );
    });
  }
});

describe('options of a secure conversation', () => {
  const { ours, theirs } = OPTIONS.x509;
  const cases: readonly (readonly [object, string])[] = [
    [{ bootstrap: 'kerberos' }, 'bootstrap: there is no "kerberos"; there are x509, anonymous'],
    [{ version: '1.4' }, 'version: "1.4" is neither 1.3 nor 2005'],
    [{ derivedKeys: 'no' }, 'derivedKeys'],
    [{ bootstrapDerivedKeys: 1 }, 'bootstrapDerivedKeys'],
    [{ signatureConfirmation: 'yes' }, 'signatureConfirmation'],
  ];
  for (const [option, telling] of cases) {
    it(`are refused: ${JSON.stringify(option)}`, async () => {
      await refused(connect(NOWHERE, { ...ours, reliability: 'none', ...option }), telling);
      await refused(
        serve(() => undefined, { ...theirs, reliability: 'none', ...option }),
        telling,
      );
    });
  }

  it('are refused: a user without a name, or without a password', async () => {
    for (const wrong of [{ name: '', password: 'x' }, { name: 'joe' }, { password: 'x' }]) {
      const options = {
        ...OPTIONS.username.ours,
        user: wrong as typeof user,
        bootstrap: 'username',
        reliability: 'none',
      } as const;
      await refused(connect(NOWHERE, options), 'user: a name and a password are needed');
    }
  });
});
