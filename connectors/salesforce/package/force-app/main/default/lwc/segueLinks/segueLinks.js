import { LightningElement, api } from 'lwc';

/** A person's links: what for, until when, to copy. */
export default class SegueLinks extends LightningElement {
  /** `{url, campaign, expiresAt}`, the latest first. */
  @api links = [];
  said = '';
  byHand = '';

  get rows() {
    const now = Date.now();
    return this.links.map((link) => {
      const ended = Boolean(link.expiresAt) && Date.parse(link.expiresAt) <= now;
      const name = link.campaign || 'Latest link';
      return { ...link, name, ended, copy: `Copy the link: ${name}` };
    });
  }

  async copy(event) {
    const { url, name } = this.rows[Number(event.currentTarget.dataset.place)];
    this.byHand = '';
    try {
      await navigator.clipboard.writeText(url);
      this.said = `Copied: ${name}. It opens this person’s video; give it to nobody else.`;
    } catch {
      // No clipboard in this browser or frame: show the address to be copied by hand.
      this.byHand = url;
      this.said = 'This browser doesn’t let us copy; here is the link.';
    }
  }

  get indexed() {
    return this.rows.map((row, place) => ({ ...row, place }));
  }

  select(event) {
    event.currentTarget.select();
  }
}
