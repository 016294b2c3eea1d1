import { LightningElement, api } from 'lwc';
import { NavigationMixin } from 'lightning/navigation';
import { facingWords, lines, sentenceOf, whoWords } from 'c/segueWords';

/** One visit: what happened in a sentence, who it was and why, what was watched again. */
export default class SegueVisit extends NavigationMixin(LightningElement) {
  /** A `Video_Engagement__c` as `SegueEngagement` gives it. */
  @api visit;
  /** Whether to name the person: on a campaign there are many. */
  @api named = false;

  get sentence() {
    return sentenceOf(this.visit);
  }

  get at() {
    return this.visit.Last_Opened_At__c || this.visit.First_Opened_At__c;
  }

  get facing() {
    return facingWords(this.visit);
  }

  get who() {
    return whoWords(this.visit);
  }

  get personId() {
    return this.visit.Contact__c || this.visit.Lead__c;
  }

  get person() {
    return this.visit.Contact__r?.Name || this.visit.Lead__r?.Name;
  }

  get isSeen() {
    return Boolean(this.personId && this.person);
  }

  get pressed() {
    if (!this.visit.CTA_Clicked__c) return [];
    return [{ key: 0, text: this.visit.CTA_Label__c || 'A button' }];
  }

  get parts() {
    const known = [
      { title: 'Pressed', items: this.pressed },
      { title: 'Watched again', items: lines(this.visit.Replays__c) },
      { title: 'Why Segue thinks so', items: lines(this.visit.Reasons__c) },
      { title: 'Score of this visit', items: lines(this.visit.Score_Reasons__c) }
    ];
    return known.filter((part) => part.items.length);
  }

  get hasParts() {
    return this.parts.length > 0;
  }

  openPerson(event) {
    event.preventDefault();
    this[NavigationMixin.Navigate]({
      type: 'standard__recordPage',
      attributes: { recordId: this.personId, actionName: 'view' }
    });
  }

  get personUrl() {
    return `/${this.personId}`;
  }
}
