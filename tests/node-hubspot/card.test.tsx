import {
  Accordion,
  BarChart,
  Button,
  EmptyState,
  ErrorState,
  Input,
  Link,
  LoadingButton,
  LoadingSpinner,
  ScoreCircle,
  Select,
  StatusTag,
} from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { expect, test, vi } from 'vitest';

import { Card } from './.built/static/src/app/cards/Card.tsx';
import { makeCard, makeLink, makeVisit } from './answers.ts';
import { json, openCard, seen, segue } from './harness.tsx';

const LINK = 'https://video.example.com/v/abc';

test('the question goes to the server the project was made for, with the contact and nothing else', async () => {
  const fetch = segue({ '/hubspot/card': json(makeCard()) });

  await openCard();

  expect(fetch).toHaveBeenCalledTimes(1);
  expect(fetch.mock.calls[0]).toEqual([
    'https://video.example.com/hubspot/card',
    { method: 'POST', body: { objectId: '501' }, timeout: 8_000 },
  ]);
});

test('while it waits it says what it waits for', () => {
  segue({ '/hubspot/card': new Promise<Response>(() => {}) });
  const page = createRenderer('crm.record.tab');

  page.render(<Card context={page.mocks.context} actions={page.mocks.actions} />);

  expect(page.find(LoadingSpinner).props.label).toBe('Reading what they watched');
});

test('a contact who watched: score, consent, curve, what was said again, buttons, who it was and why', async () => {
  segue({ '/hubspot/card': json(makeCard()) });

  const page = await openCard();

  expect(page.find(ScoreCircle).props.score).toBe(72);
  expect(page.find(StatusTag).text).toBe('Agreed, 28 Nov 2026');
  expect(page.find(BarChart).props.data).toHaveLength(40);
  expect(page.find(Accordion).props.title).toBe('28 Nov 2026, 10:42 – Spring');
  expect(page.find(Link).props.href).toEqual({
    url: 'https://video.example.com/c/spring#t-pricing',
    external: true,
  });
  for (const said of [
    'Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo',
    'Seen most: 0:08–0:12, 3 times. Never seen: 0:38–0:40.',
    'Seen 0:00–0:38. Seen again 0:08–0:12, 51 s in all.',
    'A person, high confidence',
    'a real click on the page',
    'watched 95 %: 38 points',
    'Book a demo',
  ])
    expect(seen(page)).toContain(said);
});

test('how much they faced the screen is a line of its own, where they agreed to that', async () => {
  segue({ '/hubspot/card': json(makeCard({ visits: [makeVisit({ facing: 'Facing the screen 82 % of what played' })] })) });

  expect(seen(await openCard())).toContain('Facing the screen 82 % of what played');
});

test('links without a visit say why there may be none', async () => {
  segue({ '/hubspot/card': json(makeCard({ visits: [], curve: null, score: null, scoreReasons: [] })) });

  const page = await openCard();

  expect(seen(page)).toContain('No score yet');
  expect(seen(page)).toContain('nothing is measured before the person agrees');
  expect(page.maybeFind(BarChart)).toBeNull();
  expect(page.maybeFind(LoadingButton)).not.toBeNull();
});

test.each([
  ['empty', EmptyState, 'Create personalised video link'],
  ['not_connected', ErrorState, 'under Connections'],
  ['forbidden', ErrorState, 'Ask your HubSpot admin'],
  ['gone', EmptyState, 'open the contact that remains'],
])('%s says what to do', async (state, component, advice) => {
  segue({ '/hubspot/card': json({ state, contact: { id: '501' } }) });

  const page = await openCard();

  expect(page.maybeFind(component as typeof EmptyState)).not.toBeNull();
  expect(seen(page).replaceAll(/\s+/g, ' ')).toContain(advice);
});

test.each([
  ['given', 'success'],
  ['refused', 'warning'],
  ['withdrawn', 'danger'],
  ['signalled_off', 'warning'],
  ['not_asked', 'default'],
  ['a word of tomorrow', 'default'],
])('consent %s has its colour and its meaning', async (state, variant) => {
  segue({ '/hubspot/card': json(makeCard({ consent: { state, at: null } })) });

  const page = await openCard();

  expect(page.find(StatusTag).props.variant).toBe(variant);
});

