/** Seconds and words, without a page. */
import { MOST_PARTS, clock, curveOf, runOf, spansOf } from 'c/segueWatch';
import { consentWords, counted, lines, sentenceOf, whoWords } from 'c/segueWords';

const texts = (text) => lines(text).map((line) => line.text);

test('spans outside the video are cut, and what is no span is left out', () => {
  expect(spansOf('[[-5,3],[38,99],[7,7],[9,4],["a",2],[1],null]', 40)).toEqual([
    [0, 3],
    [38, 40],
  ]);
});

test.each(['', null, undefined, '{', '{}', '7', '"x"'])('no spans are in %j', (text) => {
  expect(spansOf(text, 40)).toEqual([]);
});

test('a part seen by two, and again by one, was seen three times', () => {
  const { step, parts } = curveOf([
    { duration: 4, spans: '[[0,4]]', again: '[[1,2]]' },
    { duration: 4, spans: '[[0,2]]', again: null },
  ]);

  expect(step).toBe(1);
  expect(parts).toEqual([2, 3, 1, 1]);
});

test('half a part seen is half', () => {
  expect(curveOf([{ duration: 2, spans: '[[0,0.5]]', again: null }]).parts).toEqual([0.5, 0]);
});

test('a long video keeps its curve short, and its last part whole', () => {
  const { step, parts } = curveOf([{ duration: 7205, spans: '[[0,7205]]', again: null }]);

  expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
  expect(step * parts.length).toBeGreaterThanOrEqual(7205);
  parts.forEach((seen) => expect(seen).toBeCloseTo(1));
});

test('the longest run is named, and none where all is alike', () => {
  expect(runOf({ step: 2, parts: [1, 3, 1, 3, 3] }, Math.max)).toEqual({ from: 6, to: 10 });
  expect(runOf({ step: 2, parts: [1, 1, 1] }, Math.max)).toBeNull();
  expect(runOf({ step: 0, parts: [] }, Math.min)).toBeNull();
});

test('seconds are minutes and seconds', () => {
  expect([0, 5, 65, 59.6, 3600, NaN, -3].map(clock)).toEqual(['0:00', '0:05', '1:05', '1:00', '60:00', '0:00', '0:00']);
});

test('reasons are split as the rows join them, each with a key of its own', () => {
  expect(texts('scrolled · pressed · scrolled')).toEqual(['scrolled', 'pressed', 'scrolled']);
  expect(lines('a · a').map((line) => line.key)).toEqual([0, 1]);
  expect(texts('a\r\nb\n\n')).toEqual(['a', 'b']);
  expect(texts(null)).toEqual([]);
});

test('who it was is never more certain than the row', () => {
  expect(whoWords({ Who__c: 'person', Confidence__c: 'high' })).toBe('A person, high confidence');
  expect(whoWords({ Who__c: 'likely_person' })).toBe('Probably a person');
  expect(whoWords({})).toBe('Not known who');
});

test('each state of consent has words', () => {
  for (const consent of ['given', 'refused', 'withdrawn', 'signalled_off', 'not_asked']) {
    expect(consentWords(consent)).not.toBe('');
  }
  expect(consentWords(undefined)).toBe('');
});

test('a visit without a sentence is told from its numbers', () => {
  expect(sentenceOf({})).toBe('Opened the page');
  expect(sentenceOf({ Coverage_Percent__c: 49.6 })).toBe('Watched 50 %');
  expect(sentenceOf({ Max_Milestone__c: 25, CTA_Clicked__c: true })).toBe('Reached 25 %, pressed a button');
  expect(sentenceOf({ CTA_Clicked__c: true, CTA_Label__c: 'Book' })).toBe('Opened the page, pressed “Book”');
  expect(sentenceOf({ Sentence__c: 'As told' })).toBe('As told');
});

test('one is one', () => {
  expect([counted(1, 'visit', 'visits'), counted(0, 'visit', 'visits')]).toEqual(['1 visit', '0 visits']);
});
