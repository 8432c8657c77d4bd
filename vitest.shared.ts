import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './vitest.reporter.ts';

// Tests mount and lock: one file at a time, each in a process of its own, and long enough for a slow disk.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
    reporters: process.env['GRAPHDRIVER_TEST_REPORT'] === undefined ? ['default'] : ['default', new SummaryReporter()],
  },
});
