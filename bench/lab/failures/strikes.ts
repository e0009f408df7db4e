/** What happens to a cluster in E10: each begins on a whole one and ends with a whole one. */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { Fault } from '../../../cluster/nemesis/fault.ts';
import { runSchedule } from '../../../cluster/nemesis/schedule-run.ts';
import type { FaultWindow } from '../../../src/checkers/history.ts';

export type StrikeName = 'crash' | 'pause' | 'clock skew' | 'join' | 'leave' | 'disk loss';

export interface StrikeContext {
  readonly cluster: LocalCluster;
  /** Of the histories. */
  readonly now: () => number;
  /** Whom it strikes, where it strikes somebody. */
  readonly victim: string;
  /** How long it lasts, where that is not for the cluster to say. */
  readonly lastsMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when it is over, with when it was. */
export type Strike = (context: StrikeContext) => Promise<readonly FaultWindow[]>;

/** Of a clock that is wrong: two minutes ahead. */
const SKEW_MS = 120_000;
const SETTLING_MS_MAX = 120_000;

export const STRIKES: Readonly<Record<StrikeName, Strike>> = {
  crash: (context) => scheduled(context, { type: 'kill', nodes: [context.victim] }),
  pause: (context) => scheduled(context, { type: 'pause', nodes: [context.victim] }),
  'clock skew': (context) => {
    return scheduled(context, { type: 'clock-skew', nodes: [context.victim], offsetMs: SKEW_MS });
  },
  join: async ({ cluster, now }) => {
    const from = now();
    const { name } = await cluster.join();
    await cluster.waitUntilSettled(SETTLING_MS_MAX);
    return [{ fault: `${name} joins`, from, until: now(), nodes: [name] }];
  },
  leave: async ({ cluster, now, victim }) => {
    const from = now();
    await cluster.leave(victim, SETTLING_MS_MAX);
    await cluster.waitUntilSettled(SETTLING_MS_MAX);
    return [{ fault: `${victim} leaves`, from, until: now(), nodes: [victim] }];
  },
  'disk loss': async ({ cluster, now, victim }) => {
    const from = now();
    const { name } = await cluster.replaceWiped(victim);
    await cluster.waitUntilSettled(SETTLING_MS_MAX);
    const fault = `${victim} loses its disk, ${name} takes its places`;
    return [{ fault, from, until: now(), nodes: [victim], wiped: [victim] }];
  },
};

async function scheduled(
  { cluster, now, lastsMs, signal }: StrikeContext,
  fault: Fault,
): Promise<readonly FaultWindow[]> {
  const schedule = [{ fault, atMs: 0, until: lastsMs }];
  const { faults, surprises } = await runSchedule(cluster, schedule, { now, signal });
  const [surprise] = surprises;
  if (surprise !== undefined) throw new Error(`${surprise.node} ended: ${surprise.ending}`);
  return faults;
}
