/** The connection in words. Pure. */
import type { GrantedScope, Queue, SettingsAnswer } from './answer.ts';
import { span } from './shared/when.ts';

export const CONNECTION: Readonly<
  Record<SettingsAnswer['connection'], { readonly title: string; readonly variant: 'success' | 'warning' | 'danger' }>
> = {
  ok: { title: 'Connected, and everything works', variant: 'success' },
  attention: { title: 'Connected, but something needs your attention', variant: 'warning' },
  broken: { title: 'The connection is broken', variant: 'danger' },
};

const MODE: Readonly<Record<string, string>> = {
  none: 'Contact properties and notes',
  media_bridge: 'HubSpot’s own video sessions (Media Bridge)',
  custom_events: 'Custom events',
  app_events: 'App events',
};

/** What a way of telling the timeline is called; a word from a newer server is shown as it is. */
export const modeName = (mode: string): string => MODE[mode] ?? mode.replaceAll('_', ' ');

/** What is missing, and whether anything fails for want of it. */
export const missing = (scopes: readonly GrantedScope[]): readonly GrantedScope[] =>
  [...scopes].filter((scope) => !scope.granted).sort((a, b) => Number(b.required) - Number(a.required));

/** 'Nothing waits: all is told.' or how much waits, and since when. */
export const queueInWords = (queue: Queue): string => {
  const open = queue.pending + queue.waiting;
  if (open === 0 && queue.dead === 0) return 'Nothing waits: HubSpot has been told everything.';
  if (open === 0) return 'Nothing waits but what can’t be delivered.';
  const since = queue.oldestAgeS === null ? '' : `, the oldest for ${span(queue.oldestAgeS)}`;
  return `${open} ${open === 1 ? 'message waits' : 'messages wait'}${since}.`;
};
