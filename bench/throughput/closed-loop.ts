/**
 * The closed loop: every connection asks again as soon as it is answered. It finds out how
 * much a cluster can do; its latencies are those of a cluster kept at that limit.
 */

import type { Workload } from './cases.ts';
import type { Answer, HttpConnection } from './http-connection.ts';
import { type Measurement, Recording } from './recording.ts';

export interface Period {
  /** Answers that come before this has passed are discarded. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One of several kinds of requests, with what is found out about it. */
export interface Part {
  readonly workload: Workload;
  readonly recording: Recording;
}

export async function runClosedLoop(
  connections: readonly HttpConnection[],
  workload: Workload,
  period: Period,
): Promise<Measurement> {
  const part = { workload, recording: new Recording(workload) };
  await runMixedLoop(connections, () => part, period);
  return part.recording.measurement(period.measureMs);
}

/** `pick` says for each request of which kind it is. */
export async function runMixedLoop(
  connections: readonly HttpConnection[],
  pick: () => Part,
  { warmUpMs, measureMs }: Period,
): Promise<void> {
  const from = performance.now() + warmUpMs;
  const to = from + measureMs;
  const within = (now: number) => now >= from && now < to;
  await askUntil(connections, pick, {
    over: () => performance.now() >= to,
    onAnswer: (recording, answer, askedAt, now) => {
      if (within(now)) recording.add(answer, now - askedAt);
      else recording.discard();
    },
  });
}

/** Sends so many requests and reports on all of them: for filling a store. */
export async function runRequests(
  connections: readonly HttpConnection[],
  workload: Workload,
  requests: number,
): Promise<Measurement> {
  const part = { workload, recording: new Recording(workload) };
  const from = performance.now();
  let asked = 0;
  await askUntil(connections, () => part, {
    over: () => asked++ >= requests,
    onAnswer: (recording, answer, askedAt, now) => recording.add(answer, now - askedAt),
  });
  return part.recording.measurement(performance.now() - from);
}

interface Loop {
  /** Asked before each request. */
  readonly over: () => boolean;
  readonly onAnswer: (recording: Recording, answer: Answer, askedAt: number, now: number) => void;
}

/** Resolves when the last request that was sent has been answered. */
async function askUntil(
  connections: readonly HttpConnection[],
  pick: () => Part,
  loop: Loop,
): Promise<void> {
  const drive = (connection: HttpConnection) =>
    new Promise<void>((resolve) => {
      const ask = () => {
        if (loop.over()) return resolve();
        const { workload, recording } = pick();
        const askedAt = performance.now();
        connection.request(workload.next(), (answer) => {
          loop.onAnswer(recording, answer, askedAt, performance.now());
          ask();
        });
      };
      ask();
    });
  await Promise.all(connections.map(drive));
}
