import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import { MetadataState } from '../../../src/metadata/state.ts';
import { address, bytesOf, founded, Log, requestId, restored, seed, seeds } from './cluster.ts';

const CHUNK_BYTES_MAX = 257 * 1024;

/** About 3 MiB of values, and something of everything else. */
function full(): Log {
  const log = new Log(founded({ drawRing: true, partitionCount: 64 }));
  const life = 9;
  const session = (sequence: number) => ({ nodeNo: 1, life, sequence, answeredBelow: 0 });
  log.run({
    type: 'register_start',
    nodeNo: 1,
    directoryId: 'directory-1',
    bootNumber: 1,
    since: [],
    version: LATEST_VERSION,
    life,
    address: address(1),
  });
  log.run({ type: 'put_bucket', name: 'b', settings: { n: 2, w: 1 }, createOnly: false });
  log.run({ type: 'begin_reaping', partitions: [{ partition: 63, epoch: 1 }] });
  log.run({ type: 'raise_epochs', partitions: [{ partition: 7, epoch: 1, idMark: 2 ** 48 }] });
  const bucket = log.raftBucket();
  for (const sequence of [3, 1, 2]) {
    log.run({ type: 'grant_lease', ttlMs: 1_000 * sequence }, session(sequence));
  }
  log.run({ type: 'delete_bucket', name: 'none' }, session(4));
  for (let at = 0; at < 48; at++) {
    const value = new Uint8Array(64 * 1024).fill(at);
    log.put(bucket, `key ${at}`, '', { value, meta: [['at', String(at)]] });
  }
  for (let at = 0; at < 500; at++) log.increment(bucket, 'n', 1, { requestId: requestId(at) });
  log.delete(bucket, 'n');
  return log;
}

