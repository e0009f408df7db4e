import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import type { Command } from '../../../src/metadata/command.ts';
import {
  decodeCommand,
  demandKnownCommand,
  encodeCommand,
  UnknownCommandError,
  versionOf,
} from '../../../src/metadata/command-codec.ts';
import { drawing } from '../../../src/metadata/drawing.ts';
import type { StagedChange } from '../../../src/ring/changes.ts';
import { address, bytesOf, founded, Log, requestId, seed, seeds } from './cluster.ts';

const key = Buffer.from([0, 255]);
const put = {
  type: 'put_value',
  bucketNumber: 7,
  key,
  value: Buffer.alloc(3),
  contentType: 'a/b',
  meta: [['x', 'ü']],
  lease: undefined,
} as const;

const changes: StagedChange[] = [
  { type: 'join', node: 'n1' },
  { type: 'leave', node: 'n1' },
  { type: 'replace', dead: 'n1', by: 'n2', acceptLoss: true },
  { type: 'remove', node: 'n1', acceptLoss: false },
  { type: 'zone', node: 'n1', zone: undefined },
  { type: 'zone', node: 'n1', zone: 'a b' },
  { type: 'weight', node: 'n1', weight: -1.5 },
  { type: 'replication_factor', replicationFactor: 5 },
];

const commands: Command[] = [
  { type: 'admit_node', ...seed(1) },
  { type: 'admit_node', ...seed(1, 'zone') },
  { type: 'admit_node', ...seed(1), weight: 100, replaces: 'n2' },
  {
    type: 'register_start',
    nodeNo: 1,
    directoryId: 'd',
    bootNumber: 5,
    since: [4, 2 ** 48 - 1],
    version: LATEST_VERSION,
    life: 0xffff_ffff_ffff,
    address: address(1),
  },
  {
    type: 'raise_epochs',
    partitions: [
      { partition: 3, epoch: 9, idMark: 2 ** 48 - 1 },
      { partition: 4, epoch: 1, idMark: 0 },
    ],
  },
  drawing({ nodes: [seed(1, 'a'), seed(2), seed(3)], partitionCount: 16, replicationFactor: 2 }),
  { type: 'put_bucket', name: 'b', settings: {}, createOnly: true },
  {
    type: 'put_bucket',
    name: 'b',
    settings: { n: 2, r: 'one', w: 2, mode: 'raft' },
    createOnly: false,
  },
  {
    type: 'put_bucket',
    name: 'b',
    settings: { conflict: 'lww', ttlMs: 30_000 },
    createOnly: false,
  },
  { type: 'put_bucket', name: 'b', settings: { ttlMs: 'none' }, createOnly: false },
  { type: 'delete_bucket', name: 'b' },
  { ...put, condition: 'none' },
  { ...put, condition: { ifMatch: 'any' }, lease: 12 },
  { ...put, condition: { ifMatch: [1, 2 ** 53 - 1] } },
  { ...put, condition: { ifNoneMatch: 'any' } },
  { type: 'delete_value', bucketNumber: 7, key, condition: { ifNoneMatch: [3] } },
  { type: 'grant_lease', ttlMs: 1_000 },
  { type: 'renew_lease', id: 3 },
  { type: 'revoke_lease', id: 3 },
  { type: 'expire_leases', leases: [{ id: 3, renewedAt: 4 }] },
  { type: 'begin_reaping', partitions: [{ partition: 7, epoch: 2 ** 40 }] },
  ...changes.map((change) => ({ type: 'stage_change' as const, change })),
  { type: 'unstage_changes' },
  {
    type: 'commit_changes',
    epoch: 2 ** 40,
    members: [{ id: 'n1', zone: 'a', weight: 3 }, { id: 'n2' }],
    replicas: [['n1', 'n2'], ['n2']],
  },
  { type: 'abort_changes' },
  { type: 'begin_moves', moves: [{ partition: 7, epoch: 2 ** 40 }] },
  {
    type: 'advance_moves',
    moves: (['prepare', 'write_both', 'read_new', 'stable'] as const).map((stage) => {
      return { partition: 7, epoch: 5, stage };
    }),
  },
  { ...put, condition: 'none', requestId: requestId(2 ** 48 - 1) },
  { type: 'delete_value', bucketNumber: 7, key, condition: 'none', requestId: requestId(0) },
  ...[0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER].map((by) => {
    const update = { type: 'increment' as const, by };
    const condition = { ifMatch: [by < 0 ? 1 : by] };
    return { type: 'update_value' as const, bucketNumber: 7, key, update, condition };
  }),
  {
    type: 'update_value',
    bucketNumber: 7,
    key,
    update: { type: 'append', bytes: Buffer.alloc(3), contentType: 'a/b' },
    condition: 'none',
    requestId: requestId(5),
  },
  { type: 'retire_node', name: 'n1' },
  { type: 'set_transfer_rate', bytesPerSecond: 2 ** 40 },
  { type: 'set_transfer_rate', bytesPerSecond: undefined },
  { type: 'close_salvage', name: 'n1' },
];

