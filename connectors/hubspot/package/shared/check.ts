/** What came over the network, taken apart: a value of the type asked for, or a complaint that names the place. */

/** The answer isn't what this version of the card understands. */
export class Misshapen extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

/** An object, or `Misshapen`. */
export const fields = (value: unknown, at: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misshapen(`${at} is no object`);
  return value as Fields;
};

/** A string; absent and null are ''. */
export const text = (value: unknown, at: string): string => {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Misshapen(`${at} is no text`);
  return value;
};

/** A finite number of at least 0; absent and null are 0. */
export const amount = (value: unknown, at: string): number => {
  const known = maybeAmount(value, at);
  return known === null ? 0 : known;
};

/** The same, but absent and null stay null: a score that isn't there is no score of 0. */
export const maybeAmount = (value: unknown, at: string): number | null => {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Misshapen(`${at} is no number`);
  return Math.max(0, value);
};

/** True only when it says so. */
export const flag = (value: unknown): boolean => value === true;

/** Each item through `read`; absent and null are none. */
export const list = <T>(value: unknown, at: string, read: (item: unknown, at: string) => T): readonly T[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Misshapen(`${at} is no list`);
  return value.map((item, index) => read(item, `${at}[${index}]`));
};

/** One of the words known; a word from a newer server is `otherwise`. */
export const word = <T extends string>(value: unknown, known: readonly T[], otherwise: T): T =>
  known.find((candidate) => candidate === value) ?? otherwise;

/** An https address, or null: nothing else becomes a link. */
export const address = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  try {
    return new URL(value).protocol === 'https:' ? value : null;
  } catch {
    return null;
  }
};
