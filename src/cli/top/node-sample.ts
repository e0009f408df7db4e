/** What one node had counted at one moment, read from its `/metrics`. */

/** Requests of one kind since the node started. */
export interface RequestCounts {
  readonly succeeded: number;
  readonly failed: number;
}

export interface NodeSample {
  /** By operation: `get`, `put`, ... */
  readonly requests: ReadonlyMap<string, RequestCounts>;
  /** Of all requests for data: how many took at most so many seconds; the last bound is infinite. */
  readonly atMost: readonly (readonly [seconds: number, count: number])[];
  readonly hints: number;
  readonly transfers: number;
}

const REQUESTS = 'quorate_request_seconds';
const HINTS = 'quorate_hints_waiting';
const TRANSFERS = 'quorate_transfers_running';

/** Requests about the cluster are not what its users wait for. */
const NO_DATA = 'admin';

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What the text does not have is 0. */
export function nodeSampleOf(exposition: string): NodeSample {
  const series = exposition.split('\n').flatMap(seriesOf);
  const gauge = (wanted: string) => series.find(({ name }) => name === wanted)?.value ?? 0;
  return {
    requests: requestsIn(series.filter(({ name }) => name === `${REQUESTS}_count`)),
    atMost: latenciesIn(series.filter(({ name }) => name === `${REQUESTS}_bucket`)),
    hints: gauge(HINTS),
    transfers: gauge(TRANSFERS),
  };
}

function requestsIn(counts: readonly Series[]): ReadonlyMap<string, RequestCounts> {
  const requests = new Map<string, RequestCounts>();
  for (const { labels, value } of counts) {
    const { operation = '', outcome } = labels;
    const before = requests.get(operation) ?? { succeeded: 0, failed: 0 };
    const which = outcome === 'failed' ? 'failed' : 'succeeded';
    requests.set(operation, { ...before, [which]: before[which] + value });
  }
  return requests;
}

function latenciesIn(buckets: readonly Series[]): NodeSample['atMost'] {
  const counts = new Map<number, number>();
  for (const { labels, value } of buckets) {
    if (labels.operation === NO_DATA) continue;
    const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

const SERIES = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="([^"]*)"/g;

/** None: a comment, or nothing of ours. */
function seriesOf(line: string): readonly Series[] {
  const [, name, labels = '', value] = SERIES.exec(line) ?? [];
  if (name === undefined) return [];
  const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text]);
  return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
}
