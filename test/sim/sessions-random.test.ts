/** Clients that hop between nodes that lag: what each guarantee keeps, and what happens without. */

import { expect, it } from 'vitest';
import { GUARANTEES } from '../../src/node/index.ts';
import { KEPT, runSessions, violationsOf } from './session-workload.ts';

const SEED = 1;
const OPERATIONS = 25;

for (const sloppy of [true, false]) {
  it(`no session guarantee is broken where it is asked for, and each is without (sloppy=${sloppy})`, async () => {
    const setting = { seed: SEED, sloppy, operations: OPERATIONS };
    const without = await runSessions({ ...setting, guarantee: undefined });
    for (const guarantee of GUARANTEES) {
      const { history, acknowledged } = await runSessions({ ...setting, guarantee });
      expect(violationsOf(history, KEPT[guarantee])).toEqual([]);
      expect(acknowledged).toBeGreaterThan(history.length * 0.6);
      const seen = violationsOf(without.history, KEPT[guarantee]).map((one) => one.check);
      expect([...new Set(seen)].sort()).toEqual([...KEPT[guarantee]].sort());
    }
  });
}
