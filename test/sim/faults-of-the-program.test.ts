import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/kernel/invariant.ts';
import { startCluster, type TestCluster } from './harness.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(71, { nodes: 3 });
  await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
});

const outcome = (promise: Promise<unknown>) =>
  cluster.complete(promise.catch((error: unknown) => error));

/** From now on the program errs on this node whenever it reads the disk, or writes to it. */
function failWhile(id: string, where: 'reading' | 'writing', fault: Error): void {
  const disk = cluster.disk(id);
  const err = () => {
    throw fault;
  };
  if (where === 'writing') Object.defineProperty(disk, 'timing', { get: err });
  else disk.committed.get = err;
}

describe.each([new InvariantError('broken'), new TypeError('not a function')])(
  'a fault of the program (%s) does not pass for a slow replica',
  (fault) => {
    it.each(['reading', 'writing'] as const)('where a peer answers: %s', async (where) => {
      failWhile('n2', where, fault);
      await outcome(cluster.put('n1', 'k', 'w', { w: 3, timeoutMs: 200 }));
      expect(cluster.fatalErrors).toEqual([fault]);
    });

    it('where a write is coordinated', async () => {
      failWhile('n1', 'writing', fault);
      await outcome(cluster.put('n1', 'k', 'w', { w: 3, timeoutMs: 200 }));
      expect(cluster.fatalErrors).toEqual([fault]);
    });

    it('where a request begins: its caller meets it', async () => {
      failWhile('n1', 'reading', fault);
      expect(await outcome(cluster.get('n1', 'k'))).toBe(fault);
    });

    it('where a replica is repaired in the background', async () => {
      cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
      await cluster.complete(cluster.put('n2', 'k', 'newer', { w: 2 }));
      await cluster.simulation.advance(6_000);
      cluster.network.heal();
      await cluster.simulation.advance(1_000);
      failWhile('n1', 'writing', fault);
      await cluster.complete(cluster.get('n1', 'k', { r: 2 }));
      await cluster.simulation.advance(100);
      expect(cluster.fatalErrors).toEqual([fault]);
    });
  },
);
