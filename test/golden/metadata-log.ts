/**
 * A log of the metadata group with every kind of command. Lists of replicas are written out, so
 * that it stays the same however today's programs would place partitions.
 */

import { utf8 } from '../../src/kernel/bytes.ts';
import type { Command, Envelope } from '../../src/metadata/command.ts';
import type { FoundingOptions } from '../../src/metadata/founding.ts';
import type { NodeSeed } from '../../src/metadata/node-record.ts';
import type { MoveStage } from '../../src/ring/move.ts';

/** The cluster version of v0.1.0. */
const CLUSTER_VERSION = 5;
const LIFE = 2 ** 48 - 1;
const NEXT_LIFE = 13;

const address = (no: number) => ({
  host: '127.0.0.1',
  peerPort: 7_000 + no,
  clientPort: 8_000 + no,
});

const seed = (no: number, zone?: string): NodeSeed => {
  const named = { name: `n${no}`, directoryId: `directory-${no}` };
  return { ...named, address: address(no), zone, version: CLUSTER_VERSION };
};

export const founding: FoundingOptions = {
  clusterId: '0123456789abcdef',
  secret: new Uint8Array(32).fill(7),
  partitionCount: 4,
  replicationFactor: 3,
  expect: 4,
  nodes: [seed(1, 'east'), seed(2, 'west'), seed(3)],
};

const n1 = { id: 'n1', zone: 'east' };
const n2 = { id: 'n2', zone: 'west' };
const n4 = { id: 'n4', zone: 'east', weight: 2 };

const lists = (...texts: string[]) => texts.map((text) => text.split(' '));
const every = [0, 1, 2, 3];
const begin = (epoch: number): Command => {
  return { type: 'begin_moves', moves: every.map((partition) => ({ partition, epoch })) };
};
const advance = (epoch: number, stage: MoveStage, partitions = every): Command => {
  const moves = partitions.map((partition) => ({ partition, epoch, stage }));
  return { type: 'advance_moves', moves };
};

const start = { type: 'register_start', nodeNo: 1, directoryId: 'directory-1' } as const;

/** A node dies and is replaced by what the others have; another one is about to join. */
const ofTheRing: readonly Command[] = [
  { type: 'admit_node', ...seed(4, 'east'), weight: 2 },
  { ...start, bootNumber: 1, since: [], life: LIFE, address: address(11), version: 5 },
  {
    type: 'draw_ring',
    members: [n1, n2, { id: 'n3' }, n4],
    replicas: lists('n1 n2 n3', 'n4 n2 n3', 'n2 n3 n4', 'n3 n4 n2'),
  },
  { type: 'stage_change', change: { type: 'remove', node: 'n3', acceptLoss: true } },
  {
    type: 'commit_changes',
    epoch: 5,
    members: [n1, n2, n4],
    replicas: lists('n1 n2 n4', 'n4 n2 n1', 'n2 n1 n4', 'n1 n4 n2'),
  },
  begin(4),
  advance(7, 'prepare'),
  advance(8, 'write_both'),
  advance(9, 'read_new'),
  advance(10, 'stable'),
  { type: 'retire_node', name: 'n3' },
  { type: 'close_salvage', name: 'n3' },
  { type: 'admit_node', ...seed(5), replaces: 'n2' },
  { type: 'stage_change', change: { type: 'join', node: 'n5' } },
  {
    type: 'commit_changes',
    epoch: 15,
    members: [n1, n2, n4, { id: 'n5' }],
    replicas: lists('n1 n2 n5', 'n4 n2 n5', 'n2 n5 n4', 'n1 n5 n2'),
  },
  { type: 'begin_moves', moves: [0, 1].map((partition) => ({ partition, epoch: 11 })) },
  advance(17, 'prepare', [0]),
];

