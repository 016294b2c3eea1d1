/** Times as the person reads them: their language, their account's time zone. */

export interface Place {
  readonly locale: string | undefined;
  readonly timeZone: string | undefined;
}

const SHORT: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };
const LONG: Intl.DateTimeFormatOptions = { ...SHORT, hour: '2-digit', minute: '2-digit' };

/** '28 Nov 2026, 10:42'; '' for what is no time. */
export const moment = (iso: string, place: Place): string => said(iso, place, LONG);

/** '28 Nov 2026'; '' for what is no time. */
export const day = (iso: string, place: Place): string => said(iso, place, SHORT);

/** '3 hours', of a length in seconds. */
export const span = (seconds: number): string => {
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
};

const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const said = (iso: string, place: Place, options: Intl.DateTimeFormatOptions): string => {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '';
  for (const [locale, timeZone] of [
    [place.locale?.replace('_', '-'), place.timeZone],
    [undefined, 'UTC'],
  ])
    try {
      return new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(time);
    } catch {
      // A language or zone this browser doesn't know: say it plainly.
    }
  return iso;
};