describe('a snapshot', () => {
  test('gives the same state back', () => {
    const { state } = full();
    const copy = restored(state);
    expect(bytesOf(copy)).toBe(bytesOf(state));
    expect(copy.cluster).toEqual(state.cluster);
    expect(copy.index).toBe(state.index);
    expect(copy.epoch).toBe(state.epoch);
    expect(copy.nodes()).toEqual(state.nodes());
    expect(copy.ring()).toEqual(state.ring());
    expect(copy.reapNumbers()).toEqual(state.reapNumbers());
    expect(copy.idMarks()).toEqual(state.idMarks());
    expect(copy.buckets()).toEqual(state.buckets());
    expect(copy.leases.all()).toEqual(state.leases.all());
    expect(copy.values.bytes).toBe(state.values.bytes);
    expect(copy.values.count).toBe(48);
  });

  test('keeps nothing of the bytes that it came in', () => {
    const chunks = [...full().state.snapshot()];
    const copy = MetadataState.decode(chunks);
    const before = bytesOf(copy);
    for (const chunk of chunks) chunk.fill(0);
    expect(bytesOf(copy)).toBe(before);
  });

  test('comes in chunks of bounded size', () => {
    const sizes = [...full().state.snapshot()].map((chunk) => chunk.length);
    expect(sizes.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThan(CHUNK_BYTES_MAX);
  });

  test('may be cut anew on its way', () => {
    const { state } = full();
    const whole = Buffer.concat([...state.snapshot()]);
    const anew = [whole.subarray(0, 5), whole.subarray(5, 100_000), whole.subarray(100_000)];
    expect(bytesOf(MetadataState.decode(anew))).toBe(bytesOf(state));
  });

  test('is of the moment of the call, whatever is applied meanwhile', () => {
    const log = full();
    const before = bytesOf(log.state);
    const bucket = log.state.bucket('config')?.number as number;
    const chunks: Uint8Array[] = [];
    let step = 0;
    const change = () => {
      log.put(bucket, `key ${step % 60}`, `changed ${step}`);
      log.delete(bucket, `key ${(step + 20) % 60}`);
      log.increment(bucket, 'n', 1, { requestId: requestId(250, step) });
      log.run({ type: 'put_bucket', name: `new${step}`, settings: {}, createOnly: false });
      log.run({ type: 'put_bucket', name: 'b', settings: { r: 1 }, createOnly: false });
      log.run({ type: 'renew_lease', id: [...log.state.leases.all().keys()][0] as number });
      log.run(
        { type: 'grant_lease', ttlMs: 1_000 },
        { nodeNo: 1, life: 9, sequence: 10 + step, answeredBelow: 3 },
      );
      step++;
    };
    const snapshot = log.state.snapshot();
    change();
    for (const chunk of snapshot) {
      chunks.push(chunk);
      change();
    }
    expect(Buffer.concat(chunks).toString('base64')).toBe(before);
    expect(bytesOf(log.state)).not.toBe(before);
    expect(bytesOf(restored(log.state))).toBe(bytesOf(log.state));
  });

  test('a damaged one is not taken up', () => {
    const whole = Buffer.concat([...founded({ drawRing: true }).snapshot()]);
    for (let length = 0; length < whole.length; length++) {
      expect(() => MetadataState.decode([whole.subarray(0, length)])).toThrow(DecodeError);
    }
    expect(() => MetadataState.decode([whole, Buffer.alloc(1)])).toThrow(DecodeError);
  });

  test('one of another version says so', () => {
    const whole = Buffer.concat([...founded({ drawRing: true }).snapshot()]);
    const other = Buffer.from(whole);
    other[0] = 200;
    expect(() => MetadataState.decode([other])).toThrow('unknown format, 200: it is of a newer');
    other[0] = 3;
    expect(() => MetadataState.decode([other])).toThrow(DecodeError);
    expect(() => MetadataState.decode([other])).toThrow('unknown format, 3: it is of an older');
  });

  test('has the ring as it is changing: goal, moves, what is staged, what the nodes are', () => {
    const log = new Log(founded({ drawRing: true, nodes: seeds(4), partitionCount: 64 }));
    for (const no of [5, 6]) log.must({ type: 'admit_node', ...seed(no, 'z'), weight: no });
    log.change(
      { type: 'join', node: 'n5' },
      { type: 'leave', node: 'n4' },
      { type: 'remove', node: 'n3', acceptLoss: true },
      { type: 'replication_factor', replicationFactor: 2 },
    );
    const [one = -1, two = -1, three = -1, four = -1] = log.toMove();
    // Begun in another order than that of the partitions.
    for (const partition of [four, two, three, one]) log.begin([partition]);
    log.advance([three, two]);
    log.advance([two]);
    log.stage({ type: 'zone', node: 'n1', zone: 'za' });
    const copy = restored(log.state);
    expect(bytesOf(copy)).toBe(bytesOf(log.state));
    expect(copy.ring()).toEqual(log.ring);
    expect(copy.goal()).toEqual(log.state.goal());
    expect(copy.staged()).toEqual(log.state.staged());
    expect(copy.planEpoch).toBe(log.state.planEpoch);
    expect(copy.nodes()).toEqual(log.state.nodes());
    expect(copy.cluster).toEqual(log.state.cluster);
    const other = new Log(copy);
    for (const each of [log, other]) {
      each.commit();
      each.carryOut();
    }
    expect(bytesOf(other.state)).toBe(bytesOf(log.state));
  });
});

describe('the index', () => {
  test('rises one by one', () => {
    const { state } = new Log();
    const data = encodeCommand({ command: { type: 'renew_lease', id: 3 } });
    state.skip(2);
    expect(state.index).toBe(2);
    expect(() => state.skip(2)).toThrow('entry 2 after entry 2');
    expect(() => state.apply(4, data)).toThrow('entry 4 after entry 2');
    state.apply(3, data);
    expect(state.index).toBe(3);
    expect(bytesOf(restored(state))).toBe(bytesOf(state));
  });
});
