/** Which charts there are, what their lines are, and what is said where there is nothing to draw. */

import type { ActivityRates } from '../../kernel/activity-rates.ts';
import { bytesText } from '../../kernel/bytes-text.ts';
import { type Distribution, quantile } from '../../kernel/distribution.ts';
import { msText, rateText } from '../../kernel/figure-text.ts';

export interface Line {
  /** One of all lines of all charts. */
  readonly id: string;
  readonly label: string;
}

export interface MeasuredLine extends Line {
  /** Null: nothing can be said of this moment. */
  readonly of: (rates: ActivityRates) => number | null;
}

export interface Axis {
  readonly text: (figure: number) => string;
  /** From one mark to the next; absent: any round number. */
  readonly steps?: readonly number[];
  /** Each mark is ten times the one below, from this on; absent: it begins at 0. */
  readonly decadesFrom?: number;
}

export interface Chart {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly text: (figure: number) => string;
  readonly axis: Axis;
  /** What will be seen here. */
  readonly meaning: string;
  /** Where there is nothing but zeros. */
  readonly empty: string;
  /** Empty: its lines are named after what has happened, and begin with the name of the chart. */
  readonly lines: readonly MeasuredLine[];
}

const perSecond = (figure: number) => `${rateText(figure)}/s`;
const wholeNumber = (figure: number) => Math.round(figure).toLocaleString('en');

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const ANY_NUMBER: Axis = { text: (figure) => SHORT.format(figure) };
const WHOLE_NUMBERS: Axis = {
  ...ANY_NUMBER,
  steps: Array.from({ length: 10 }, (_, i) => 10 ** i).flatMap((one) => [one, 2 * one, 5 * one]),
};
/** One slow request must not make a flat line of all others. */
const LATENCIES: Axis = { ...ANY_NUMBER, decadesFrom: 0.1 };
const BYTES: Axis = {
  text: (figure) => bytesText(figure).replace('.0', ''),
  steps: Array.from({ length: 40 }, (_, i) => 2 ** i),
};

const SECOND_MS = 1_000;

function latency(operation: string): readonly MeasuredLine[] {
  return [50, 95, 99].map((percent) => ({
    id: `${operation}-p${percent}`,
    label: `p${percent}`,
    of: ({ requests }) => {
      const { seconds } = requests[operation] ?? {};
      const found = seconds && quantile(seconds, percent / 100);
      return found == null ? null : found * SECOND_MS;
    },
  }));
}

function requests(operation: string, label: string): MeasuredLine {
  return {
    id: operation,
    label,
    of: (rates) => {
      const { succeeded, failed } = rates.requests[operation] ?? { succeeded: 0, failed: 0 };
      return succeeded + failed;
    },
  };
}

/** Of whole numbers: the least bound that so many do not exceed. Beyond the last it stands for all. */
function boundOf({ bounds, counts }: Distribution, share: number): number | null {
  const all = counts.at(-1) ?? 0;
  if (all === 0) return null;
  return bounds.find((_, i) => (counts[i] ?? 0) >= share * all) ?? bounds.at(-1) ?? null;
}

export const CHARTS: readonly Chart[] = [
  {
    name: 'requests',
    title: 'Requests',
    unit: 'a second',
    text: perSecond,
    axis: ANY_NUMBER,
    meaning: 'What clients ask for, by operation; those that failed are among them.',
    empty: 'No client has asked for anything. Each request will show here within a second.',
    lines: [
      requests('get', 'gets'),
      requests('put', 'puts'),
      requests('delete', 'deletes'),
      requests('update', 'updates'),
      requests('list', 'listings'),
    ],
  },
  {
    name: 'get-latency',
    title: 'Latency of gets',
    unit: 'milliseconds',
    text: msText,
    axis: LATENCIES,
    meaning: 'Half of the gets of a second were answered within p50, 99 of 100 within p99.',
    empty: 'There were no gets. How long they take will show here.',
    lines: latency('get'),
  },
  {
    name: 'put-latency',
    title: 'Latency of puts',
    unit: 'milliseconds',
    text: msText,
    axis: LATENCIES,
    meaning: 'Half of the puts of a second were on W disks within p50, 99 of 100 within p99.',
    empty: 'There were no puts. How long they take will show here.',
    lines: latency('put'),
  },
  {
    name: 'errors',
    title: 'Errors',
    unit: 'a second',
    text: perSecond,
    axis: ANY_NUMBER,
    meaning: 'Answers that were problems, by their code. A missing key is not_found.',
    empty: 'Nobody was refused anything. Answers that are problems will show here by their code.',
    lines: [],
  },
  {
    name: 'hints',
    title: 'Hints that wait',
    unit: 'hints',
    text: wholeNumber,
    axis: WHOLE_NUMBERS,
    meaning: 'Writes that nodes keep for others which did not take them, until they do.',
    empty: 'No node keeps anything for another one. Stop a node and write: hints will show here.',
    lines: [{ id: 'hints-waiting', label: 'waiting', of: ({ hints }) => hints.waiting }],
  },
  {
    name: 'repair',
    title: 'Replicas brought up to date',
    unit: 'keys a second',
    text: perSecond,
    axis: ANY_NUMBER,
    meaning: 'Keys that a replica lacked: by hints, by reads, or as replicas compared their trees.',
    empty: 'No replica lacked anything. What hints, reads and anti-entropy mend will show here.',
    lines: [
      { id: 'hints-delivered', label: 'hints', of: ({ hints }) => hints.delivered },
      { id: 'read-repairs', label: 'read repair', of: ({ readRepairs }) => readRepairs.begun },
      {
        id: 'keys-exchanged',
        label: 'anti-entropy',
        of: ({ antiEntropy }) => antiEntropy.keysPulled + antiEntropy.keysPushed,
      },
    ],
  },
  {
    name: 'siblings',
    title: 'Siblings after puts',
    unit: 'siblings of a key',
    text: wholeNumber,
    axis: WHOLE_NUMBERS,
    meaning: 'How many values at most keys held after a put: half of them, 99 of 100, and all.',
    empty: 'Nothing was put. How many siblings keys come to have will show here.',
    lines: [
      { id: 'siblings-p50', label: 'p50', of: ({ siblings }) => boundOf(siblings, 0.5) },
      { id: 'siblings-p99', label: 'p99', of: ({ siblings }) => boundOf(siblings, 0.99) },
      { id: 'siblings-most', label: 'most', of: ({ siblings }) => boundOf(siblings, 1) },
    ],
  },
  {
    name: 'transfers',
    title: 'Transfers',
    unit: 'bytes a second',
    text: (figure) => `${bytesText(Math.round(figure))}/s`,
    axis: BYTES,
    meaning: 'Records that travel as partitions move from node to node.',
    empty: 'No partition moves. Let a node join or leave: what is copied will show here.',
    lines: [
      { id: 'bytes-in', label: 'in', of: ({ transfers }) => transfers.bytesIn },
      { id: 'bytes-out', label: 'out', of: ({ transfers }) => transfers.bytesOut },
    ],
  },
  {
    name: 'commits',
    title: 'Raft commits',
    unit: 'entries a second',
    text: perSecond,
    axis: ANY_NUMBER,
    meaning: 'Entries of the metadata group: buckets, the ring, leases, values of raft buckets.',
    empty: 'The metadata group has nothing to agree on. Buckets, leases and the ring are its work.',
    lines: [{ id: 'commits', label: 'committed', of: ({ raft }) => raft.commits }],
  },
];
