/** The workload notices each promise that is broken; else a run of green seeds would mean little. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestOutcomes } from '../../../src/metadata/request-outcomes.ts';
import { Sessions } from '../../../src/metadata/sessions.ts';
import { CommandClient } from '../../../src/node/metadata-group/command-client.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import { runWorkload } from './workload.ts';

vi.mock('../../../src/node/metadata-group/snapshot-policy.ts', () => import('./snapshot-pace.ts'));

/** A change of the program moves what a seed does, so there is room to look further. */
const SEEDS_MAX = 200;

interface Broken {
  readonly promise: string;
  readonly breakIt: () => void;
  /** One that shows it today, to save time. */
  readonly firstSeed: number;
  readonly violation: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    promise: 'a read has the leader confirm that the state here is not an old one',
    breakIt: () => {
      vi.spyOn(CommandClient.prototype, 'readBarrier').mockResolvedValue();
    },
    firstSeed: 1,
    violation: /NOT linearizable/,
  },
  {
    promise: 'a command that is sent again does not run again',
    breakIt: () => {
      vi.spyOn(Sessions.prototype, 'run').mockImplementation((_, execute) => execute());
    },
    firstSeed: 13,
    violation: /NOT linearizable/,
  },
  {
    promise: 'a change that is asked for again under its id does not run again',
    breakIt: () => {
      vi.spyOn(RequestOutcomes.prototype, 'run').mockImplementation((_, execute) => execute());
    },
    firstSeed: 1,
    violation: /NOT linearizable|RepeatError/,
  },
  {
    promise: 'a snapshot has the ids that the state has',
    breakIt: () => {
      vi.spyOn(RequestOutcomes.prototype, 'restore').mockImplementation(() => {});
    },
    firstSeed: 2,
    violation: /NOT linearizable|RepeatError/,
  },
  {
    promise: 'nothing is acknowledged before it is on disk',
    breakIt: () => {
      const persist = RaftStore.prototype.persist;
      vi.spyOn(RaftStore.prototype, 'persist').mockImplementation(async function (
        this: RaftStore,
        ...args
      ) {
        void persist.apply(this, args);
      });
    },
    firstSeed: 10,
    violation: /NOT linearizable|a node threw/,
  },
];

afterEach(() => {
  vi.restoreAllMocks();
});

async function firstViolation(firstSeed: number): Promise<string | undefined> {
  for (let seed = firstSeed; seed < firstSeed + SEEDS_MAX; seed++) {
    const { violation } = await runWorkload(seed);
    if (violation === undefined) continue;
    if (process.env.SHOW_BROKEN !== undefined) console.log(violation);
    return violation;
  }
  return undefined;
}

describe('the workload notices when it does not hold that', () => {
  it.each(BROKEN.map((broken) => [broken.promise, broken] as const))('%s', async (_, broken) => {
    broken.breakIt();
    expect(await firstViolation(broken.firstSeed)).toMatch(broken.violation);
  });
});
