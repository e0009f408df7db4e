import { beforeEach, describe, expect, it } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { recoveredState } from '../../../src/metadata/recovered-snapshot.ts';
import { MetadataState } from '../../../src/metadata/state.ts';
import { founded, Log, seed, seeds } from './cluster.ts';

const FORMER = '0123456789abcdef';
const PRESENT = 'fedcba9876543210';
const NOW = 1_800_000_000_000.5;

let before: MetadataState;
let after: MetadataState;

beforeEach(() => {
  before = MetadataState.founding({
    clusterId: FORMER,
    secret: new Uint8Array(32).fill(7),
    partitionCount: 4,
    replicationFactor: 3,
    expect: 3,
    nodes: ['n1', 'n2', 'n3'].map((name, i) => ({
      name,
      directoryId: `d${i}`,
      address: { host: 'h', peerPort: 10 + i, clientPort: 20 + i },
      zone: undefined,
      version: LATEST_VERSION,
    })),
    drawRing: true,
    buckets: [{ name: 'kept' }, { name: 'precious', mode: 'raft' }],
  });
  const { index, chunks } = recoveredState(before.snapshot(), PRESENT, NOW);
  after = MetadataState.decode(chunks);
  expect(after.index).toBe(index);
});

describe('the state of a recovered cluster', () => {
  it('has another id, and the nodes, replicas and buckets that there were', () => {
    expect(after.cluster).toEqual({ ...before.cluster, clusterId: PRESENT });
    expect(after.nodes()).toEqual(before.nodes());
    expect(after.ring()?.replicas).toEqual(before.ring()?.replicas);
    expect([...after.buckets()]).toEqual([...before.buckets()]);
  });

  it('gives out no index, revision or number that may have been given out before', () => {
    expect(after.index).toBeGreaterThan(before.index + 1e10);
    expect(after.epoch).toBe(after.index);
    expect(after.values.revision).toBe(after.index);
    expect(after.nextBucketNumber).toBeGreaterThan(before.nextBucketNumber + 1e6);
    const again = MetadataState.decode(recoveredState(after.snapshot(), FORMER, NOW).chunks);
    expect(again.index).toBeGreaterThan(after.index + 1e10);
  });

  it('takes nothing any more of who was dead before: every number is above what they knew', () => {
    const log = new Log(before);
    log.must({
      type: 'register_start',
      ...{
        nodeNo: 2,
        directoryId: 'd1',
        bootNumber: 1,
        since: [0],
        version: LATEST_VERSION,
        life: 7,
      },
      address: { host: 'h', peerPort: 11, clientPort: 21 },
    });
    log.change({ type: 'remove', node: 'n2', acceptLoss: true });
    expect(before.nodeNamed('n2')?.salvage).toBe('open');
    const recovered = MetadataState.decode(recoveredState(before.snapshot(), PRESENT, NOW).chunks);
    expect(recovered.nodeNamed('n2')).toMatchObject({ status: 'dead', salvage: 'closed' });
    expect(recovered.nodeNamed('n1')?.salvage).toBeUndefined();
  });

  it('has epochs and reap numbers above all that a survivor may have adopted', () => {
    const everywhere = [after.index, after.index, after.index, after.index];
    expect(after.ring()?.epoch).toBe(after.index);
    expect(after.ring()?.partitionEpochs).toEqual(everywhere);
    expect(after.reapNumbers()).toEqual(everywhere);
  });

  it('trusts no vote and no id from before', () => {
    expect(after.ring()?.listEpochs).toEqual(after.ring()?.partitionEpochs);
    expect(after.idMarks()).toEqual([NOW, NOW, NOW, NOW].map(Math.floor));
  });
});

describe('a ring that was changing', () => {
  function recovered(log: Log): MetadataState {
    return MetadataState.decode(recoveredState(log.state.snapshot(), PRESENT, NOW).chunks);
  }

  /** Moves in each stage, and the partitions that are in it. */
  function changing(): { readonly log: Log; readonly moving: readonly number[] } {
    const log = new Log(founded({ drawRing: true, nodes: seeds(4), partitionCount: 64 }));
    log.must({ type: 'admit_node', ...seed(5) });
    log.change({ type: 'join', node: 'n5' });
    const moving = log.toMove().slice(0, 4);
    for (const [steps, partition] of moving.entries()) {
      log.begin([partition]);
      for (let i = 0; i < steps; i++) log.advance([partition]);
    }
    return { log, moving };
  }

  it('is on its way to nothing any more', () => {
    const { log } = changing();
    expect(log.state.goal()).toBeDefined();
    expect(recovered(log).goal()).toBeUndefined();
  });

  it('has no moves that are only in prepare: their newcomers may be further', () => {
    const { log, moving } = changing();
    const moves = recovered(log).ring()?.moves;
    expect([...(moves?.keys() ?? [])].toSorted()).toEqual(moving.slice(1).toSorted());
    expect(moving.slice(1).map((partition) => moves?.get(partition)?.stage)).toEqual([
      'write_both',
      'read_new',
      'stable',
    ]);
  });

  it('keeps how fast partitions may travel', () => {
    const { log } = changing();
    log.must({ type: 'set_transfer_rate', bytesPerSecond: 12_345 });
    expect(recovered(log).transferBytesPerSecond).toBe(12_345);
  });
});
