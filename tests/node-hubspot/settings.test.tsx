import { Alert, Button, ErrorState, Link, LoadingSpinner, StatisticsItem, StatusTag } from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { expect, test } from 'vitest';

import { Settings } from './.built/static/src/app/settings/Settings.tsx';
import { makeSettings } from './answers.ts';
import { json, openSettings, seen, segue } from './harness.tsx';

test('while it waits it says what it waits for', () => {
  segue({ '/hubspot/settings': new Promise<Response>(() => {}) });
  const page = createRenderer('settings');

  page.render(<Settings context={page.mocks.context} />);

  expect(page.find(LoadingSpinner).props.label).toBe('Asking Segue how the connection stands');
});

test('a sound connection: account, mode and why, what a missing permission would add, the way to the admin screens', async () => {
  segue({ '/hubspot/settings': json(makeSettings()) });

  const page = await openSettings();

  expect(page.find(Alert).props).toMatchObject({ title: 'Connected, and everything works', variant: 'success' });
  expect(page.find(Link).props.href).toEqual({ url: 'https://video.example.com/connections/1', external: true });
  for (const said of [
    'Acme (4711)',
    'Professional',
    'HubSpot’s own video sessions (Media Bridge)',
    'The best this account allows.',
    'an app HubSpot has approved for app events',
    'crm.lists.read',
    'It would add: Links for a whole list at once.',
    'Nothing waits: HubSpot has been told everything.',
    'Last told 28 Nov 2026, 10:43',
  ])
    expect(seen(page)).toContain(said);
});

test.each([
  ['attention', 'warning', 'Connected, but something needs your attention'],
  ['broken', 'danger', 'The connection is broken'],
  ['a word of tomorrow', 'warning', 'Connected, but something needs your attention'],
])('a connection that is %s says so with its problem', async (connection, variant, title) => {
  segue({ '/hubspot/settings': json(makeSettings({ connection, problem: 'HubSpot refuses the token: paste a new one.' })) });

  const page = await openSettings();

  expect(page.find(Alert).props).toMatchObject({ variant, title });
  expect(seen(page)).toContain('HubSpot refuses the token: paste a new one.');
});

test('what waits, what is dead and the last error are told', async () => {
  const queue = { pending: 3, waiting: 2, dead: 1, oldestAgeS: 7_300, lastError: 'The daily limit is used up.', lastDeliveredAt: null };
  segue({ '/hubspot/settings': json(makeSettings({ queue })) });

  const page = await openSettings();

  expect(page.findAll(StatisticsItem).map((item) => item.props.number)).toEqual([3, 2, 1]);
  for (const said of ['5 messages wait, the oldest for 2 hours.', 'The daily limit is used up.', 'Nothing told yet', 'Nothing is lost.'])
    expect(seen(page)).toContain(said);
});

test('a required permission that is missing comes first, and says what to do', async () => {
  const scopes = [
    { scope: 'crm.lists.read', granted: false, required: false, adds: 'Lists.' },
    { scope: 'crm.objects.contacts.write', granted: false, required: true, adds: 'Links in e-mails.' },
  ];
  segue({ '/hubspot/settings': json(makeSettings({ scopes })) });

  const page = await openSettings();

  const missing = page.findAll(StatusTag, (tag) => String(tag.text).endsWith('not granted')).map((tag) => tag.text);
  expect(missing).toEqual(['crm.objects.contacts.write – not granted', 'crm.lists.read – not granted']);
  expect(seen(page)).toContain('Install the app again');
});

test('an account nobody has looked at yet is told without gaps', async () => {
  segue({ '/hubspot/settings': json({ connection: 'attention' }) });

  const page = await openSettings();

  expect(seen(page)).toContain('Segue hasn’t looked yet.');
  expect(seen(page)).toContain('not known yet');
  expect(page.maybeFind(Link)).toBeNull();
});

test('an error says what to do and can be tried again', async () => {
  segue({ '/hubspot/settings': [json({}, 503), json(makeSettings())] });
  const page = await openSettings();
  expect(page.find(ErrorState).props.title).toBe('Segue is busy');

  page.find(Button).trigger('onClick');
  await page.waitFor(() => page.find(Alert));

  expect(page.maybeFind(ErrorState)).toBeNull();
});
