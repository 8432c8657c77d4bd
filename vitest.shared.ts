import { defineConfig } from 'vitest/config';

// Tests mount and lock: one process at a time, and long enough for a slow disk.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
    reporters: process.env['GRAPHDRIVER_TEST_REPORT'] === undefined ? ['default'] : ['default', ['json', { outputFile: '.test-results/results.json' }]],
  },
});
