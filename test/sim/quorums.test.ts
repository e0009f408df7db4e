import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError } from '../../src/kernel/errors.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startCluster(7, { nodes: 3 });
});

async function refusal(promise: Promise<unknown>): Promise<QuorateError> {
  const error = await cluster.complete(
    promise.then(
      () => undefined,
      (caught: unknown) => caught,
    ),
  );
  if (error instanceof QuorateError) return error;
  throw new Error(`was not refused: ${String(error)}`);
}

/** Three nodes: nobody is left to stand in for a replica. */
describe('write quorums', () => {
  it('W=1 goes on with two of three nodes down, W=2 is refused before anything is written', async () => {
    cluster.kill('n2');
    cluster.kill('n3');
    await cluster.simulation.advance(10);
    await cluster.complete(cluster.put('n1', 'k', 'alone', { w: 1 }));
    const error = await refusal(cluster.put('n1', 'k', 'refused', { w: 2 }));
    expect(error).toMatchObject({ code: 'too_few_replicas', status: 503, definite: true });
    expect(error.facts).toMatchObject({ reached: ['n1'], needed: 2 });
    const read = await cluster.complete(cluster.get('n1', 'k', { r: 1 }));
    expect(valuesOf(read)).toEqual(['alone']);
  });

  it('PW counts like W', async () => {
    cluster.kill('n2');
    await cluster.simulation.advance(10);
    const error = await refusal(cluster.put('n1', 'k', 'v', { w: 1, pw: 'all' }));
    expect(error).toMatchObject({ code: 'too_few_replicas', facts: { needed: 3 } });
  });

  it('that are not met in time are indefinite, and the write may surface', async () => {
    cluster.network.cutOneWay(['n2', 'n3'], ['n1']);
    const error = await refusal(cluster.put('n1', 'k', 'doubtful', { w: 2, timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'write_quorum_not_met', status: 503, definite: false });
    expect(error.facts).toMatchObject({ reached: ['n1'], needed: 2 });
    cluster.network.heal();
    const read = await cluster.complete(cluster.get('n2', 'k', { r: 2 }));
    expect(valuesOf(read)).toEqual(['doubtful']);
  });

  it('reach every replica, whatever W is', async () => {
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 1 }));
    await cluster.simulation.advance(100);
    for (const id of cluster.nodeIds) {
      const read = await cluster.complete(cluster.get(id, 'k', { r: 1, readRepair: 'off' }));
      expect(valuesOf(read)).toEqual(['v']);
    }
  });

  it('reach replicas that are slower than the patience of the client', async () => {
    for (const to of ['n2', 'n3']) {
      cluster.network.setLink('n1', to, { delayMsMin: 100, delayMsMax: 200 });
    }
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 1, timeoutMs: 50 }));
    await cluster.simulation.advance(250);
    for (const id of cluster.nodeIds) {
      const read = await cluster.complete(cluster.get(id, 'k', { r: 1, readRepair: 'off' }));
      expect(valuesOf(read)).toEqual(['v']);
    }
  });

  it('are not refused because replicas were too slow for an impatient client', async () => {
    for (const to of ['n2', 'n3']) {
      cluster.network.setLink('n1', to, { delayMsMin: 100, delayMsMax: 200 });
    }
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 1, timeoutMs: 50 }));
    await cluster.simulation.advance(75);
    await cluster.complete(cluster.put('n1', 'k', 'w', { w: 3 }));
  });

  it('are not even tried when the time is used up: nothing is written, definitely', async () => {
    const error = await refusal(cluster.put('n1', 'k', 'late', { w: 1, timeoutMs: 0 }));
    expect(error).toMatchObject({ code: 'out_of_time', status: 503, definite: true });
    await cluster.simulation.advance(1_000);
    const read = await cluster.complete(cluster.get('n1', 'k', { r: 3 }));
    expect(read.object.clock).toEqual([]);
  });

  it('larger than the replicas there are are refused with both numbers', async () => {
    const error = await refusal(cluster.put('n1', 'k', 'v', { w: 4 }));
    expect(error).toMatchObject({ code: 'bad_parameter', facts: { parameter: 'w' } });
    expect(error.message).toContain('w=4');
    expect(error.message).toContain('3');
  });
});

