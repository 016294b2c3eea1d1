/** A contact page and a settings page with a Segue behind them that answers as told. */
import { hubspot, LoadingSpinner } from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { vi } from 'vitest';

import { Card } from './.built/static/src/app/cards/Card.tsx';
import { Settings } from './.built/static/src/app/settings/Settings.tsx';

/** What `hubspot.fetch` gives: an answer, or a request that fails. */
export type Reply = Response | Error | Promise<Response>;

export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

/** Segue answers the requests to each path with its replies in turn, the last one for ever. */
export const segue = (replies: Readonly<Record<string, Reply | readonly Reply[]>>) => {
  const turns = new Map<string, number>();
  const fetch = vi.fn(async (url: string | URL, _options?: object): Promise<Response> => {
    const path = new URL(url).pathname;
    const known = replies[path];
    if (known === undefined) throw new Error(`nobody answers at ${path}`);
    const series: readonly Reply[] = Array.isArray(known) ? known : [known as Reply];
    const turn = turns.get(path) ?? 0;
    turns.set(path, turn + 1);
    const reply = series[Math.min(turn, series.length - 1)];
    if (reply instanceof Error) throw reply;
    return (await reply)!.clone();
  });
  hubspot.fetch = fetch as typeof hubspot.fetch;
  return fetch;
};

/** The card of contact 501 as it stands once something has come. */
export const openCard = async () => {
  const page = createRenderer('crm.record.tab');
  page.mocks.context.crm.objectId = 501;
  page.mocks.context.portal.timezone = 'Europe/Berlin';
  page.mocks.context.user.locale = 'en_GB';
  page.render(<Card context={page.mocks.context} actions={page.mocks.actions} />);
  await page.waitFor(() => {
    if (page.maybeFind(LoadingSpinner)) throw new Error('still waiting');
  });
  return page;
};

/** The settings page as it stands once something has come. */
export const openSettings = async () => {
  const page = createRenderer('settings');
  page.mocks.context.portal.timezone = 'Europe/Berlin';
  page.mocks.context.user.locale = 'en-GB';
  page.render(<Settings context={page.mocks.context} />);
  await page.waitFor(() => {
    if (page.maybeFind(LoadingSpinner)) throw new Error('still waiting');
  });
  return page;
};

/** All that stands there, texts and attributes. */
export const seen = (page: { getRootNode: () => { toString: () => string } }): string => page.getRootNode().toString();
