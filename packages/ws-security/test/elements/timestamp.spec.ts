import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { instant, readTimestamp, writeTimestamp } from '#src/elements/timestamp.js';
import { wsu } from '#src/namespaces.js';
import { after, now, thrown, xml } from '../samples.js';

const WSU = wsu('').namespace;
const timestamp = (content: string) => xml(`<wsu:Timestamp xmlns:wsu="${WSU}" wsu:Id="t">${content}</wsu:Timestamp>`);
const created = '<wsu:Created>2026-03-01T12:00:00Z</wsu:Created>';
const expires = '<wsu:Expires>2026-03-01T12:05:00Z</wsu:Expires>';

describe('wsu:Timestamp', () => {
  it('is read as it was written', () => {
    const written = parse(serialize(writeTimestamp('t', now, after(300_000)))).root;
    expect(readTimestamp(written)).to.deep.equal({ created: now, expires: after(300_000) });
  });

  it('is written in UTC with milliseconds, under its Id', () => {
    expect(serialize(writeTimestamp('t', now, after(1)))).to.equal(
      `<wsu:Timestamp xmlns:wsu="${WSU}" wsu:Id="t"><wsu:Created>2026-03-01T12:00:00.000Z</wsu:Created>` +
        '<wsu:Expires>2026-03-01T12:00:00.001Z</wsu:Expires></wsu:Timestamp>',
    );
  });

  it('may have no Expires', () => {
    expect(readTimestamp(timestamp(created)).expires).to.equal(undefined);
  });

  const refused: Record<string, string> = {
    'without Created': expires,
    'that is empty': '',
    'with Expires before Created': expires + created,
    'with two Created': created + created,
    'with two Expires (BSP R3224)': created + expires + expires,
    'with something else in it (BSP R3222)': `${created}<wsu:Received/>`,
    'with Created of another namespace': '<Created>2026-03-01T12:00:00Z</Created>',
    'that expires when it is created': `${created}<wsu:Expires>2026-03-01T12:00:00Z</wsu:Expires>`,
    'that expires before it was created': `${created}<wsu:Expires>2026-03-01T11:59:59Z</wsu:Expires>`,
    'with a Created that is no instant': '<wsu:Created>yesterday</wsu:Created>',
  };
  for (const [what, content] of Object.entries(refused)) {
    it(`is refused ${what}`, () => {
      thrown(() => readTimestamp(timestamp(content)), 'security-header-invalid');
    });
  }
});

describe('an instant', () => {
  const read = (text: string) => instant(xml(`<Created>${text}</Created>`));

  const accepted: Record<string, string> = {
    '2026-03-01T12:00:00Z': '2026-03-01T12:00:00.000Z',
    ' 2026-03-01T12:00:00Z\n': '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00.5Z': '2026-03-01T12:00:00.500Z',
    '2026-03-01T12:00:00.123456789Z': '2026-03-01T12:00:00.123Z',
    '2024-02-29T23:59:59Z': '2024-02-29T23:59:59.000Z',
  };
  for (const [text, expected] of Object.entries(accepted)) {
    it(`is ${JSON.stringify(text)}`, () => {
      expect(read(text).toISOString()).to.equal(expected);
    });
  }

  for (const text of [
    '',
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01T12:00:00+01:00',
    '2026-03-01T12:00:00-00:00',
    '2026-03-01T12:00Z',
    '2026-03-01 12:00:00Z',
    '2026-03-01T12:00:60Z',
    '2026-03-01T12:60:00Z',
    '2026-03-01T25:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2026-02-29T12:00:00Z',
    '2026-00-10T12:00:00Z',
    '2026-03-01T12:00:00.Z',
    '2026-03-01T12:00:00.1234567890Z',
    '-2026-03-01T12:00:00Z',
    '12026-03-01T12:00:00Z',
    '2026-03-01T12:00:00z',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      thrown(() => read(text), 'security-header-invalid');
    });
  }
});