describe('read quorums', () => {
  it('go on with one node down and ask another when one does not answer', async () => {
    await cluster.complete(cluster.put('n1', 'k', 'v', { w: 3 }));
    cluster.network.cutBothWays(['n2'], ['n1', 'n3']);
    const read = await cluster.complete(cluster.get('n1', 'k', { r: 2 }));
    expect(valuesOf(read)).toEqual(['v']);
    expect(read.quorum.reached).toEqual(['n1', 'n3']);
    expect(cluster.simulation.nowMs).toBeLessThan(500);
  });

  it('that cannot be met say who was reached', async () => {
    cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
    const error = await refusal(cluster.get('n1', 'k', { r: 2, timeoutMs: 200 }));
    expect(error).toMatchObject({
      code: 'read_quorum_not_met',
      status: 503,
      definite: true,
      facts: { reached: ['n1'], needed: 2 },
    });
    const stale = await cluster.complete(cluster.get('n1', 'k', { r: 1 }));
    expect(valuesOf(stale)).toEqual([]);
  });

  it('PR counts like R', async () => {
    cluster.kill('n3');
    const error = await refusal(cluster.get('n1', 'k', { r: 1, pr: 3, timeoutMs: 200 }));
    expect(error).toMatchObject({ code: 'read_quorum_not_met', facts: { needed: 3 } });
  });

  it('answer "same" where the versions agree, instead of sending the value again', async () => {
    await cluster.complete(cluster.put('n1', 'k', 'x'.repeat(1_000), { w: 3 }));
    await cluster.complete(cluster.get('n1', 'k', { r: 3 }));
    const lines: string[] = [];
    cluster.simulation.onTrace = (line) => lines.push(line);
    await cluster.complete(cluster.get('n1', 'k', { r: 3 }));
    expect(lines.filter((line) => line.includes('replica.store'))).toEqual([]);
  });
});

describe('a node that keeps no copy of the key', () => {
  const key = 'elsewhere';
  let outsiders: readonly string[];
  let replicas: readonly string[];

  beforeEach(async () => {
    cluster = await startCluster(8, { nodes: 5 });
    await cluster.complete(cluster.put('n1', key, 'v', { w: 'all' }));
    const read = await cluster.complete(cluster.get('n1', key, { r: 'all' }));
    replicas = read.quorum.reached;
    outsiders = cluster.nodeIds.filter((id) => !replicas.includes(id));
  });

  it('hands requests once to one that does', async () => {
    const at = outsiders[0] as string;
    const read = await cluster.complete(cluster.get(at, key));
    expect(valuesOf(read)).toEqual(['v']);
    expect(replicas).toContain(read.quorum.coordinator);
    const written = await cluster.complete(cluster.put(at, key, 'w', { contexts: [read.context] }));
    expect(replicas).toContain(written.quorum.coordinator);
    expect(valuesOf(await cluster.complete(cluster.get(at, key)))).toEqual(['w']);
  });

  it('finds another replica when the first is down or refuses', async () => {
    const at = outsiders[0] as string;
    cluster.kill(replicas[0] as string);
    for (let i = 0; i < 5; i++) {
      await cluster.complete(cluster.put(at, key, `after ${i}`, { w: 2 }));
    }
  });

  it('says that nothing was written when no replica is there', async () => {
    for (const id of replicas) cluster.kill(id);
    const put = cluster.put(outsiders[0] as string, key, 'v', { w: 1, sloppy: false });
    const error = await refusal(put);
    expect(error).toMatchObject({ code: 'coordinator_unreachable', definite: true });
  });

  it('hears from the replica what it missed, before its own time is up', async () => {
    const at = outsiders[0] as string;
    cluster.network.cutOneWay(replicas, replicas);
    const error = await refusal(cluster.put(at, key, 'v', { w: 2, sloppy: false, timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'write_quorum_not_met', definite: false });
    expect(error.facts.reached).toHaveLength(1);
  });

  it('says that the outcome is unknown when the replica stays silent', async () => {
    const at = outsiders[0] as string;
    cluster.network.cutOneWay(replicas, [at]);
    const error = await refusal(cluster.put(at, key, 'v', { w: 1, timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'coordinator_lost', definite: false });
  });
});

it('a cluster of one serves with quorums of one', async () => {
  cluster = await startCluster(9, { nodes: 1 });
  await cluster.complete(cluster.put('n1', 'k', 'v'));
  const read = await cluster.complete(cluster.get('n1', 'k'));
  expect(valuesOf(read)).toEqual(['v']);
  expect(read.quorum.needed).toBe(1);
});
