/**
 * Many operations of clients in sessions: `OPERATIONS` for each guarantee, half of them with
 * sloppy quorums. A failing seed is printed; `FIRST_SEED=n OPERATIONS=1` runs it alone.
 */

import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { GUARANTEES } from '../../src/node/index.ts';
import { KEPT, runSessions, violationsOf } from '../sim/session-workload.ts';

const OPERATIONS = Number(process.env.OPERATIONS ?? 100_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 30));
/** Of each client in one run. */
const RUN_OPERATIONS = 40;

for (const guarantee of GUARANTEES) {
  it(`${guarantee}: ${OPERATIONS} operations from seed ${FIRST_SEED} on`, async () => {
    const failures: string[] = [];
    let operations = 0;
    let acknowledged = 0;
    let escalations = 0;
    let unavailable = 0;
    for (let seed = FIRST_SEED; operations < OPERATIONS; seed++) {
      const sloppy = seed % 2 === 0;
      const run = await runSessions({ seed, guarantee, sloppy, operations: RUN_OPERATIONS });
      operations += run.history.length;
      acknowledged += run.acknowledged;
      escalations += run.escalations;
      unavailable += run.unavailable;
      for (const violation of violationsOf(run.history, KEPT[guarantee])) {
        failures.push(`seed ${seed}: ${JSON.stringify(violation)}`);
      }
    }
    console.log(
      `${guarantee}: ${operations} operations, ${acknowledged} acknowledged, ` +
        `${escalations} escalated, ${unavailable} unavailable, ${failures.length} violations`,
    );
    expect(failures).toEqual([]);
  });
}
