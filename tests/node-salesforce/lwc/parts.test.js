/** The parts of the component: curve, visit, links. */
import SegueCurve from 'c/segueCurve';
import SegueLinks from 'c/segueLinks';
import SegueVisit from 'c/segueVisit';
import { navigated } from 'lightning/navigation';
import { clearPage, makeVisit, onPage, part, settled } from './make';

afterEach(clearPage);

const links = (...rows) => onPage('c-segue-links', SegueLinks, { links: rows });
const curve = (...visits) => onPage('c-segue-curve', SegueCurve, { visits });
const visit = (change, named = false) => onPage('c-segue-visit', SegueVisit, { visit: makeVisit(change), named });
const clipboard = (writeText) => Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });

describe('the curve', () => {
  test('says in words what it draws', () => {
    const element = curve({ duration: 40, spans: '[[0,30]]', again: '[[8,12]]' });

    const drawn = element.shadowRoot.querySelector('svg');
    expect(drawn.getAttribute('role')).toBe('img');
    expect(drawn.getAttribute('aria-label')).toContain(part(element, 'words').textContent);
    expect(part(element, 'words').textContent).toBe('Seen most: 0:08–0:12. Seen least: 0:30–0:40.');
  });

  test('draws one step a part, from the ground to the top', () => {
    const path = curve({ duration: 2, spans: '[[0,1]]', again: null }).shadowRoot.querySelector('path');

    expect(path.getAttribute('d')).toBe('M0 100 V4.0 H1 V100.0 H2 V100 Z');
  });

  test.each([[[]], [[{ duration: 40, spans: null, again: null }]], [[{ duration: 0, spans: '[[0,5]]', again: null }]]])(
    'says why there is nothing to draw: %j',
    (visits) => {
      const element = curve(...visits);

      expect(element.shadowRoot.querySelector('svg')).toBeNull();
      expect(part(element, 'none').textContent).toContain('didn’t agree');
    },
  );
});

describe('a visit', () => {
  test('is a sentence, who it was, and the rest on demand', () => {
    const element = visit();

    expect(part(element, 'sentence').textContent).toBe('Watched 38 of 40 s, replayed Pricing twice, pressed Book a demo');
    expect(part(element, 'who').textContent).toBe('A person, high confidence');
    const titles = [...element.shadowRoot.querySelectorAll('details strong')].map((title) => title.textContent);
    expect(titles).toEqual(['Pressed', 'Watched again', 'Why Segue thinks so', 'Score of this visit']);
    expect(element.shadowRoot.querySelector('details').open).toBe(false);
  });

  test('says how much they faced the screen only where there is word of it, nought included', () => {
    expect(part(visit({ Facing_Screen_Percent__c: 82 }), 'facing').textContent).toBe('Facing the screen 82 % of what played');
    expect(part(visit({ Facing_Screen_Percent__c: 0 }), 'facing').textContent).toContain('0 %');
    expect(part(visit({ Facing_Screen_Percent__c: null }), 'facing')).toBeNull();
    expect(part(visit(), 'facing')).toBeNull();
  });

  test('never calls a likely person a person', () => {
    expect(part(visit({ Who__c: 'likely_person', Confidence__c: 'low' }), 'who').textContent).toBe(
      'Probably a person, low confidence',
    );
  });

  test('names the person on a campaign and leads there', () => {
    const person = part(visit({}, true), 'person').querySelector('a');
    expect(person.textContent).toBe('Ada Example');

    person.click();

    expect(navigated).toHaveBeenCalledWith({
      type: 'standard__recordPage',
      attributes: { recordId: '003000000000001AAA', actionName: 'view' },
    });
  });

  test('says so when the person is hidden from who looks, and leads nowhere', () => {
    const person = part(visit({ Contact__r: undefined }, true), 'person');

    expect(person.textContent).toBe('Someone you can’t see');
    expect(person.querySelector('a')).toBeNull();
  });

  test('has nothing to open when there is nothing more to say', () => {
    const element = visit({ Replays__c: null, Reasons__c: '', Score_Reasons__c: undefined, CTA_Clicked__c: false });

    expect(element.shadowRoot.querySelector('details')).toBeNull();
  });

  test('shows what is in a field as text, never as markup', () => {
    const element = visit({ Sentence__c: '<img src=x onerror=alert(1)>', Reasons__c: '<b>x</b> · <b>x</b>' });

    expect(element.shadowRoot.querySelector('img, b')).toBeNull();
    expect(element.shadowRoot.querySelectorAll('details li')).toHaveLength(6);
  });
});

describe('links', () => {
  const LIVE = { url: 'https://video.example.com/v/live', campaign: 'Spring', expiresAt: '2099-01-01T00:00:00.000Z' };
  const ENDED = { url: 'https://video.example.com/v/ended', campaign: 'Old', expiresAt: '2001-01-01T00:00:00.000Z' };

  test('are copied, and that is said', async () => {
    const writeText = jest.fn(() => Promise.resolve());
    clipboard(writeText);
    const element = links(ENDED, LIVE);

    element.shadowRoot.querySelectorAll('lightning-button')[1].click();
    await settled();

    expect(writeText).toHaveBeenCalledWith(LIVE.url);
    expect(part(element, 'said').textContent).toContain('Copied: Spring');
    expect(part(element, 'said').getAttribute('role')).toBe('status');
  });

  test('are shown to be copied by hand where the browser doesn’t copy', async () => {
    clipboard(jest.fn(() => Promise.reject(new Error('denied'))));
    const element = links(LIVE);

    element.shadowRoot.querySelector('lightning-button').click();
    await settled();

    expect(element.shadowRoot.querySelector('input').value).toBe(LIVE.url);
    expect(part(element, 'said').textContent).toContain('doesn’t let us copy');
  });

  test('that have ended say so and can’t be copied', () => {
    const element = links(ENDED, { url: 'https://video.example.com/v/latest' });
    const [ended, latest] = element.shadowRoot.querySelectorAll('lightning-button');

    expect(ended.disabled).toBe(true);
    expect(latest.disabled).toBe(false);
    expect(element.shadowRoot.textContent).toContain('Has ended');
  });
});
