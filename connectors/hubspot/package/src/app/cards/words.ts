/** The card's numbers in words and rows. Pure. */
import type { CardAnswer, Curve, Link, Stretch, Visit } from './answer.ts';

/** '1:05'. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/** More columns than a card is wide would only blur. */
export const MOST_COLUMNS = 40;

export interface Column {
  readonly at: string;
  readonly seen: number;
}

/** The curve in at most 40 columns; each shows the most any of its seconds was seen, so that a replay never averages away. */
export const columns = (curve: Curve): readonly Column[] => {
  const step = Math.max(1, Math.ceil(curve.seconds.length / MOST_COLUMNS));
  const rows: Column[] = [];
  for (let from = 0; from < curve.seconds.length; from += step)
    rows.push({ at: clock(from), seen: Math.max(...curve.seconds.slice(from, from + step)) });
  return rows;
};

/** What the curve shows, for ears and for a glance: 'Seen most: 0:08–0:12, 3 times. Never seen: 0:38–0:40.' */
export const inWords = (curve: Curve): string => {
  const most = curve.seconds.length ? Math.max(...curve.seconds) : 0;
  if (most === 0) return 'No second of it was seen yet.';
  const peak = stretches(curve.seconds, (seen) => seen === most);
  const never = stretches(curve.seconds, (seen) => seen === 0);
  const often = most === 1 ? 'Each second seen at most once' : `Seen most: ${listed(peak)}, ${times(most)}`;
  return `${often}. ${never.length ? `Never seen: ${listed(never)}.` : 'Every second was seen.'}`;
};

const stretches = (seconds: readonly number[], wanted: (seen: number) => boolean): readonly string[] => {
  const found: string[] = [];
  let from = -1;
  for (let at = 0; at <= seconds.length; at += 1) {
    const inside = at < seconds.length && wanted(seconds[at] ?? 0);
    if (inside && from < 0) from = at;
    if (!inside && from >= 0) {
      found.push(stretch([from, at]));
      from = -1;
    }
  }
  return found;
};

const MOST_LISTED = 3;
const listed = (found: readonly string[]): string =>
  found.length <= MOST_LISTED
    ? found.join(', ')
    : `${found.slice(0, MOST_LISTED).join(', ')} and ${found.length - MOST_LISTED} more`;

/** 'once', 'twice', '3 times'. */
export const times = (count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;

/** '38 of 40 s'. */
export const covered = (visit: Visit): string => `${round(visit.coverageS)} of ${round(visit.durationS)} s`;

/** 'Seen 0:00–0:38. Seen again 0:08–0:12, 51 s in all.' */
export const stretchesSeen = (visit: Visit): string => {
  const seen = `Seen ${listed(visit.spans.map(stretch))}.`;
  if (visit.again.length === 0) return seen;
  return `${seen} Seen again ${listed(visit.again.map(stretch))}, ${round(visit.watchS)} s in all.`;
};

const stretch = ([from, to]: Stretch): string => `${clock(from)}–${clock(to)}`;

/** 0 to 100. */
export const percent = (visit: Visit): number =>
  visit.durationS > 0 ? Math.min(100, Math.round((100 * visit.coverageS) / visit.durationS)) : 0;

/** Seconds as one says them: whole ones once there are ten, else to a tenth. */
export const round = (seconds: number): number =>
  seconds >= 10 ? Math.round(seconds) : Math.round(seconds * 10) / 10;

const WHO: Readonly<Record<string, string>> = { person: 'A person', likely_person: 'Probably a person' };

/** 'A person, high confidence'; a word from a newer server is shown as it is. */
export const who = (visit: Visit): string => {
  const name = WHO[visit.who] ?? visit.who.replaceAll('_', ' ');
  return visit.confidence ? `${name}, ${visit.confidence} confidence` : name;
};

export interface Mood {
  readonly label: string;
  readonly meaning: string;
  readonly variant: 'success' | 'warning' | 'danger' | 'default';
}

/** What they said to being measured, and what follows for the rep. */
export const CONSENT: Readonly<Record<CardAnswer['consent']['state'], Mood>> = {
  given: { label: 'Agreed', meaning: 'They agreed that their watching is measured.', variant: 'success' },
  refused: {
    label: 'Said no',
    meaning: 'They may have watched; it isn’t measured. Please don’t ask about it.',
    variant: 'warning',
  },
  withdrawn: {
    label: 'Withdrawn',
    meaning: 'They took their yes back; nothing is measured any more.',
    variant: 'danger',
  },
  signalled_off: {
    label: 'Switched off by the browser',
    meaning: 'Their browser sends Global Privacy Control, so nothing is measured.',
    variant: 'warning',
  },
  not_asked: {
    label: 'Not asked yet',
    meaning: 'The question stands below the video; they haven’t answered it.',
    variant: 'default',
  },
};

/** Whether the link still opens the video. */
export const isLive = (link: Link, now: Date): boolean => {
  const end = new Date(link.expiresAt);
  return link.url !== null && (Number.isNaN(end.getTime()) || end > now);
};
