/**
 * Laws of a ring that changes, for whatever operators and leaders ask of the state machine, in
 * whatever order: lists and moves are always such as the rules for data rest on, a refusal
 * changes nothing, everything committed to is reached, and the log alone decides.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCommand } from '../../src/metadata/command-codec.ts';
import { openSalvages } from '../../src/metadata/node-record.ts';
import type { MetadataState } from '../../src/metadata/state.ts';
import { joinerOf, leaverOf, type Move, readListOf, writeListsOf } from '../../src/ring/move.ts';
import { preparersOf } from '../../src/ring/move-duties.ts';
import type { Ring } from '../../src/ring/ring.ts';
import { bytesOf, Log, restored } from '../unit/metadata/cluster.ts';
import { commandOf, type Step, start, steps } from './ring-steps.ts';

/** No list is longer. */
const N_MAX = 9;

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join() === other.toSorted().join();
}

function expectOneMember(move: Move): void {
  const gone = move.from.filter((node) => !move.to.includes(node));
  const come = move.to.filter((node) => !move.from.includes(node));
  expect(gone.length).toBeLessThanOrEqual(1);
  expect(come.length).toBeLessThanOrEqual(1);
  expect(gone.length + come.length).toBeGreaterThanOrEqual(1);
  expect([leaverOf(move), joinerOf(move)]).toEqual([gone[0], come[0]]);
}

function expectSound(state: MetadataState): void {
  const ring = state.ring() as Ring;
  const members = new Set(ring.members.map(({ id }) => id));
  const statuses = new Map(state.nodes().map(({ name, status }) => [name, status]));
  const lists = [...ring.replicas, ...(state.goal()?.replicas ?? [])];
  for (const { from, to } of ring.moves.values()) lists.push(from, to);
  for (const list of lists) {
    expect(list.length).toBeGreaterThan(0);
    expect(new Set(list).size).toBe(list.length);
    expect(list.every((node) => members.has(node))).toBe(true);
  }
  for (const [partition, move] of ring.moves) {
    expect(move.partition).toBe(partition);
    expectOneMember(move);
    expect(ring.replicas[partition]).toEqual(readListOf(move));
    if (move.stage === 'prepare') {
      for (const node of preparersOf(move)) expect(statuses.get(node)).not.toBe('dead');
    }
    expect(move.session).toBeLessThanOrEqual(ring.partitionEpochs[partition] as number);
  }
  expect(Math.max(...ring.partitionEpochs)).toBeLessThanOrEqual(ring.epoch);
  expect(ring.epoch).toBeLessThanOrEqual(state.index);
  const wanted = new Set(state.goal()?.replicas.flat());
  for (const node of wanted) expect(statuses.get(node)).toBe('member');
  for (const node of members) expect(statuses.get(node)).not.toBe('left');
  const { replicationFactor } = state.cluster;
  expect(ring.replicationFactor).toBe(replicationFactor);
  for (const { n, mode } of state.buckets().values()) {
    expect(mode === 'raft' || n <= replicationFactor).toBe(true);
  }
  for (const { status, salvage } of state.nodes()) {
    expect(salvage !== undefined).toBe(status === 'dead');
  }
  const numbers = state.nodes().map(({ nodeNo }) => nodeNo);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
}

/** By partition and epoch, of which lists a ballot needed a majority each (ring/move.ts). */
type Demands = Map<number, Map<number, string>>;

function noteDemands(demands: Demands, ring: Ring): void {
  for (const [partition, epoch] of ring.partitionEpochs.entries()) {
    const ofPartition = demands.get(partition) ?? new Map<number, string>();
    demands.set(partition, ofPartition);
    const lists = writeListsOf(ring, partition, N_MAX).map((list) => list.join());
    const demanded = lists.join(' ');
    // An epoch has the same lists as long as it lasts.
    if ((ofPartition.get(epoch) ?? demanded) !== demanded) expect(ofPartition).toBe(demanded);
    ofPartition.set(epoch, demanded);
  }
}

/** What `listEpochs` says of an earlier epoch is at least what was demanded in it. */
function expectDemandsKnown(demands: Demands, ring: Ring): void {
  for (const [partition, ofPartition] of demands) {
    const move = ring.moves.get(partition);
    for (const [epoch, demanded] of ofPartition) {
      if (epoch < (ring.listEpochs[partition] as number)) continue;
      const lists = move === undefined ? [ring.replicas[partition]] : [move.from];
      if (move !== undefined && epoch >= move.session) lists.push(move.to);
      const known = lists.map((list) => list?.join());
      const isKnown = demanded.split(' ').every((list) => known.includes(list));
      if (!isKnown) expect({ partition, epoch, demanded }).toEqual(known);
    }
  }
}