test.each([
  [401, 'client secret'],
  [404, 'runs a version without it'],
  [429, 'in a few seconds'],
  [500, 'its log says more'],
  [503, 'in a few seconds'],
])('a refusal with %i says what to do', async (status, advice) => {
  segue({ '/hubspot/card': json({ error: 'x' }, status) });

  const page = await openCard();

  expect(page.maybeFind(ErrorState)).not.toBeNull();
  expect(seen(page)).toContain(advice);
});

test('a server out of reach is an error with a way to try again, and the second try counts', async () => {
  const fetch = segue({ '/hubspot/card': [new TypeError('network'), json(makeCard())] });
  const page = await openCard();
  expect(page.find(ErrorState).props.title).toBe('Segue didn’t answer');

  page.find(Button).trigger('onClick');
  await page.waitFor(() => page.find(ScoreCircle));

  expect(fetch).toHaveBeenCalledTimes(2);
});

test.each([
  ['a page of HTML', new Response('<html>', { status: 200 })],
  ['a list', json([])],
  ['no state', json({ links: [] })],
  ['a number that is a text', json(makeCard({ score: '72' }))],
  ['a stretch without an end', json(makeCard({ visits: [makeVisit({ spans: [[1]] })] }))],
  ['a visit that is null', json(makeCard({ visits: [null] }))],
])('%s is no answer, and nothing of it is shown', async (_, reply) => {
  segue({ '/hubspot/card': reply });

  const page = await openCard();

  expect(page.find(ErrorState).props.title).toBe('Segue’s answer can’t be read');
});

test('refreshing keeps what is there until the new comes', async () => {
  let arrive = (_: Response) => {};
  const later = new Promise<Response>((resolve) => {
    arrive = resolve;
  });
  segue({ '/hubspot/card': [json(makeCard()), later] });
  const page = await openCard();

  page.find(Button, (button) => button.text === 'Refresh').trigger('onClick');
  await page.waitFor(() => page.find(Button, (button) => button.text === 'Refreshing…'));
  expect(page.find(ScoreCircle).props.score).toBe(72);
  arrive(json(makeCard({ score: 80 })));
  await page.waitFor(() => expect(page.find(ScoreCircle).props.score).toBe(80));
});

