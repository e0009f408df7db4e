/** The table of `quorate top`, as people read it. */

import { msText, rateText } from '../../kernel/figure-text.ts';
import { tableText } from '../table-text.ts';
import type { NodeRates } from './node-rates.ts';

export interface TopDocument {
  readonly clusterId: string;
  /** Of the ring; null: it is not drawn. */
  readonly epoch: number | null;
  readonly leader: string | null;
  readonly nodes: readonly TopNode[];
}

export interface TopNode {
  readonly node: string;
  /**
   * `ready`, `not ready`, `silent` where it does not answer, or what gossip says of it; `older`: its
   * program does not tell what it does.
   */
  readonly state: string;
  /** In the metadata group; null: nobody said. */
  readonly role: 'leader' | 'voter' | 'learner' | null;
  /** Null: it did not answer now, or the last time. */
  readonly rates: NodeRates | null;
}

const ANSWERING: ReadonlySet<string> = new Set(['ready', 'not ready']);

const HEAD = [
  ...['node', 'state', 'role', 'get/s', 'put/s', 'other/s', 'error/s'],
  ...['p50', 'p99', 'hints', 'transfers'],
];

export function topText({ clusterId, epoch, leader, nodes }: TopDocument): string {
  const ring = epoch === null ? 'the ring is not drawn yet' : `epoch ${epoch}`;
  const lead = leader === null ? 'no leader known' : `led by ${leader}`;
  const answering = nodes.filter(({ state }) => ANSWERING.has(state)).length;
  const rows = [...nodes.map(rowOf), ...(nodes.length > 1 ? [totalRow(nodes)] : [])];
  return [
    `cluster ${clusterId}, ${ring}, ${lead}; ${answering} of ${nodes.length} nodes answer`,
    '',
    tableText(HEAD, rows),
  ].join('\n');
}

function rowOf({ node, state, role, rates }: TopNode): readonly string[] {
  const head = [node, state, role ?? '-'];
  if (rates === null) return [...head, ...Array.from({ length: HEAD.length - 3 }, () => '-')];
  return [
    ...head,
    ...[rates.gets, rates.puts, rates.others, rates.errors].map(rateText),
    ...[rates.p50Ms, rates.p99Ms].map((ms) => (ms === null ? '-' : msText(ms))),
    ...[rates.hints, rates.transfers].map(String),
  ];
}

/** Latencies do not add up. */
function totalRow(nodes: readonly TopNode[]): readonly string[] {
  const sum = (of: (rates: NodeRates) => number) =>
    nodes.reduce((all, { rates }) => all + (rates === null ? 0 : of(rates)), 0);
  return [
    ...['all', '', ''],
    ...[sum((r) => r.gets), sum((r) => r.puts), sum((r) => r.others), sum((r) => r.errors)].map(
      rateText,
    ),
    ...['', ''],
    ...[sum((r) => r.hints), sum((r) => r.transfers)].map(String),
  ];
}
