import { LightningElement, api } from 'lwc';
import { clock, curveOf, runOf } from 'c/segueWatch';

/** How often each part of a video was seen, as a curve and in words. */
export default class SegueCurve extends LightningElement {
  /** `{duration, spans, again}` of each visit to one video. */
  @api visits = [];

  get curve() {
    return curveOf(this.visits);
  }

  get isThere() {
    return this.curve.parts.some((seen) => seen > 0);
  }

  get peak() {
    return Math.max(1, ...this.curve.parts);
  }

  get box() {
    return `0 0 ${this.curve.parts.length} 100`;
  }

  get path() {
    const heights = this.curve.parts.map((seen) => 100 - (96 * seen) / this.peak);
    const steps = heights.map((height, place) => `V${height.toFixed(1)} H${place + 1}`);
    return `M0 100 ${steps.join(' ')} V100 Z`;
  }

  get end() {
    return clock(Math.max(0, ...this.visits.map((visit) => visit.duration || 0)));
  }

  get most() {
    return `at most ${this.peak < 1.5 ? 'once' : `${Math.round(this.peak)} times`}`;
  }

  get words() {
    const [high, low] = [runOf(this.curve, Math.max), runOf(this.curve, Math.min)];
    if (!high) return 'Every part was seen alike.';
    return `Seen most: ${clock(high.from)}–${clock(high.to)}. Seen least: ${clock(low.from)}–${clock(low.to)}.`;
  }

  get label() {
    return `How often each part of the video was seen. ${this.words}`;
  }
}
