/** All primaries of some keys are down, with real processes: two fallbacks do their work. */

import { expect, it } from 'vitest';
import { Absence } from '../../bench/handoff/absence.ts';
import { chooseKeys } from '../../bench/handoff/chosen-keys.ts';
import { hintsWaiting } from '../../bench/handoff/drain-watch.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { refusalOf, testCluster, valuesOf } from './harness.ts';

const BUCKET = 'away';
const KEYS = 50;
const HANDOFF_MS_MAX = 30_000;

it('writes and reads go on without any primary, and the primaries have it all after their return', async () => {
  const cluster = await testCluster({ nodes: 5, partitions: 16 });
  await cluster.client('n1').putBucket(BUCKET);
  const { primaries, keys } = await chooseKeys(cluster.node('n1').url, BUCKET, KEYS);
  const absence = new Absence(cluster, primaries);
  await absence.begin();

  const { clientsLeft } = absence;
  const [writer, reader] = clientsLeft as [(typeof clientsLeft)[0], (typeof clientsLeft)[0]];
  for (const key of keys) {
    const { quorum } = await writer.put(BUCKET, key, key, { w: 2 });
    for (const name of absence.left) expect(quorum).toContain(name);
  }
  for (const key of keys) expect(valuesOf(await reader.get(BUCKET, key, { r: 2 }))).toEqual([key]);
  const strict = await refusalOf(writer.put(BUCKET, 'strict', 'x', { w: 1, pw: 1 }));
  expect(strict).toMatchObject({ status: 503 });
  await waitFor('a hint for each primary of each key', HANDOFF_MS_MAX, async () => {
    return (await hintsWaiting(clientsLeft)) >= KEYS * primaries.length;
  });

  await absence.end();
  await waitFor('all hints to be handed over', HANDOFF_MS_MAX, async () => {
    return (await hintsWaiting(clientsLeft)) === 0;
  });
  const asItIs = { sloppy: false, readRepair: 'off' };
  for (const key of keys) {
    for (const name of primaries) {
      const answer = await cluster.client(name).get(BUCKET, key, { ...asItIs, r: 1 });
      expect(valuesOf(answer)).toEqual([key]);
      expect(answer.quorum).toContain(name);
    }
    const all = await reader.get(BUCKET, key, { ...asItIs, r: 3, pr: 3 });
    expect(valuesOf(all)).toEqual([key]);
  }
});