const key = Uint8Array.of(0, 255);
const put = {
  type: 'put_value',
  bucketNumber: 3,
  key,
  value: utf8('milk'),
  contentType: 'text/plain',
  meta: [['author', 'Zoë']],
  condition: 'none',
} as const;
const counter = { type: 'update_value', bucketNumber: 3, key: utf8('count') } as const;
const requestId = (last: number) =>
  Uint8Array.of(1, 162, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last);

/** By clients of the first node; each is answered by a reply that is kept. */
const ofClients: readonly Command[] = [
  {
    type: 'put_bucket',
    name: 'carts',
    settings: { n: 2, r: 'quorum', w: 1, conflict: 'lww', ttlMs: 30_000 },
    createOnly: false,
  },
  { type: 'put_bucket', name: 'orders', settings: { mode: 'paxos' }, createOnly: true },
  { type: 'put_bucket', name: 'config', settings: { mode: 'raft' }, createOnly: true },
  { type: 'put_bucket', name: 'gone', settings: { ttlMs: 'none', r: 'all' }, createOnly: false },
  { type: 'put_bucket', name: 'gone', settings: { n: 99 }, createOnly: false },
  { type: 'delete_bucket', name: 'gone' },
  ...[5_000, 6_000, 7_000].map((ttlMs) => ({ type: 'grant_lease' as const, ttlMs })),
  { ...put, lease: 25, requestId: requestId(1) },
  { ...put, condition: { ifNoneMatch: 'any' }, requestId: requestId(2) },
  { ...put, key: utf8('other'), condition: { ifNoneMatch: [1, 300] } },
  { ...put, value: utf8('bread'), condition: { ifMatch: [1] } },
  { ...counter, update: { type: 'increment', by: -300 }, condition: 'none' },
  {
    ...counter,
    update: { type: 'append', bytes: utf8('0'), contentType: 'text/plain' },
    condition: { ifMatch: 'any' },
    requestId: requestId(3),
  },
  { type: 'delete_value', bucketNumber: 3, key: utf8('other'), condition: 'none' },
  { type: 'delete_value', bucketNumber: 3, key, condition: 'none', requestId: requestId(4) },
  { ...put, lease: 27, meta: [] },
  { type: 'renew_lease', id: 25 },
  { type: 'revoke_lease', id: 26 },
  { type: 'expire_leases', leases: [{ id: 25, renewedAt: 37 }] },
  { type: 'begin_reaping', partitions: [{ partition: 3, epoch: 11 }] },
  { type: 'raise_epochs', partitions: [{ partition: 2, epoch: 11, idMark: 2 ** 40 }] },
  { type: 'set_transfer_rate', bytesPerSecond: undefined },
  { type: 'set_transfer_rate', bytesPerSecond: 2 ** 40 },
  { type: 'stage_change', change: { type: 'leave', node: 'n1' } },
  {
    type: 'stage_change',
    change: { type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false },
  },
  { type: 'unstage_changes' },
  { type: 'stage_change', change: { type: 'zone', node: 'n1', zone: 'north' } },
  { type: 'stage_change', change: { type: 'zone', node: 'n2', zone: undefined } },
  { type: 'stage_change', change: { type: 'weight', node: 'n1', weight: 3 } },
  { type: 'stage_change', change: { type: 'replication_factor', replicationFactor: 2 } },
];

const inSession = ofClients.map(
  (command, place): Envelope => ({
    session: { nodeNo: 1, life: LIFE, sequence: place + 1, answeredBelow: 1 },
    command,
  }),
);

const nextStart = { bootNumber: 3, since: [LIFE, 12], life: NEXT_LIFE, address: address(12) };

/** The first is of index 2. */
export const log: readonly Envelope[] = [
  ...ofTheRing.map((command) => ({ command })),
  ...inSession,
  { command: { type: 'abort_changes' } },
  { command: { ...start, ...nextStart, version: CLUSTER_VERSION } },
];

/** The index with the most in the state: sessions, goal and moves are there. */
export const FULLEST = log.length - 1;
