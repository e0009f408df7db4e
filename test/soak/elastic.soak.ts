/**
 * The scenario in which Riak lost acknowledged writes (basho/riak_kv#1754), with real processes:
 * 40 clients, each about once a second, for 40 s and longer. `RUNS` says how often.
 */

import { expect, it } from 'vitest';
import { appendsInMovingRing } from '../cluster/appends-in-moving-ring.ts';

const RUNS = Number(process.env.RUNS ?? 10);
const CLIENTS = 40;
const PAUSE_MS = 1_000;
const APPENDS_EACH = 500;

it.each(Array.from({ length: RUNS }, (_, i) => i + 1))(
  `loses no acknowledged append, run %i of ${RUNS}`,
  async (run) => {
    const { appends, joiningMs, leavingMs } = await appendsInMovingRing({
      clients: CLIENTS,
      pauseMs: PAUSE_MS,
      partitions: 64,
      appendsEach: APPENDS_EACH,
    });
    const [joining, leaving] = [joiningMs, leavingMs].map((ms) => (ms / 1_000).toFixed(1));
    console.log(
      `run ${run}: none of ${appends} appends lost; joining took ${joining} s, leaving ${leaving} s`,
    );
    expect(appends).toBeGreaterThanOrEqual(3 * APPENDS_EACH);
  },
);
