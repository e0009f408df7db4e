import { defineConfig } from 'vitest/config';

/** Longer hunts than `npm test` has time for: `SEEDS=10000 npm run test:soak`. */
export default defineConfig({
  test: {
    include: ['test/**/*.soak.ts'],
    testTimeout: 3_600_000,
  },
});
