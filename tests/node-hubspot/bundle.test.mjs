// Bundled as HubSpot does (its version of Vite, each folder by itself, React from outside), then run where HubSpot runs it: beside a `self` that
// registers extensions and fetches for them.
import path from 'node:path';

import { createRemoteRoot } from '@remote-ui/core';
import * as RemoteUI from '@remote-ui/react';
import React from 'react';
import { build } from 'vite';
import { expect, test, vi } from 'vitest';

import { makeCard, makeSettings } from './answers.ts';

const USER = { locale: 'en-GB' };
const PORTAL = { id: 4711, timezone: 'Europe/Berlin' };

const bundle = async (folder, entry) => {
  const root = path.resolve(import.meta.dirname, '.built/static/src/app', folder);
  const built = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    // The test runner's environment isn't HubSpot's.
    esbuild: { jsxDev: false },
    build: {
      write: false,
      lib: { entry, name: 'extension', formats: ['iife'], fileName: () => 'extension.js' },
      rollupOptions: {
        external: ['react', '@remote-ui/react'],
        output: { globals: { react: 'React', '@remote-ui/react': 'RemoteUI' } },
      },
    },
  });
  const [{ output }] = [built].flat();
  const outside = output
    .flatMap((chunk) => Object.keys(chunk.modules ?? {}))
    .filter((file) => !file.startsWith(root) && !file.includes('node_modules') && path.isAbsolute(file));
  return { code: output[0].code, chunks: output.length, outside };
};

/** The names of the components that stand there once nothing more happens. */
const run = async (code, api, answer) => {
  const registered = [];
  const hsFetch = vi.fn(async () => new Response(JSON.stringify(answer)));
  const self = {
    __HUBSPOT_EXTENSION_WORKER__: true,
    extend_V2: (extension) => registered.push(extension),
    hsFetch,
    logger: console,
  };
  new Function('self', 'React', 'RemoteUI', code)(self, React, RemoteUI);
  const root = createRemoteRoot(() => {});
  RemoteUI.createRoot(root).render(registered[0](api));
  const shown = () => names(root);
  await vi.waitFor(() => expect(shown().filter((name) => name !== 'LoadingSpinner').length).toBeGreaterThan(0));
  return { registered, hsFetch, shown: shown() };
};

const names = (node) => [node.type, ...(node.children ?? []).flatMap(names)].filter((name) => typeof name === 'string');

test.each([
  [
    'cards',
    'VideoCard.tsx',
    { context: { crm: { objectId: 501 }, user: USER, portal: PORTAL }, actions: {} },
    makeCard(),
    '/hubspot/card',
    'ScoreCircle',
  ],
  ['settings', 'SettingsPage.tsx', { context: { user: USER, portal: PORTAL } }, makeSettings(), '/hubspot/settings', 'Statistics'],
])('%s is one file of its own that registers itself and asks its server', async (folder, entry, api, answer, at, shows) => {
  const { code, chunks, outside } = await bundle(folder, entry);

  const { registered, hsFetch, shown } = await run(code, api, answer);

  expect([chunks, outside, registered.length]).toEqual([1, [], 1]);
  expect(hsFetch.mock.calls.map(([url]) => url)).toEqual([`https://video.example.com${at}`]);
  expect(shown).toContain(shows);
});
