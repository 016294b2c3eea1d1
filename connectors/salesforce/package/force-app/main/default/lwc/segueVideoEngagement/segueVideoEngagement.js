import { LightningElement, api, wire } from 'lwc';
import { refreshApex } from '@salesforce/apex';
import forRecord from '@salesforce/apex/SegueEngagement.forRecord';
import { consentWords, counted, lines } from 'c/segueWords';

/** What people watched of their personal videos: of one Contact or Lead, or of a Campaign's people. */
export default class SegueVideoEngagement extends LightningElement {
  @api recordId;
  wired = {};
  chosen = null;
  isRefreshing = false;

  @wire(forRecord, { recordId: '$recordId' })
  take(wired) {
    this.wired = wired;
  }

  get view() {
    return this.wired.data;
  }

  get isLoading() {
    return !this.wired.data && !this.wired.error;
  }

  get isBroken() {
    return Boolean(this.wired.error);
  }

  get isForbidden() {
    return this.view?.state === 'forbidden';
  }

  get isUnsupported() {
    return this.view?.state === 'unsupported';
  }

  get isEmpty() {
    return this.view?.state === 'empty';
  }

  get isThere() {
    return this.view?.state === 'ok';
  }

  get problem() {
    return this.wired.error?.body?.message || this.wired.error?.message || '';
  }

  get isCampaign() {
    return this.view?.kind === 'Campaign';
  }

  get visits() {
    return this.view.visits;
  }

  get links() {
    return this.view?.links || [];
  }

  get hasLinks() {
    return this.links.length > 0;
  }

  get totals() {
    const { total, watched, clicked } = this.view;
    return [
      counted(total, 'visit', 'visits'),
      `${watched} watched three quarters or more`,
      `${clicked} pressed a button`
    ].join(' · ');
  }

  get isCut() {
    return this.view.total > this.visits.length;
  }

  get cutWords() {
    return `The latest ${counted(this.visits.length, 'visit is', 'visits are')} shown; reports have them all.`;
  }

  get scored() {
    return this.isCampaign ? undefined : this.visits.find((visit) => Number.isFinite(visit.Score__c));
  }

  get score() {
    return this.scored?.Score__c;
  }

  get scoreReasons() {
    return lines(this.scored?.Score_Reasons__c);
  }

  get consent() {
    return this.isCampaign ? '' : consentWords(this.visits.find((visit) => visit.Consent__c)?.Consent__c);
  }

  get videos() {
    const names = this.visits.map((visit) => visit.Video_Name__c).filter(Boolean);
    return [...new Set(names)].map((name) => ({ label: name, value: name }));
  }

  get hasVideos() {
    return this.videos.length > 1;
  }

  get video() {
    return this.videos.some(({ value }) => value === this.chosen) ? this.chosen : this.videos[0]?.value;
  }

  get watchedOfVideo() {
    return this.visits
      .filter((visit) => visit.Video_Name__c === this.video)
      .map((visit) => ({
        duration: visit.Duration_Seconds__c || 0,
        spans: visit.Spans__c || null,
        again: visit.Again__c || null
      }));
  }

  choose(event) {
    this.chosen = event.detail.value;
  }

  async refresh() {
    this.isRefreshing = true;
    try {
      await refreshApex(this.wired);
    } finally {
      this.isRefreshing = false;
    }
  }
}
