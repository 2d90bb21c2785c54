import { child, type XmlElement } from '@holdfast/soap';
import { WSU, wsu } from '../../namespaces.js';
import type { AttackFamily, Draft } from './attack.js';
import { after, before, content, remove } from './edit.js';
import { resealed } from './reseal.js';
import { node } from './secured-message.js';

/** What a Timestamp must not say. Signed anew: the time is all that is wrong. */
export const time: AttackFamily = function* (message, options) {
  const { timestamp } = message;
  const created = timestamp && child(timestamp, wsu('Created'));
  const expires = timestamp && child(timestamp, wsu('Expires'));
  if (timestamp === undefined || created === undefined) return;
  const at = new Date(created.children.join(''));
  const moved = (minutes: number): string => new Date(at.getTime() + minutes * 60_000).toISOString();
  const draft = (what: string, about: string, result: XmlElement): Draft => ({
    name: `time/${what}`,
    about,
    result: resealed(result, options),
  });
  yield {
    name: 'time/prolonged',
    about: 'Expires is put off; the signature is as it was.',
    result: message.with([expires ?? timestamp, content('2099-01-01T00:00:00Z')]),
  };
  yield {
    name: 'time/renewed',
    about: 'Created and Expires are made new; the signature is as it was.',
    result: message.with([created, content(moved(1))], [expires, content(moved(6))]),
  };
  const times: readonly (readonly [string, string, string, string])[] = [
    ['expired', 'The message expired an hour ago.', moved(-65), moved(-60)],
    ['from-the-future', 'The message was created an hour from now.', moved(60), moved(65)],
    [
      'old-with-a-long-life',
      'The message was created a day ago and says itself that it lives for years.',
      moved(-1_440),
      '2099-01-01T00:00:00Z',
    ],
    ['expires-before-created', 'The message expired before it was created.', moved(0), moved(-300)],
    ['not-a-time', 'Created is not a time.', 'yesterday', moved(5)],
    ['expires-not-a-time', 'Expires is not a time.', moved(0), 'never'],
    ['date-only', 'Created is a day.', moved(0).slice(0, 10), moved(5)],
    ['month-13', 'Created is in the 13th month.', '2026-13-01T00:00:00Z', moved(5)],
    ['hour-25', 'Created is in the 25th hour.', `${moved(0).slice(0, 10)}T25:00:00Z`, moved(5)],
    ['february-30', 'Expires is on the 30th of February.', moved(0), '2099-02-30T00:00:00Z'],
    ['year-zero', 'Created is in the year 0.', '0000-01-01T00:00:00Z', moved(5)],
    ['epoch-number', 'Created is a number.', String(at.getTime()), moved(5)],
    ['empty', 'Created is empty.', '', moved(5)],
    ['rfc-2822', 'Created is in the form of mail.', at.toUTCString(), moved(5)],
    ['two-times', 'Created holds two times.', `${moved(0)} ${moved(0)}`, moved(5)],
    [
      'huge-fraction',
      'Created has a fraction of 100,000 digits.',
      `${moved(0).slice(0, 19)}.${'0'.repeat(100_000)}x`,
      moved(5),
    ],
  ];
  for (const [what, about, from, until] of times) {
    yield draft(what, about, message.with([created, content(from)], [expires, content(until)]));
  }
  yield draft('no-created', 'There is no Created.', message.with([created, remove]));
  yield draft(
    'two-created',
    'There are two Createds, the second of them old.',
    message.with([created, after({ ...created, children: [moved(-1_440)] })]),
  );
  if (expires !== undefined) {
    yield draft(
      'two-expires',
      'There are two Expires, the first of them far off.',
      message.with([expires, before({ ...expires, children: ['2099-01-01T00:00:00Z'] })]),
    );
  }
  yield draft(
    'nested-created',
    'Created holds an element.',
    message.with([created, content(node(`<wsu:Created xmlns:wsu="${WSU}">${moved(0)}</wsu:Created>`))]),
  );
  yield draft(
    'unknown-element',
    'The Timestamp holds something unknown.',
    message.with([created, after(node('<x:Y xmlns:x="urn:attacker"/>'))]),
  );
  yield draft(
    'second-timestamp',
    'A second Timestamp follows the signed one.',
    message.with([
      timestamp,
      after({ ...timestamp, attributes: [], children: [{ ...created, children: [moved(0)] }] }),
    ]),
  );
  yield draft(
    'second-timestamp-first',
    'A second Timestamp stands before the signed one.',
    message.with([
      timestamp,
      before({ ...timestamp, attributes: [], children: [{ ...created, children: [moved(0)] }] }),
    ]),
  );
};