describe('a command in the log', () => {
  test.each(commands)('is read as it was written: $type', (command) => {
    expect(decodeCommand(encodeCommand({ command }))).toEqual({ command });
    const session = { nodeNo: 1, life: 0xffff_ffff_ffff, sequence: 2 ** 40, answeredBelow: 9 };
    expect(decodeCommand(encodeCommand({ session, command }))).toEqual({ session, command });
  });

  test.each(commands)('is refused where it is cut or longer: $type', (command) => {
    const data = Buffer.from(encodeCommand({ command }));
    for (let length = 0; length < data.length; length++) {
      expect(() => decodeCommand(data.subarray(0, length))).toThrow(DecodeError);
    }
    expect(() => decodeCommand(Buffer.concat([data, Buffer.alloc(1)]))).toThrow(DecodeError);
  });

  test('a ring is small: members are named once', () => {
    const nodes = seeds(9);
    const command = drawing({ nodes, partitionCount: 1_024, replicationFactor: 3 });
    expect(encodeCommand({ command }).length).toBeLessThan(1_024 * 4 + 100);
  });

  test.each([
    ['version', 0],
    ['type', 2],
  ])('an unknown %s stops the node before it changes anything', (what, at) => {
    const data = Buffer.from(encodeCommand({ command: { type: 'renew_lease', id: 3 } }));
    data[at] = 200;
    const { state } = new Log(founded());
    const before = bytesOf(state);
    expect(() => state.apply(2, data)).toThrow(UnknownCommandError);
    expect(() => state.apply(2, data)).toThrow(`command ${what} 200 is unknown`);
    expect(bytesOf(state)).toBe(before);
  });
});

test('an entry of an older version is not taken for one of a newer', () => {
  const data = Buffer.from(encodeCommand({ command: { type: 'renew_lease', id: 3 } }));
  data[0] = 2;
  expect(() => decodeCommand(data)).toThrow(UnknownCommandError);
  expect(() => decodeCommand(data)).toThrow(
    'version 2 is unknown: the log was written by an older',
  );
  data[0] = 200;
  expect(() => decodeCommand(data)).toThrow('this node is too old for the cluster');
});

test('none needs a version that this program does not understand', () => {
  for (const command of commands)
    expect(versionOf(encodeCommand({ command }))).toBeLessThanOrEqual(LATEST_VERSION);
});

describe('a command that somebody sends to be logged', () => {
  const known = Buffer.from(encodeCommand({ command: { type: 'renew_lease', id: 3 } }));

  test.each([
    ['of an unknown version', 0, 'version 200 is unknown'],
    ['of an unknown type', 2, 'type 200 is unknown'],
  ])('is refused where it is %s', (_, at, reason) => {
    const data = Buffer.from(known);
    data[at] = 200;
    expect(() => demandKnownCommand(data)).toThrow(reason);
    expect(() => demandKnownCommand(data)).toThrow(
      expect.objectContaining({ name: 'QuorateError', code: 'cluster_upgrading' }),
    );
  });

  test('is refused where no program wrote it', () => {
    for (const data of [Buffer.alloc(0), known.subarray(0, -1), Buffer.concat([known, known])]) {
      expect(() => demandKnownCommand(data)).toThrow(
        expect.objectContaining({ name: 'QuorateError', code: 'bad_request' }),
      );
    }
    demandKnownCommand(known);
  });
});
