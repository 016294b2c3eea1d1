import { describe, expect, test } from 'vitest';

import type { Curve } from './.built/static/src/app/cards/answer.ts';
import { clock, columns, inWords, isLive, percent, times } from './.built/static/src/app/cards/words.ts';
import { day, moment, span } from './.built/static/src/app/cards/shared/when.ts';
import { makeLink, makeVisit } from './answers.ts';

const curve = (seconds: readonly number[]): Curve => ({ campaign: 'x', durationS: seconds.length, seconds });

describe('the curve', () => {
  test('keeps a replay that a mean would lose', () => {
    const seconds = Array.from({ length: 400 }, (_, at) => (at === 123 ? 9 : 1));

    const rows = columns(curve(seconds));

    expect(rows).toHaveLength(40);
    expect(rows.filter((row) => row.seen === 9)).toEqual([{ at: '2:00', seen: 9 }]);
  });

  test.each([
    [[], 'No second of it was seen yet.'],
    [[0, 0], 'No second of it was seen yet.'],
    [[1, 1, 1], 'Each second seen at most once. Every second was seen.'],
    [[1, 2, 2, 0], 'Seen most: 0:01–0:03, twice. Never seen: 0:03–0:04.'],
    [[2, 0, 2, 0, 2, 0, 2, 0, 2], 'Seen most: 0:00–0:01, 0:02–0:03, 0:04–0:05 and 2 more, twice. Never seen: 0:01–0:02, 0:03–0:04, 0:05–0:06 and 1 more.'],
  ])('of %j is said in words', (seconds, said) => {
    expect(inWords(curve(seconds))).toBe(said);
  });
});

test('times of a video are minutes and seconds', () => {
  expect([0, 59.9, 60, 3_725, -1].map(clock)).toEqual(['0:00', '0:59', '1:00', '62:05', '0:00']);
});

test('how often is said as one says it', () => {
  expect([1, 2, 3].map(times)).toEqual(['once', 'twice', '3 times']);
});

test('no visit is watched by more than all, and one without length by nothing', () => {
  const of = (changes: object) => percent(makeVisit(changes) as never);

  expect([of({}), of({ coverageS: 41 }), of({ durationS: 0 })]).toEqual([95, 100, 0]);
});

test('a link is live until its end, and never without an address', () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const live = (changes: object) => isLive(makeLink(changes) as never, now);

  expect([live({}), live({ expiresAt: '2026-11-28T12:00:00Z' }), live({ url: null }), live({ expiresAt: '' })]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('times are the reader’s, and what is no time or no zone breaks nothing', () => {
  const berlin = { locale: 'de-DE', timeZone: 'Europe/Berlin' };

  expect(moment('2026-11-28T23:30:00Z', berlin)).toContain('29');
  expect(day('2026-11-28T10:00:00Z', { locale: 'xx_invalid_xx', timeZone: 'Mars/Base' })).not.toBe('');
  expect(day('never', berlin)).toBe('');
});

test('lengths are said in their largest unit', () => {
  expect([0, 1, 61, 7_300, 200_000].map(span)).toEqual(['0 seconds', '1 second', '1 minute', '2 hours', '2 days']);
});
