/** How the connection stands, taken apart at the door. */
import { call } from './shared/call.ts';
import { address, amount, fields, flag, list, maybeAmount, text, word } from './shared/check.ts';

export const CONNECTIONS = ['ok', 'attention', 'broken'] as const;
export const MODES = ['none', 'media_bridge', 'custom_events', 'app_events'] as const;

export interface Mode {
  readonly mode: string;
  readonly possible: boolean;
  readonly needs: string;
}

export interface GrantedScope {
  readonly scope: string;
  readonly granted: boolean;
  readonly required: boolean;
  readonly adds: string;
}

export interface Queue {
  readonly pending: number;
  readonly waiting: number;
  readonly dead: number;
  readonly oldestAgeS: number | null;
  readonly lastError: string;
  readonly lastDeliveredAt: string;
}

export interface SettingsAnswer {
  readonly connection: (typeof CONNECTIONS)[number];
  readonly problem: string;
  readonly portalId: string;
  readonly account: string;
  readonly timeline: (typeof MODES)[number];
  readonly why: string;
  readonly available: readonly Mode[];
  readonly scopes: readonly GrantedScope[];
  readonly queue: Queue;
  readonly tier: string;
  readonly checkedAt: string;
  readonly adminUrl: string | null;
}

/** Ask for it; throws `Trouble`. */
export const askForSettings = (): Promise<SettingsAnswer> => call('/hubspot/settings', {}, readSettings);

/** The answer of `/hubspot/settings`; throws `Misshapen`. */
export const readSettings = (value: unknown): SettingsAnswer => {
  const told = fields(value, 'answer');
  const mode = fields(told.mode ?? {}, 'mode');
  return {
    // Anything else than the three words needs looking at.
    connection: word(told.connection, CONNECTIONS, 'attention'),
    problem: text(told.problem, 'problem'),
    portalId: text(told.portalId, 'portalId'),
    account: text(told.account, 'account'),
    timeline: word(mode.timeline, MODES, 'none'),
    why: text(mode.why, 'mode.why'),
    available: list(mode.available, 'mode.available', readMode),
    scopes: list(told.scopes, 'scopes', readScope),
    queue: readQueue(told.queue ?? {}),
    tier: text(told.tier, 'tier'),
    checkedAt: text(told.checkedAt, 'checkedAt'),
    adminUrl: address(told.adminUrl),
  };
};

const readMode = (value: unknown, at: string): Mode => {
  const mode = fields(value, at);
  return {
    mode: text(mode.mode, `${at}.mode`),
    possible: flag(mode.possible),
    needs: text(mode.needs, `${at}.needs`),
  };
};

const readScope = (value: unknown, at: string): GrantedScope => {
  const scope = fields(value, at);
  return {
    scope: text(scope.scope, `${at}.scope`),
    granted: flag(scope.granted),
    required: flag(scope.required),
    adds: text(scope.adds, `${at}.adds`),
  };
};

const readQueue = (value: unknown): Queue => {
  const queue = fields(value, 'queue');
  return {
    pending: amount(queue.pending, 'queue.pending'),
    waiting: amount(queue.waiting, 'queue.waiting'),
    dead: amount(queue.dead, 'queue.dead'),
    oldestAgeS: maybeAmount(queue.oldestAgeS, 'queue.oldestAgeS'),
    lastError: text(queue.lastError, 'queue.lastError'),
    lastDeliveredAt: text(queue.lastDeliveredAt, 'queue.lastDeliveredAt'),
  };
};
