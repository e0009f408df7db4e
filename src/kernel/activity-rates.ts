/** What nodes did between two looks at them: see activity.ts. */

import type { NodeActivity, RequestCounts } from './activity.ts';
import { NOTHING_OBSERVED, since, together } from './distribution.ts';
import { invariant } from './invariant.ts';

/**
 * Counts are a second, but what waits and runs is as of now; distributions are of what came
 * between the two looks.
 */
export interface ActivityRates extends Omit<NodeActivity, 'life' | 'upMs' | 'ready' | 'raft'> {
  readonly raft: RaftRates;
}

export interface RaftRates extends Pick<NodeActivity['raft'], 'role' | 'term'> {
  readonly commits: number;
}

/** What is asked of the cluster itself is not what its users wait for. */
export const DATA_OPERATIONS: readonly string[] = ['get', 'put', 'delete', 'update', 'list'];

const SECOND_MS = 1_000;

type Counts = Readonly<Record<string, number>>;

/**
 * Of one node. One that was started anew meanwhile counts from 0 on. Undefined: no time has
 * passed between the two looks.
 */
export function ratesBetween(earlier: NodeActivity, now: NodeActivity): ActivityRates | undefined {
  const before = earlier.life === now.life ? earlier : undefined;
  const seconds = (now.upMs - (before?.upMs ?? 0)) / SECOND_MS;
  if (seconds <= 0) return undefined;
  const rate = (later: number, sooner = 0) => (later - sooner) / seconds;
  const rates = <Some extends Counts>(of: (activity: NodeActivity) => Some) =>
    mapped(of(now), (count, name) => rate(count, before && of(before)[name]));
  const { hints, transfers, raft } = now;
  return {
    requests: mapped(now.requests, (counts, operation) => {
      const sooner = before?.requests[operation];
      return {
        succeeded: rate(counts.succeeded, sooner?.succeeded),
        failed: rate(counts.failed, sooner?.failed),
        seconds: since(sooner?.seconds ?? NOTHING_OBSERVED, counts.seconds),
      };
    }),
    problems: rates(({ problems }) => problems),
    hints: {
      ...rates((activity) => activity.hints),
      waiting: hints.waiting,
      waitingBytes: hints.waitingBytes,
    },
    antiEntropy: rates(({ antiEntropy }) => antiEntropy),
    readRepairs: rates(({ readRepairs }) => readRepairs),
    siblings: since(before?.siblings ?? NOTHING_OBSERVED, now.siblings),
    transfers: { ...rates((activity) => activity.transfers), running: transfers.running },
    raft: {
      role: raft.role,
      term: raft.term,
      // What was committed before the start was not committed now.
      commits: rate(raft.commitIndex, before?.raft.commitIndex ?? raft.commitIndex),
    },
  };
}

/** Of several nodes at one time. Precondition: there is one at least. */
export function ratesTogether(all: readonly ActivityRates[]): ActivityRates {
  const sums = <Some extends Counts>(of: (rates: ActivityRates) => Some) => summed(all.map(of));
  const operations = new Set(all.flatMap(({ requests }) => Object.keys(requests)));
  const requests = [...operations].map((operation) => {
    const ofEach = all.flatMap((rates) => rates.requests[operation] ?? []);
    return [operation, requestsTogether(ofEach)] as const;
  });
  return {
    requests: Object.fromEntries(requests),
    problems: sums(({ problems }) => problems),
    hints: sums(({ hints }) => hints),
    antiEntropy: sums(({ antiEntropy }) => antiEntropy),
    readRepairs: sums(({ readRepairs }) => readRepairs),
    siblings: together(all.map(({ siblings }) => siblings)),
    transfers: sums(({ transfers }) => transfers),
    raft: raftTogether(all.map(({ raft }) => raft)),
  };
}

/** Of all requests of these operations. */
export function requestsOf(
  { requests }: Pick<ActivityRates, 'requests'>,
  operations: readonly string[],
): RequestCounts {
  return requestsTogether(operations.flatMap((operation) => requests[operation] ?? []));
}

/** All commit the same entries, and the leader first; a newcomer hears of old ones all at once. */
function raftTogether(all: readonly RaftRates[]): RaftRates {
  const leaders = all.filter(({ role }) => role === 'leader');
  const foremost = (leaders.length > 0 ? leaders : all).toSorted(
    (a, b) => b.term - a.term || b.commits - a.commits,
  )[0];
  invariant(foremost !== undefined, 'rates of nobody cannot be put together');
  return foremost;
}

function requestsTogether(all: readonly RequestCounts[]): RequestCounts {
  const sum = (of: (counts: RequestCounts) => number) => all.reduce((so, one) => so + of(one), 0);
  return {
    succeeded: sum(({ succeeded }) => succeeded),
    failed: sum(({ failed }) => failed),
    seconds: together(all.map(({ seconds }) => seconds)),
  };
}

function summed<Some extends Counts>(all: readonly Some[]): Some {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums as Some;
}

function mapped<Of extends Readonly<Record<string, unknown>>, Result>(
  of: Of,
  change: (value: Of[keyof Of], name: string) => Result,
): { readonly [Name in keyof Of]: Result } {
  const entries = Object.entries(of).map(([name, value]) => [
    name,
    change(value as Of[keyof Of], name),
  ]);
  return Object.fromEntries(entries);
}
