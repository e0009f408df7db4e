import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { StagedChange } from '../../../src/node/index.ts';
import { valuesOf } from '../harness.ts';
import { placesOf } from '../places.ts';
import { onDisks, ROUNDS_MS, startReaping } from '../reaping-cluster.ts';
import { commitAt, untilSettled } from './ring-operator.ts';

const leave = (node: NodeId): StagedChange => ({ type: 'leave', node });

it.each([
  ['the first replica has left', 0],
  ['the second replica has left', 1],
  ['the last replica has left', 2],
])(
  'a context of what was reaped serves when %s',
  async (_, at) => {
    const cluster = await startReaping(4, 71);
    const { replicas } = await placesOf(cluster, 'k');
    const leaver = replicas[at] as NodeId;
    const stayer = replicas[(at + 1) % 3] as NodeId;
    const { context } = await cluster.complete(cluster.put(stayer, 'k', 'v', { w: 3 }));
    await cluster.complete(cluster.delete(stayer, 'k', { w: 3 }));
    await cluster.simulation.advance(ROUNDS_MS);
    expect(onDisks(cluster)).toEqual([]);
    await cluster.complete(commitAt(cluster, stayer, [leave(leaver)]));
    await untilSettled(
      cluster,
      cluster.nodeIds.filter((id) => id !== leaver),
    );
    await cluster.simulation.advance(ROUNDS_MS);
    await cluster.complete(cluster.put(stayer, 'k', 'new', { contexts: [context], w: 2 }));
    expect(valuesOf(await cluster.complete(cluster.get(stayer, 'k', { r: 2 })))).toEqual(['new']);
  },
  30_000,
);
