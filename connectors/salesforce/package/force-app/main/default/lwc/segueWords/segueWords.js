/** What a row's values say to a rep. Pure. */

const WHO = { person: 'A person', likely_person: 'Probably a person' };
const CONFIDENCE = { low: 'low confidence', medium: 'medium confidence', high: 'high confidence' };
const CONSENT = {
  given: 'Agreed to be measured',
  refused: 'Refused to be measured',
  withdrawn: 'Took the consent back',
  signalled_off: 'Browser says: don’t measure',
  not_asked: 'Wasn’t asked'
};

/** @param {string | null | undefined} text parts between ` · ` or on lines @returns {{key: number, text: string}[]} */
export function lines(text) {
  return (text || '')
    .split(/\s·\s|\r?\n/u)
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line, key) => ({ key, text: line }));
}

/** @param {{Who__c?: string, Confidence__c?: string}} visit @returns {string} */
export function whoWords(visit) {
  const who = WHO[visit.Who__c] || 'Not known who';
  return CONFIDENCE[visit.Confidence__c] ? `${who}, ${CONFIDENCE[visit.Confidence__c]}` : who;
}

/** @param {string | null | undefined} consent @returns {string} "" when nothing is known */
export function consentWords(consent) {
  return CONSENT[consent] || '';
}

/**
 * @param {{Facing_Screen_Percent__c?: number | null}} visit
 * @returns {string} "" unless they agreed to that on its own
 */
export function facingWords(visit) {
  const share = visit.Facing_Screen_Percent__c;
  return Number.isFinite(share) ? `Facing the screen ${share} % of what played` : '';
}

/** @param {object} visit a `Video_Engagement__c` @returns {string} the visit in a sentence */
export function sentenceOf(visit) {
  if (visit.Sentence__c) return visit.Sentence__c;
  const share = visit.Coverage_Percent__c;
  const opened = visit.Max_Milestone__c || share ? '' : 'Opened the page';
  const watched = share ? `Watched ${Math.round(share)} %` : visit.Max_Milestone__c ? `Reached ${visit.Max_Milestone__c} %` : '';
  const pressed = visit.CTA_Clicked__c ? `pressed ${visit.CTA_Label__c ? `“${visit.CTA_Label__c}”` : 'a button'}` : '';
  return [opened || watched, pressed].filter(Boolean).join(', ');
}

/** @param {number} howMany @param {string} one @param {string} more @returns {string} such as `1 visit` */
export function counted(howMany, one, more) {
  return `${howMany} ${howMany === 1 ? one : more}`;
}
