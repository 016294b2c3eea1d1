/** The component on the record page, in every state. */
import forRecord from '@salesforce/apex/SegueEngagement.forRecord';
import { refreshApex } from '@salesforce/apex';
import { clearPage, makeView, makeVisit, part, settled, shown } from './make';

const STATES = ['loading', 'error', 'forbidden', 'unsupported', 'empty', 'ok'];
const stateOf = (element) => STATES.filter((state) => part(element, state));

afterEach(clearPage);

test('while nothing is known it says so to eyes and screen readers', async () => {
  const element = await shown();

  expect(stateOf(element)).toEqual(['loading']);
  expect(element.shadowRoot.querySelector('lightning-spinner').alternativeText).toBe('Looking up video engagement');
});

test('it asks for the record it stands on', async () => {
  await shown();

  expect(forRecord.getLastConfig()).toEqual({ recordId: '003000000000001AAA' });
});

test('a failure is an alert with its reason and a way to try again', async () => {
  const element = await shown();
  forRecord.error({ message: 'Apex heap size too large' });
  await settled();

  expect(stateOf(element)).toEqual(['error']);
  const alert = part(element, 'error');
  expect(alert.getAttribute('role')).toBe('alert');
  expect(alert.textContent).toContain('Apex heap size too large');

  alert.querySelector('lightning-button').click();
  expect(refreshApex).toHaveBeenCalledTimes(1);
});

test('who may not see it is told whom to ask', async () => {
  const element = await shown(makeView({ state: 'forbidden', visits: [], links: [] }));

  expect(stateOf(element)).toEqual(['forbidden']);
  expect(part(element, 'forbidden').textContent).toContain('Segue Rep');
});

test('on another page it says where it belongs', async () => {
  const element = await shown(makeView({ state: 'unsupported', visits: [], links: [] }));

  expect(stateOf(element)).toEqual(['unsupported']);
});

test('before the first visit it says so and still offers the link', async () => {
  const element = await shown(makeView({ state: 'empty', total: 0, visits: [] }));

  expect(stateOf(element)).toEqual(['empty']);
  expect(part(element, 'links')).not.toBeNull();
});

test('a person shows totals, consent, score with its reasons, visits and links', async () => {
  const element = await shown(makeView({ total: 3, watched: 2 }));

  expect(stateOf(element)).toEqual(['ok']);
  expect(part(element, 'totals').textContent).toBe('3 visits · 2 watched three quarters or more · 1 pressed a button');
  expect(part(element, 'consent').textContent).toBe('Agreed to be measured');
  expect(part(element, 'score').textContent).toContain('Score 72');
  expect([...part(element, 'score').querySelectorAll('li')].map((item) => item.textContent)).toEqual([
    'watched 95 %: 38 points',
    'pressed a button: 20 points',
  ]);
  expect(part(element, 'links')).not.toBeNull();
});

test('a score of nothing is a score', async () => {
  const element = await shown(makeView({ visits: [makeVisit({ Score__c: 0, Score_Reasons__c: null })] }));

  expect(part(element, 'score').textContent).toContain('Score 0');
});

test('a campaign names its people and shows no one’s score, consent or link', async () => {
  const element = await shown(makeView({ kind: 'Campaign', links: [] }));

  expect(element.shadowRoot.querySelector('c-segue-visit').named).toBe(true);
  expect([part(element, 'score'), part(element, 'consent'), part(element, 'links')]).toEqual([null, null, null]);
});

test('when not all visits are shown it says where they are', async () => {
  const element = await shown(makeView({ total: 60 }));

  expect(part(element, 'cut').textContent).toBe('The latest 1 visit is shown; reports have them all.');
});

test('the curve is of one video, which can be chosen', async () => {
  const visits = [
    makeVisit({ Id: '1', Video_Name__c: 'Spring', Duration_Seconds__c: 40 }),
    makeVisit({ Id: '2', Video_Name__c: 'Autumn', Duration_Seconds__c: 90 }),
    makeVisit({ Id: '3', Video_Name__c: 'Spring', Duration_Seconds__c: 40 }),
  ];
  const element = await shown(makeView({ visits }));
  const curve = () => element.shadowRoot.querySelector('c-segue-curve').visits.map((visit) => visit.duration);
  expect(curve()).toEqual([40, 40]);

  const choice = element.shadowRoot.querySelector('lightning-combobox');
  expect(choice.options.map((option) => option.value)).toEqual(['Spring', 'Autumn']);
  choice.dispatchEvent(new CustomEvent('change', { detail: { value: 'Autumn' } }));
  await settled();

  expect(curve()).toEqual([90]);
});

test('one video needs no choice', async () => {
  const element = await shown(makeView());

  expect(element.shadowRoot.querySelector('lightning-combobox')).toBeNull();
});

test('rows with nothing but a key are borne', async () => {
  const element = await shown(makeView({ visits: [{ Id: '1' }] }));

  expect(stateOf(element)).toEqual(['ok']);
  expect(part(element, 'score')).toBeNull();
});

test('looking again is a button that names itself', async () => {
  const element = await shown(makeView());
  const button = element.shadowRoot.querySelector('lightning-button-icon');

  expect(button.alternativeText).toBe('Look again');
  button.click();
  await settled();

  expect(refreshApex).toHaveBeenCalledTimes(1);
  expect(button.disabled).toBe(false);
});
