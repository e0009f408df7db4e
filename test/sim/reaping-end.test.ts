/** Rounds that have reaped all there was, and whose end did not reach everybody. */

import { afterEach, describe, expect, it } from 'vitest';
import { type TestCluster, valuesOf } from './harness.ts';
import { bringBack, placesOf } from './places.ts';
import { onArrival, onDisks, ROUNDS_MS, startReaping } from './reaping-cluster.ts';

const KEY = 'k';

let cluster: TestCluster;

afterEach(() => {
  cluster.simulation.onTrace = undefined;
  expect(cluster.fatalErrors).toEqual([]);
});

describe('a replica that does not hear of the end of the last round', () => {
  it.each([0, 1, 2])(
    'hears of a later one, so that contexts hold for ever: replica %i',
    async (at) => {
      cluster = await startReaping(3, 71);
      const { replicas } = await placesOf(cluster, KEY);
      const deaf = replicas[at] as string;
      const { context } = await cluster.complete(cluster.put('n1', KEY, 'v', { w: 3 }));
      await cluster.complete(cluster.delete('n2', KEY, { w: 3 }));
      onArrival(cluster, 'reap.end', () => cluster.kill(deaf));
      while (cluster.isUp(deaf)) await cluster.simulation.advance(0.1);
      await bringBack(cluster, deaf);
      await cluster.simulation.advance(5 * ROUNDS_MS);
      expect(onDisks(cluster)).toEqual([]);
      await cluster.complete(cluster.put('n1', KEY, 'new', { contexts: [context], w: 3 }));
      expect(valuesOf(await cluster.complete(cluster.get('n2', KEY, { r: 3 })))).toEqual(['new']);
    },
  );
});
