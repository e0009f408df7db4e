/** What a run met that is rare: a check that meets nothing proves nothing. */

import type { History, Operation } from '../../../src/checkers/history.ts';
import type { TestCluster } from '../harness.ts';
import type { RingPlayer } from './ring-player.ts';

export type Met = Readonly<Record<string, number>>;

/** Counters of nodes, by what they mean here. */
const METRICS: Readonly<Record<string, string>> = {
  'a hint was stored': 'hints_stored_total',
  'a hint was delivered': 'hints_delivered_total',
  'a hint was refused': 'hints_refused_total',
  'read repair wrote': 'read_repairs_total',
  'a read asked one more replica': 'read_hedges_total',
  'a request was handed on': 'forwards_total',
  'a round of reaping was begun': 'reap_rounds_begun_total',
  'a round of reaping was completed': 'reap_rounds_completed_total',
  'a key was reaped': 'reaped_keys_total',
  'a session was escalated': 'session_escalations_total',
  'a paxos round met a higher ballot or too few': 'register_rounds_failed_total',
  'a paxos request was handed on': 'register_forwards_total',
  'a register was erased': 'registers_erased_total',
  'a move was finished': 'ring_moves_finished_total',
};

export function metIn(
  cluster: TestCluster,
  { operations, faults }: History,
  ring: RingPlayer,
  resolved: number,
): Met {
  const sum = (name: string) =>
    [...cluster.metrics.values()].reduce((all, metrics) => all + (metrics.value(name) ?? 0), 0);
  const count = (is: (operation: Operation) => boolean) => operations.filter(is).length;
  const metrics = Object.entries(METRICS).map(([what, name]) => [what, sum(name)]);
  return {
    operations: operations.length,
    'an operation was acknowledged': count(({ outcome }) => outcome === 'ok'),
    'an operation was refused': count(({ outcome }) => outcome === 'fail'),
    'an operation was left in doubt': count(({ outcome }) => outcome === 'unknown'),
    'a condition did not hold': count(({ output }) => output?.applied === false),
    'a fallback was counted': count(({ quorum }) => (quorum?.fallbacks ?? 0) > 0),
    'a read found siblings': count(({ output }) => (output?.siblings?.length ?? 0) > 1),
    'blocking read repair answered': count(
      ({ op, outcome, quorum }) => op === 'read' && outcome === 'ok' && quorum?.blocking === true,
    ),
    'a doubt was resolved by the id of the request': resolved,
    'a fault struck': faults.length,
    'a node that left was gone': ring.gone.length,
    ...Object.fromEntries(metrics),
    ...Object.fromEntries([...ring.asked].map(([change, times]) => [`ring: ${change}`, times])),
  };
}
