/** Views and visits as `SegueEngagement.forRecord` gives them, and a component on a page. */
import { createElement } from 'lwc';
import forRecord from '@salesforce/apex/SegueEngagement.forRecord';
import SegueVideoEngagement from 'c/segueVideoEngagement';

export const makeVisit = (change = {}) => ({
  Id: 'a0B000000000001AAA',
  Video_Name__c: 'Spring',
  Contact__c: '003000000000001AAA',
  Contact__r: { Name: 'Ada Example' },
  Last_Opened_At__c: '2026-11-28T10:42:00.000Z',
  Coverage_Percent__c: 95,
  Duration_Seconds__c: 40,
  Max_Milestone__c: 75,
  CTA_Clicked__c: true,
  CTA_Label__c: 'Book a demo',
  Who__c: 'person',
  Confidence__c: 'high',
  Reasons__c: 'scrolled · pressed a button',
  Consent__c: 'given',
  Score__c: 72,
  Score_Reasons__c: 'watched 95 %: 38 points · pressed a button: 20 points',
  Sentence__c: 'Watched 38 of 40 s, replayed Pricing twice, pressed Book a demo',
  Replays__c: 'Pricing × 2',
  Spans__c: '[[0,38]]',
  Again__c: '[[8,12]]',
  ...change,
});

export const makeView = (change = {}) => ({
  state: 'ok',
  kind: 'Contact',
  total: 1,
  watched: 1,
  clicked: 1,
  links: [{ url: 'https://video.example.com/v/x', campaign: 'Spring', expiresAt: '2099-01-01T00:00:00.000Z' }],
  visits: [makeVisit()],
  ...change,
});

export const settled = () => new Promise((resolve) => setTimeout(resolve));

export function onPage(name, component, properties) {
  const element = createElement(name, { is: component });
  Object.assign(element, properties);
  document.body.appendChild(element);
  return element;
}

/** The component on a record page, given `view`; without one it waits. */
export async function shown(view) {
  const element = onPage('c-segue-video-engagement', SegueVideoEngagement, { recordId: '003000000000001AAA' });
  if (view) forRecord.emit(view);
  await settled();
  return element;
}

/** @returns {Element | null} the part of that `data-id`, in this component's own shadow */
export const part = (element, id) => element.shadowRoot.querySelector(`[data-id="${id}"]`);

export function clearPage() {
  while (document.body.firstChild) document.body.firstChild.remove();
  jest.clearAllMocks();
}
