/** What Segue tells of one contact, taken apart at the door. */
import { Misshapen, address, amount, fields, flag, list, maybeAmount, text, word } from './shared/check.ts';

export const STATES = ['ok', 'empty', 'not_connected', 'forbidden', 'gone'] as const;
export const CONSENTS = ['given', 'refused', 'withdrawn', 'signalled_off', 'not_asked'] as const;

export interface Link {
  readonly campaign: string;
  readonly slug: string;
  readonly url: string | null;
  readonly expiresAt: string;
  readonly canResend: boolean;
}

export interface Replay {
  readonly title: string;
  readonly times: number;
  readonly transcriptUrl: string | null;
}

export type Stretch = readonly [from: number, to: number];

export interface Visit {
  readonly id: string;
  readonly campaign: string;
  readonly at: string;
  readonly sentence: string;
  readonly who: string;
  readonly confidence: string;
  readonly reasons: readonly string[];
  readonly durationS: number;
  readonly coverageS: number;
  readonly watchS: number;
  /** Stretches seen, and seen again, in seconds of the video. */
  readonly spans: readonly Stretch[];
  readonly again: readonly Stretch[];
  readonly replays: readonly Replay[];
  readonly ctas: readonly string[];
  /** 'Facing the screen 82 % of what played'; "" unless they agreed to that on its own. */
  readonly facing: string;
  readonly score: number | null;
  readonly scoreReasons: readonly string[];
}

export interface Curve {
  readonly campaign: string;
  readonly durationS: number;
  /** How often each second was seen, over all visits. */
  readonly seconds: readonly number[];
}

export interface CardAnswer {
  readonly state: (typeof STATES)[number];
  readonly links: readonly Link[];
  /** Campaigns a first link can be made for here; none when the server doesn't say. */
  readonly campaigns: readonly { readonly slug: string; readonly title: string }[];
  readonly consent: { readonly state: (typeof CONSENTS)[number]; readonly at: string };
  readonly visits: readonly Visit[];
  readonly curve: Curve | null;
  readonly score: number | null;
  readonly scoreReasons: readonly string[];
}

/** The answer of `/hubspot/card`; throws `Misshapen`. */
export const readCard = (value: unknown): CardAnswer => {
  const told = fields(value, 'answer');
  const state = STATES.find((known) => known === told.state);
  if (state === undefined) throw new Misshapen('answer.state is none we know');
  const consent = fields(told.consent ?? {}, 'consent');
  return {
    state,
    links: list(told.links, 'links', readLink),
    campaigns: list(told.campaigns, 'campaigns', (item, at) => {
      const campaign = fields(item, at);
      return { slug: text(campaign.slug, `${at}.slug`), title: text(campaign.title, `${at}.title`) };
    }),
    consent: { state: word(consent.state, CONSENTS, 'not_asked'), at: text(consent.at, 'consent.at') },
    visits: list(told.visits, 'visits', readVisit),
    curve: told.curve === undefined || told.curve === null ? null : readCurve(told.curve),
    score: maybeAmount(told.score, 'score'),
    scoreReasons: list(told.scoreReasons, 'scoreReasons', text),
  };
};

const readLink = (value: unknown, at: string): Link => {
  const link = fields(value, at);
  return {
    campaign: text(link.campaign, `${at}.campaign`),
    slug: text(link.slug, `${at}.slug`),
    url: address(link.url),
    expiresAt: text(link.expiresAt, `${at}.expiresAt`),
    canResend: flag(link.canResend),
  };
};

const readVisit = (value: unknown, at: string): Visit => {
  const visit = fields(value, at);
  return {
    id: text(visit.id, `${at}.id`),
    campaign: text(visit.campaign, `${at}.campaign`),
    at: text(visit.at, `${at}.at`),
    sentence: text(visit.sentence, `${at}.sentence`),
    who: text(visit.who, `${at}.who`),
    confidence: text(visit.confidence, `${at}.confidence`),
    reasons: list(visit.reasons, `${at}.reasons`, text),
    durationS: amount(visit.durationS, `${at}.durationS`),
    coverageS: amount(visit.coverageS, `${at}.coverageS`),
    watchS: amount(visit.watchS, `${at}.watchS`),
    spans: list(visit.spans, `${at}.spans`, readStretch),
    again: list(visit.again, `${at}.again`, readStretch),
    replays: list(visit.replays, `${at}.replays`, readReplay),
    ctas: list(visit.ctas, `${at}.ctas`, text),
    facing: text(visit.facing, `${at}.facing`),
    score: maybeAmount(visit.score, `${at}.score`),
    scoreReasons: list(visit.scoreReasons, `${at}.scoreReasons`, text),
  };
};

const readStretch = (value: unknown, at: string): Stretch => {
  const [from, to] = list(value, at, amount);
  if (from === undefined || to === undefined) throw new Misshapen(`${at} is no stretch`);
  return [from, to];
};

const readReplay = (value: unknown, at: string): Replay => {
  const replay = fields(value, at);
  return {
    title: text(replay.title, `${at}.title`),
    times: amount(replay.times, `${at}.times`),
    transcriptUrl: address(replay.transcriptUrl),
  };
};

const readCurve = (value: unknown): Curve => {
  const curve = fields(value, 'curve');
  return {
    campaign: text(curve.campaign, 'curve.campaign'),
    durationS: amount(curve.durationS, 'curve.durationS'),
    seconds: list(curve.seconds, 'curve.seconds', amount),
  };
};
