/** What operators and leaders ask of a ring, whatever the state it is in. */

import fc from 'fast-check';
import type { Command } from '../../src/metadata/command.ts';
import { encodeCommand } from '../../src/metadata/command-codec.ts';
import type { MetadataState } from '../../src/metadata/state.ts';
import type { StagedChange } from '../../src/ring/changes.ts';
import type { MoveStage } from '../../src/ring/move.ts';
import { founded, Log, seed, seeds } from '../unit/metadata/cluster.ts';

const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];

/** What is done, by dice that the state at that time gives a meaning. */
export interface Step {
  readonly act: (typeof ACTS)[number];
  readonly dice: readonly number[];
}

const ACTS = [
  ...['admit', 'stage', 'stage', 'stage', 'commit', 'commit', 'begin', 'begin', 'begin'],
  ...['advance', 'advance', 'advance', 'advance', 'advance', 'advance', 'retire', 'reap'],
  ...['abort', 'unstage', 'bucket', 'stale', 'register', 'close', 'raise'],
] as const;

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...ACTS),
  dice: fc.array(fc.nat(1_000), { minLength: 6, maxLength: 6 }),
});
export const steps = fc.array(step, { minLength: 20, maxLength: 80 });

/** Four nodes in the ring and two that are not. */
export function start(): MetadataState {
  const log = new Log(founded({ nodes: seeds(4), drawRing: true, replicationFactor: 3 }));
  for (const no of [5, 6]) log.must({ type: 'admit_node', ...seed(no, zoneOf(no)) });
  return log.state;
}

export function commandOf({ act, dice }: Step, log: Log): Command | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = dice;
  const { ring, state } = log;
  const some = (partitions: Iterable<number>) =>
    [...partitions].filter((_, at) => (dice[at % dice.length] ?? 0) % 2 === 0);
  switch (act) {
    case 'admit': {
      const replaces = b % 4 === 0 ? `n${1 + (c % 6)}` : undefined;
      return { type: 'admit_node', ...seed(1 + (a % 9), zoneOf(b)), weight: 1 + (d % 3), replaces };
    }
    case 'stage':
      return { type: 'stage_change', change: changeOf(dice) };
    case 'unstage':
      return { type: 'unstage_changes' };
    case 'commit':
      return log.committing();
    case 'abort':
      return { type: 'abort_changes' };
    case 'begin': {
      const partitions = some(log.toMove());
      return { type: 'begin_moves', moves: partitions.map((partition) => log.at(partition)) };
    }
    case 'advance': {
      const partitions = some(ring.moves.keys());
      const moves = partitions.map((partition) => {
        return { ...log.at(partition), stage: log.move(partition).stage };
      });
      return { type: 'advance_moves', moves };
    }
    case 'retire': {
      const going = state.nodes().filter(({ status }) => status !== 'member');
      const name = going[b % Math.max(1, going.length)]?.name;
      return { type: 'retire_node', name: a % 4 === 0 ? `n${1 + (c % 9)}` : (name ?? 'n1') };
    }
    case 'reap':
      return { type: 'begin_reaping', partitions: [log.at(a % ring.partitionCount)] };
    case 'raise': {
      const raised = some(ring.replicas.keys()).map((partition) => {
        return { ...log.at(partition), idMark: (a + partition) % (b + 1) };
      });
      return { type: 'raise_epochs', partitions: raised };
    }
    case 'register': {
      const node = state.node(1 + (a % 9));
      if (node === undefined) return undefined;
      const { nodeNo, directoryId, address, bootNumber, life, version } = node;
      const start = { nodeNo, directoryId, address, bootNumber: bootNumber + 1, version };
      return { type: 'register_start', ...start, life: life + 1, since: [life] };
    }
    case 'close':
      return { type: 'close_salvage', name: `n${1 + (a % 9)}` };
    case 'bucket': {
      const settings = { n: 1 + (b % 4) };
      return { type: 'put_bucket', name: `b${a % 3}`, settings, createOnly: true };
    }
    case 'stale': {
      const epoch = a % (state.index + 1);
      const partition = b % ring.partitionCount;
      const stage = STAGES[c % 4] as MoveStage;
      if (d % 3 === 0) return { type: 'begin_moves', moves: [{ partition, epoch }] };
      if (d % 3 === 1) return { type: 'advance_moves', moves: [{ partition, epoch, stage }] };
      return { ...log.committing(), epoch };
    }
  }
}

const zoneOf = (dice: number) => ['za', 'zb', undefined][dice % 3];

function changeOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): StagedChange {
  const node = `n${1 + (b % 9)}`;
  const acceptLoss = d % 5 === 0;
  switch (a % 8) {
    case 0:
    case 1:
      return { type: 'join', node };
    case 2:
      return { type: 'leave', node };
    case 3:
      return { type: 'replace', dead: node, by: `n${1 + (c % 9)}`, acceptLoss };
    case 4:
      return { type: 'remove', node, acceptLoss };
    case 5:
      return { type: 'zone', node, zone: zoneOf(c) };
    case 6:
      return { type: 'weight', node, weight: c % 5 };
    default:
      return { type: 'replication_factor', replicationFactor: c % 6 };
  }
}

/** What these steps come to as a log, from `start` on. */
export function entriesOf(taken: readonly Step[]): Uint8Array[] {
  const log = new Log(start());
  const first = encodeCommand({ command: { type: 'unstage_changes' } });
  log.entry(first);
  const later = taken.flatMap((step) => {
    const asked = commandOf(step, log);
    if (asked === undefined) return [];
    const data = encodeCommand({ command: asked });
    log.entry(data);
    return [data];
  });
  return [first, ...later];
}
