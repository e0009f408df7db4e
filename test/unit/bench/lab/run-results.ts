/** A run with everything that a report can show. */

import type { Results } from '../../../../bench/lab/run-folder.ts';
import { runChecks } from '../../../../src/checkers/checks.ts';
import type { History, Operation } from '../../../../src/checkers/history.ts';
import { timelinePage } from '../../../../src/checkers/timeline/page.ts';
import { CHARTS } from './charts.ts';

export const RESULTS: Results = {
  experiment: 'E3',
  scale: 'small',
  seed: 7,
  nodes: 5,
  durationMs: 30_000,
  about: {
    title: 'A partition, second by second',
    question: 'Who is served on either side while the network is cut, and how soon after it heals?',
    hypothesis:
      'On the side with fewer replicas a strict quorum, paxos and raft refuse; a sloppy quorum takes writes on both sides, and its reads miss writes of the other side until the sides have met.',
  },
  machine: {
    cpu: 'Some Processor 3.0 GHz',
    cores: 2,
    memoryMiB: 7_936,
    kernel: 'Linux 6.8.0',
    node: 'v20.18.0',
    date: '2026-11-22T04:00:00.000Z',
  },
  startedAt: '2026-11-22T04:00:00.000Z',
  seconds: 134,
  version: '0.1.0',
  summary:
    'The minority side was refused in every consistent mode and served in the sloppy one; all were served again within a second of the heal.',
  claims: [
    {
      text: 'The minority side refuses writes with strict quorums',
      holds: true,
      evidence: '0 of 840 writes acknowledged',
    },
    {
      text: 'The minority side takes writes with sloppy quorums',
      holds: true,
      evidence: '828 of 840 writes acknowledged, 95% interval 97.5% to 99.2%',
    },
    {
      text: 'No acknowledged write is lost in any mode',
      holds: true,
      evidence: '0 of 12,480 after all hints were drained',
    },
    {
      text: 'A sloppy read that is called linearizable is caught',
      holds: true,
      evidence: 'violation found after 212 operations',
      broken: true,
    },
  ],
  setUp: [
    ['replicas (N)', '3'],
    ['quorums (R, W)', '2, 2'],
    ['clients', '4 on each side, one operation at a time'],
    ['keys', '64, drawn evenly'],
    ['delay on each link', '5 ms'],
    ['phases', '10 s before, 10 s cut, 10 s after'],
  ],
  faults: [
    {
      fault: 'partition n1 n2 | n3 n4 n5',
      from: 10_000,
      until: 20_000,
      nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    },
  ],
  charts: CHARTS,
  tables: [
    {
      title: 'Availability by side',
      head: ['mode', 'majority side', 'minority side', 'first success after the heal'],
      rows: [
        ['dynamo, sloppy quorum', '100%', '98.6%', '0 ms'],
        ['dynamo, strict quorum', '99.4%', '0%', '412 ms'],
        ['paxos', '98.1%', '0%', '530 ms'],
        ['raft', '91.0%', '0%', '910 ms'],
      ],
      caption: 'Only the sloppy quorum serves both sides; the price is in the histories below.',
    },
  ],
  histories: [
    {
      name: 'strict-seed-7',
      operations: 12_480,
      checks: ['linearizable'],
      expected: 'either',
      verdict: 'ok',
      file: 'strict-seed-7.history.jsonl.gz',
    },
    {
      name: 'sloppy-as-linearizable',
      operations: 212,
      checks: ['linearizable', 'read-your-writes'],
      expected: 'violation',
      verdict: 'violation',
      violation:
        'NOT linearizable: key "cart": this operation fits nowhere:\n  process 1: read, found "milk"',
      file: 'sloppy-as-linearizable.history.jsonl.gz',
      timeline: 'sloppy-as-linearizable.timeline.html',
    },
  ],
  figures: {},
};

/** Of a history with a read that fits nowhere. */
export function someTimeline(): string {
  const operation = { process: 0, key: 'cart', op: 'write', outcome: 'ok' } as const;
  const operations: readonly Operation[] = [
    { ...operation, value: 'milk', invoke: 1, complete: 9 },
    { ...operation, value: 'bread', invoke: 10, complete: 15 },
    {
      process: 1,
      key: 'cart',
      op: 'read',
      outcome: 'ok',
      invoke: 20,
      complete: 25.5,
      output: { value: 'milk' },
    },
  ];
  const history: History = {
    operations,
    facts: { seed: 7 },
    faults: [{ fault: 'partition n1 | n2 n3', from: 5, until: 18 }],
  };
  const reports = runChecks(history, { now: () => 0, timeMs: 1_000 });
  return timelinePage(reports, { history, times: 'ms' });
}