test('copying a live link asks nobody', async () => {
  const fetch = segue({ '/hubspot/card': json(makeCard()) });
  const page = await openCard();

  page.find(LoadingButton, (button) => button.text === 'Copy link').trigger('onClick');
  await vi.waitFor(() => expect(page.mocks.actions.addAlert.called).toBe(true));

  expect(page.mocks.actions.copyTextToClipboard.calls).toEqual([[LINK]]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

test('a link that ended is made anew, then copied', async () => {
  const fresh = 'https://video.example.com/v/new';
  const ended = makeCard({ links: [makeLink({ expiresAt: '2020-01-01T00:00:00Z' })] });
  const fetch = segue({
    '/hubspot/card': [json(ended), json(makeCard())],
    '/hubspot/card/copy': json({ state: 'ok', url: fresh }),
  });
  const page = await openCard();
  expect(seen(page)).toContain('Ended on 1 Jan 2020');

  page.find(LoadingButton, (button) => button.text === 'Make a new link').trigger('onClick');
  await page.waitFor(() => page.find(LoadingButton, (button) => button.text === 'Copy link'));

  expect(fetch.mock.calls[1]).toEqual([
    'https://video.example.com/hubspot/card/copy',
    { method: 'POST', body: { objectId: '501', campaign: 'spring' }, timeout: 8_000 },
  ]);
  expect(page.mocks.actions.copyTextToClipboard.calls).toEqual([[fresh]]);
});

test('a clipboard out of reach shows the link to be copied by hand', async () => {
  segue({ '/hubspot/card': json(makeCard()) });
  const page = await openCard();
  page.mocks.actions.copyTextToClipboard.willCall(() => Promise.reject(new Error('denied')));

  page.find(LoadingButton, (button) => button.text === 'Copy link').trigger('onClick');
  await page.waitFor(() => page.find(Input));

  expect(page.find(Input).props).toMatchObject({ value: LINK, readOnly: true });
});

test('sending again says before what it does, and after what was done', async () => {
  segue({
    '/hubspot/card': json(makeCard()),
    '/hubspot/card/resend': json({ state: 'ok', message: 'Written to segue_link_spring.' }),
  });
  const page = await openCard();
  expect(seen(page)).toContain('Segue itself sends no mail');

  page.find(LoadingButton, (button) => button.text === 'Send again').trigger('onClick');
  await vi.waitFor(() => expect(page.mocks.actions.addAlert.called).toBe(true));

  expect(page.mocks.actions.addAlert.calls[0]?.[0]).toEqual({ type: 'success', message: 'Written to segue_link_spring.' });
});

test('what may not be sent again can’t be pressed', async () => {
  segue({ '/hubspot/card': json(makeCard({ links: [makeLink({ canResend: false })] })) });

  const page = await openCard();

  expect(page.find(LoadingButton, (button) => button.text === 'Send again').props.disabled).toBe(true);
});

test('a refusal to send again gives Segue’s reason, a failure ours', async () => {
  segue({
    '/hubspot/card': json(makeCard()),
    '/hubspot/card/resend': [json({ state: 'refused', message: 'They opted out of mail.' }), new TypeError('network')],
  });
  const page = await openCard();
  const button = () => page.find(LoadingButton, (found) => found.text === 'Send again');

  button().trigger('onClick');
  await page.waitFor(() => expect(button().props.disabled).toBe(false));
  await vi.waitFor(() => expect(page.mocks.actions.addAlert.callCount).toBe(1));
  button().trigger('onClick');
  await vi.waitFor(() => expect(page.mocks.actions.addAlert.callCount).toBe(2));

  expect(page.mocks.actions.addAlert.calls.map(([alert]) => [alert.type, alert.message.slice(0, 23)])).toEqual([
    ['warning', 'They opted out of mail.'],
    ['danger', 'https://video.example.c'],
  ]);
});

test('a first link can be made for the campaigns the server names', async () => {
  const campaigns = [
    { slug: 'spring', title: 'Spring' },
    { slug: 'autumn', title: 'Autumn' },
  ];
  const fetch = segue({
    '/hubspot/card': json(makeCard({ state: 'empty', links: [], visits: [], campaigns })),
    '/hubspot/card/copy': json({ state: 'ok', url: LINK }),
  });
  const page = await openCard();

  page.find(Select).trigger('onChange', 'autumn' as never);
  await page.waitFor(() => expect(page.find(Select).props.value).toBe('autumn'));
  page.find(Button, (button) => button.text === 'Make and copy').trigger('onClick');
  await vi.waitFor(() => expect(page.mocks.actions.copyTextToClipboard.called).toBe(true));

  expect(fetch.mock.calls[1]?.[1]).toMatchObject({ body: { objectId: '501', campaign: 'autumn' } });
});

test('nothing but an https address becomes a link', async () => {
  const replays = [{ title: 'Pricing', times: 1, transcriptUrl: 'javascript:alert(1)' }];
  segue({ '/hubspot/card': json(makeCard({ visits: [makeVisit({ replays })], links: [makeLink({ url: 'data:,x' })] })) });

  const page = await openCard();

  expect(page.maybeFind(Link)).toBeNull();
  expect(page.maybeFind(LoadingButton, (button) => button.text === 'Copy link')).toBeNull();
});

test('a hundred visits, names of any script and thousands of seconds are borne', async () => {
  const visits = Array.from({ length: 100 }, (_, at) => makeVisit({ id: `v${at}`, campaign: '🎬 عرض الربيع' }));
  const seconds = Array.from({ length: 7200 }, (_, at) => at % 5);
  segue({ '/hubspot/card': json(makeCard({ visits, curve: { campaign: 'Long', durationS: 7200, seconds } })) });

  const page = await openCard();

  expect(page.findAll(Accordion)).toHaveLength(100);
  expect((page.find(BarChart).props.data as object[]).length).toBeLessThanOrEqual(40);
});
