import { defineConfig } from 'vitest/config';

// What is tested is what an admin uploads: `.ci/hubspot` makes it here, beside the packages it needs.
export default defineConfig({
  // Where the working folder lies is no concern of the tests, nor may they write beside it.
  cacheDir: 'node_modules/.vite',
  test: { include: ['*.test.{ts,tsx,mjs}'], pool: 'threads', isolate: false, maxWorkers: 2, restoreMocks: true },
});
