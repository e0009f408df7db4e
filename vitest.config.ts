import { defineConfig } from 'vitest/config';

/** Those of the dashboard have a browser besides. */
const REAL_PROCESSES = ['test/cluster/**/*.test.ts', 'test/browser/**/*.test.ts'];
const REPLACED_MODULES = ['test/sim/raft-buckets/**/*.test.ts', 'test/sim/paxos/**/*.test.ts'];
const GENERATED = ['dist/**', 'dist.new/**', 'dist.sim/**', 'node_modules/**'];

/** Tests of one file that wait for the same time to pass wait together. */
const limits = { testTimeout: 60_000, hookTimeout: 60_000, maxConcurrency: 10 };
/** To load the modules for each file anew takes as long as all of its tests. */
const sharing = { isolate: false, restoreMocks: true };

/** They run in the order of their names, and each begins while the one before it ends. */
const projects = [
  {
    ...limits,
    name: 'alone',
    include: REPLACED_MODULES,
    exclude: GENERATED,
  },
  {
    // Five processes start and stop slowly where others want the processors too.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    ...sharing,
    name: 'cluster',
    include: REAL_PROCESSES,
    exclude: GENERATED,
  },
  {
    ...limits,
    ...sharing,
    name: 'in-process',
    include: ['test/**/*.test.ts'],
    exclude: [...GENERATED, ...REAL_PROCESSES, ...REPLACED_MODULES],
  },
];

export default defineConfig({
  test: {
    // One more than two cores: tests of real processes wait a good part of their time.
    maxWorkers: 3,
    projects: projects.map((test) => ({ test })),
  },
});
