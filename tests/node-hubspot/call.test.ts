import { hubspot } from '@hubspot/ui-extensions';
import { afterEach, expect, test, vi } from 'vitest';

import { call, PATIENCE_MS, Trouble } from './.built/static/src/app/cards/shared/call.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a request that never ends is given up, so that no spinner turns for ever', async () => {
  vi.useFakeTimers();
  hubspot.fetch = () => new Promise(() => {});
  const told = call('/x', {}, (value) => value).catch((error: unknown) => error);

  await vi.advanceTimersByTimeAsync(PATIENCE_MS);

  const trouble = (await told) as Trouble;
  expect(trouble).toBeInstanceOf(Trouble);
  expect(trouble.title).toBe('Segue didn’t answer');
  expect(vi.getTimerCount()).toBe(0);
});
