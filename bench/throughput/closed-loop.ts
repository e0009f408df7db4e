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

export async function runClosedLoop(
  connections: readonly HttpConnection[],
  workload: Workload,
  { warmUpMs, measureMs }: Period,
): Promise<Measurement> {
  const recording = new Recording(workload);
  const from = performance.now() + warmUpMs;
  const to = from + measureMs;
  const within = (now: number) => now >= from && now < to;
  await askUntil(connections, workload, {
    over: () => performance.now() >= to,
    onAnswer: (answer, askedAt, now) => {
      if (within(now)) recording.add(answer, now - askedAt);
      else recording.discard();
    },
  });
  return recording.measurement(measureMs);
}

/** Sends so many requests and reports on all of them: for filling a store. */
export async function runRequests(
  connections: readonly HttpConnection[],
  workload: Workload,
  requests: number,
): Promise<Measurement> {
  const recording = new Recording(workload);
  const from = performance.now();
  let asked = 0;
  await askUntil(connections, workload, {
    over: () => asked++ >= requests,
    onAnswer: (answer, askedAt, now) => recording.add(answer, now - askedAt),
  });
  return recording.measurement(performance.now() - from);
}

interface Loop {
  /** Asked before each request. */
  readonly over: () => boolean;
  readonly onAnswer: (answer: Answer, askedAt: number, now: number) => void;
}

/** Resolves when the last request that was sent has been answered. */
async function askUntil(
  connections: readonly HttpConnection[],
  workload: Workload,
  loop: Loop,
): Promise<void> {
  const drive = (connection: HttpConnection) =>
    new Promise<void>((resolve) => {
      const ask = () => {
        if (loop.over()) return resolve();
        const askedAt = performance.now();
        connection.request(workload.next(), (answer) => {
          loop.onAnswer(answer, askedAt, performance.now());
          ask();
        });
      };
      ask();
    });
  await Promise.all(connections.map(drive));
}
