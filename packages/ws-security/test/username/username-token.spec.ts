import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { BASE64_BINARY, PASSWORD_DIGEST, PASSWORD_TEXT, WSSE, WSSE_11, WSU } from '#src/namespaces.js';
import { readUsernameToken, type UsernameToken, writeUsernameToken } from '#src/username/username-token.js';
import { now, thrown, xml } from '../samples.js';

const USER = '<w:Username>joe</w:Username>';
const TEXT = `<w:Password Type="${PASSWORD_TEXT}">secret</w:Password>`;
const NONCE = `<w:Nonce EncodingType="${BASE64_BINARY}">AAECAwQFBgcICQoLDA0ODw==</w:Nonce>`;
const CREATED = '<u:Created>2026-03-01T12:00:00Z</u:Created>';
const SALT = '<v:Salt>AQECAwQFBgcICQoLDA0ODw==</v:Salt>';
const ITERATION = '<v:Iteration>1000</v:Iteration>';

const token = (content: string) =>
  xml(`<w:UsernameToken xmlns:w="${WSSE}" xmlns:u="${WSU}" xmlns:v="${WSSE_11}">${content}</w:UsernameToken>`);
const read = (content: string) => readUsernameToken(token(content));
const lax = (content: string) => readUsernameToken(token(content), { basicSecurityProfile: false });
const refused = (content: string, code = 'security-header-invalid') => thrown(() => read(content), code);

describe('wsse:UsernameToken (UsernameToken Profile 1.1)', () => {
  const tokens: Readonly<Record<string, UsernameToken>> = {
    'a name alone': { username: 'joe' },
    'a password in text': { username: 'Zoë & <co>', password: { type: 'text', value: ' I love dogs\n' } },
    'a digest with nonce and created': {
      username: 'joe',
      password: { type: 'digest', value: 'weYI3nXd8LjMNVksCKFV8t3rgHg=' },
      nonce: Buffer.from('0123456789abcdef'),
      created: { text: '2026-03-01T12:00:00.000Z', instant: now },
    },
    'a salt and its iterations': { username: 'joe', salt: Buffer.alloc(16, 1), iteration: 1_234 },
  };
  for (const [what, written] of Object.entries(tokens)) {
    it(`is read as it was written: ${what}`, () => {
      const { root, ids } = parse(serialize(writeUsernameToken(written, 'u1')));
      expect(readUsernameToken(root)).to.deep.equal(written);
      expect(ids.get('u1')).to.equal(root);
    });
  }

  it('is written without an Id when nothing is to refer to it', () => {
    expect(serialize(writeUsernameToken({ username: 'joe' }))).to.not.contain('Id=');
  });

  it('takes its parts in any order', () => {
    const { password, nonce, created } = read(CREATED + NONCE + TEXT + USER);
    expect(password).to.deep.equal({ type: 'text', value: 'secret' });
    expect(nonce?.length).to.equal(16);
    expect(created).to.deep.equal({ text: '2026-03-01T12:00:00Z', instant: now });
  });

  it('keeps the characters of Created, which the digest is over', () => {
    expect(read(`${USER}<u:Created> 2026-03-01T12:00:00.0001Z </u:Created>`).created?.text).to.equal(
      '2026-03-01T12:00:00.0001Z',
    );
  });

  it('must name its user, once', () => {
    refused(TEXT);
    refused(`<w:Username/>${TEXT}`);
    refused('<w:Username> </w:Username>');
    refused(USER + USER);
  });

  for (const [rule, part] of [
    ['Password (R4222)', TEXT],
    ['Created (R4223)', CREATED],
    ['Nonce (R4225)', NONCE],
    ['Salt', SALT],
    ['Iteration', ITERATION],
  ] as const) {
    it(`must have at most one ${rule}`, () => {
      refused(USER + (part === ITERATION ? SALT : '') + part + part);
    });
  }

  it('must say the Type of its Password (R4201)', () => {
    refused(`${USER}<w:Password>secret</w:Password>`);
    expect(lax(`${USER}<w:Password>secret</w:Password>`).password?.type).to.equal('text');
  });

  it('is not supported with another Type of Password', () => {
    refused(`${USER}<w:Password Type="urn:hash">x</w:Password>`, 'unsupported-token');
    thrown(() => lax(`${USER}<w:Password Type="">x</w:Password>`), 'unsupported-token');
  });

  it('must say the EncodingType of its Nonce (R4220), which is Base64Binary (R4221)', () => {
    refused(`${USER}<w:Nonce>AAAA</w:Nonce>`);
    refused(`${USER}<w:Nonce EncodingType="urn:hex">AAAA</w:Nonce>`, 'unsupported-token');
    expect(lax(`${USER}<w:Nonce>AAAA</w:Nonce>`).nonce).to.deep.equal(Buffer.alloc(3));
  });

  it('is refused with a Nonce that is empty, too long or not Base64', () => {
    for (const value of ['', '***', Buffer.alloc(257).toString('base64'), 'A'.repeat(10_000)]) {
      refused(`${USER}<w:Nonce EncodingType="${BASE64_BINARY}">${value}</w:Nonce>`);
    }
  });

  it('is refused with a Created that is no instant in UTC', () => {
    for (const value of ['', 'now', '2026-03-01T12:00:00', '2026-03-01T12:00:00+01:00', '2026-02-30T12:00:00Z']) {
      refused(`${USER}<u:Created>${value}</u:Created>`);
    }
  });

  it('must not hold a Password when a key is derived from it (§4)', () => {
    refused(USER + TEXT + SALT + ITERATION);
  });

  it('must have Salt and Iteration together (R4217, R4218)', () => {
    refused(USER + SALT);
    refused(USER + ITERATION);
    expect(lax(USER + SALT).iteration).to.equal(1_000);
  });

  it('must not ask for less than 1000 iterations (R4218), nor for something that is no number', () => {
    for (const value of ['999', '0', '-1000', '1e6', '1000.5', '', '99999999999999']) {
      refused(`${USER}${SALT}<v:Iteration>${value}</v:Iteration>`);
    }
  });

  it('must have a Salt of a reasonable length', () => {
    for (const octets of [0, 7, 65, 1_000]) {
      refused(`${USER}<v:Salt>${Buffer.alloc(octets).toString('base64')}</v:Salt>${ITERATION}`);
    }
  });

  it('is refused with anything that is unknown, or of another namespace', () => {
    refused(`${USER}<w:KeyName>x</w:KeyName>`);
    refused(`${USER}<u:Password Type="${PASSWORD_TEXT}">x</u:Password>`);
    refused('<Username>joe</Username>');
  });

  it('is refused with elements where characters belong', () => {
    refused('<w:Username>joe<w:x/></w:Username>');
    refused(`${USER}<w:Password Type="${PASSWORD_DIGEST}"><w:x>abc</w:x></w:Password>`);
  });

  it('is read in full where a comment stands in a name', () => {
    expect(read('<w:Username>joe<!-- -->.evil</w:Username>').username).to.equal('joe.evil');
  });

  it('is refused with a name or password of unreasonable length', () => {
    refused(`<w:Username>${'x'.repeat(2_000)}</w:Username>`);
    refused(`${USER}<w:Password Type="${PASSWORD_TEXT}">${'x'.repeat(5_000)}</w:Password>`);
  });

  it('tells nothing of the password in an error', () => {
    const { message } = refused(`${USER}<w:Password Type="urn:x">hunter2</w:Password>`, 'unsupported-token');
    expect(message).to.not.contain('hunter2');
  });
});
