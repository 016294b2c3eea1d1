import { expect, test } from 'vitest';

import told from './server-answers.json';
import { readCard } from './.built/static/src/app/cards/answer.ts';
import { readSettings } from './.built/static/src/app/settings/answer.ts';

test('the card reads what the server makes', () => {
  const card = readCard(told.card);

  expect(card.state).toBe('ok');
  expect(card.links[0]?.url).toBe('https://video.example.com/v/x');
  expect(card.consent.state).toBe('given');
  expect(card.visits[0]?.replays[0]?.transcriptUrl).toBe('https://video.example.com/c/spring#t-pricing');
  expect(card.visits[0]?.scoreReasons.length).toBeGreaterThan(0);
  expect(card.curve?.seconds).toHaveLength(40);
  expect(card.campaigns).toEqual([{ slug: 'spring', title: 'Spring' }]);
  expect(readCard(told.notConnected).state).toBe('not_connected');
});

test('the settings page reads what the server makes', () => {
  const settings = readSettings(told.settings);

  expect(settings.connection).toBe('attention');
  expect(settings.timeline).toBe('media_bridge');
  expect(settings.available.filter((mode) => mode.possible).map((mode) => mode.mode)).toEqual(['media_bridge', 'none']);
  expect(settings.scopes.some((scope) => scope.scope === 'media_bridge.write' && scope.granted)).toBe(true);
  expect(settings.queue.lastError).toContain('Phone is required');
  expect(settings.adminUrl).toBe('https://video.example.com/connections/x');
  expect(readSettings(told.unknown).connection).toBe('broken');
});