/** From one entry to the next. */
function expectStep(before: Ring, after: Ring, state: MetadataState, raised: boolean): void {
  for (const [partition, list] of after.replicas.entries()) {
    const old = before.replicas[partition] as readonly string[];
    const moved = before.moves.get(partition) !== after.moves.get(partition);
    const changed = moved || old !== list;
    const epoch = after.partitionEpochs[partition];
    if (raised) expect(changed).toBe(false);
    else expect(epoch).toBe(changed ? state.index : before.partitionEpochs[partition]);
    if (!changed) expect(after.listEpochs[partition]).toBe(before.listEpochs[partition]);
    expect(after.listEpochs[partition]).toBeLessThanOrEqual(epoch as number);
    if (sameMembers(old, list)) expect(list).toEqual(old);
    else expectOneMember({ partition, session: 0, stage: 'prepare', from: old, to: list });
  }
}

/** Takes the steps; gives the log. */
function walk(taken: readonly Step[], check: boolean): { log: Log; entries: Uint8Array[] } {
  const log = new Log(start());
  const entries: Uint8Array[] = [];
  const demands: Demands = new Map();
  noteDemands(demands, log.ring);
  for (const each of taken) {
    const command = commandOf(each, log);
    if (command === undefined) continue;
    const data = encodeCommand({ command });
    entries.push(data);
    const before = log.ring;
    const skipped = check ? restored(log.state) : undefined;
    const numbers = log.state.reapNumbers();
    const marks = log.state.idMarks();
    const reply = log.entry(data);
    if (!check || skipped === undefined) continue;
    expectSound(log.state);
    expectStep(before, log.ring, log.state, command.type === 'raise_epochs');
    noteDemands(demands, log.ring);
    expectDemandsKnown(demands, log.ring);
    expect(marks.every((mark, at) => mark <= (log.state.idMarks()[at] ?? 0))).toBe(true);
    for (const partition of log.ring.moves.keys()) {
      expect(log.state.reapNumbers()[partition] ?? 0).toBe(numbers[partition] ?? 0);
    }
    if (openSalvages(skipped.nodes()).length > 0) {
      expect(log.state.reapNumbers()).toEqual(numbers);
    }
    for (const { name, status, salvage } of skipped.nodes()) {
      const now = log.state.nodeNamed(name);
      if (status === 'dead' || status === 'left') expect(now?.status).toBe(status);
      if (salvage === 'closed') expect(now?.salvage).toBe('closed');
      if (salvage === 'open' && command.type !== 'close_salvage') expect(now?.salvage).toBe('open');
    }
    if (reply.ok) continue;
    skipped.skip(log.state.index);
    expect(bytesOf(log.state)).toBe(bytesOf(skipped));
  }
  return { log, entries };
}

describe('a ring that changes', () => {
  test('is sound after every entry, and as it was after a refusal', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        walk(taken, true);
      }),
      { numRuns: 150 },
    );
  });

  test('comes to its goal, whatever was on its way before', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const { log } = walk(taken, false);
        const goal = log.state.goal();
        log.carryOut();
        if (goal === undefined) return;
        for (const [partition, list] of goal.replicas.entries()) {
          expect(sameMembers(log.ring.replicas[partition] as readonly string[], list)).toBe(true);
        }
        for (const { name, status } of log.state.nodes()) {
          const isInRing = log.ring.members.some(({ id }) => id === name);
          if (status === 'leaving' || (status === 'dead' && isInRing)) {
            log.must({ type: 'retire_node', name });
          }
        }
        expectSound(log.state);
        const statuses = log.ring.members.map(({ id }) => log.state.nodeNamed(id)?.status);
        expect(new Set(statuses)).toEqual(new Set(['member']));
      }),
      { numRuns: 200 },
    );
  });

  test('is the same on every node, one that took up a snapshot on the way among them', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (taken, cut) => {
        const { log, entries } = walk(taken, false);
        const other = start();
        const at = cut % (entries.length + 1);
        for (const data of entries.slice(0, at)) other.apply(other.index + 1, data);
        const copy = restored(other);
        expect(bytesOf(copy)).toBe(bytesOf(other));
        for (const data of entries.slice(at)) {
          expect(copy.apply(copy.index + 1, data)).toEqual(other.apply(other.index + 1, data));
        }
        expect(bytesOf(other)).toBe(bytesOf(log.state));
        expect(bytesOf(copy)).toBe(bytesOf(log.state));
        expect(copy.ring()).toEqual(log.ring);
      }),
      { numRuns: 100 },
    );
  });
});
