/**
 * E7. Clients that hop between the replicas of their keys while one of these lags, with each
 * session guarantee and without; then the lagging replica is cut off.
 *
 * It needs three nodes, so that each is a replica of every key: a number of nodes that a user
 * asks for is not looked at. A duration is that of a round.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { sizeOf } from '../scale.ts';
import { LAGGING, OTHERS } from './hopping-client.ts';
import { sessionFindings } from './session-findings.ts';
import { type Traffic, type TrafficOptions, trafficOf } from './session-traffic.ts';
import { JUDGED_BY, type SessionVariant, VARIANTS } from './session-variants.ts';

const NODES = 3;
/** What is sent to the lagging replica arrives so much later. */
const LAG_MS = 250;
/** Many times the lag: whoever waits for it has an answer. */
const PATIENCE_MS = 10_000;
/** While the replica is cut off. */
const CUT_OFF_PATIENCE_MS = 1_000;
/** In short rounds chance may keep some kind of violation away. */
const FURTHER_ROUNDS_MAX = 20;
const UNPROTECTED = VARIANTS.filter(({ name }) => name === 'off' || name === 'forgetful');

export const sessionGuarantees: Experiment = {
  id: 'E7',
  title: 'Session guarantees of clients that hop',
  question: 'What do session guarantees keep from a client that asks another node each time?',
  hypothesis:
    'A client that asks a replica which lags does not find what it has written (ryw) or read (mr) elsewhere, and what it writes there can be seen without what it wrote (mw) or read (wfr) before. With a guarantee that never happens: a request waits until the replicas that are asked know what the session has seen, and where they cannot get to know it, it is refused. So the price is latency while a replica lags and availability while it is cut off.',
  nodes: NODES,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const size = sizeOf(lab.scale, {
    tiny: { rounds: 1, roundMs: 1_500, cutMs: 1_000 },
    small: { rounds: 3, roundMs: 8_000, cutMs: 6_000 },
    full: { rounds: 10, roundMs: 15_000, cutMs: 30_000 },
  });
  const roundMs = lab.durationMs ?? size.roundMs;
  const cluster = await startLabCluster(lab, { nodes: NODES, modes: VARIANTS });
  try {
    const rounds = new Rounds(lab, cluster);
    await cluster.faults.delay(OTHERS, LAGGING, LAG_MS);
    const lagging: Traffic[] = [];
    for (let round = 0; round < size.rounds; round++) {
      lab.progress.at((0.8 * round) / size.rounds, `${LAGGING} lags, round ${round + 1}`);
      lagging.push(...(await rounds.lagging(VARIANTS, roundMs)));
    }
    for (let more = 0; more < FURTHER_ROUNDS_MAX && !isEverythingSeen(lagging); more++) {
      lagging.push(...(await rounds.lagging(UNPROTECTED, roundMs)));
    }
    lab.progress.at(0.9, `${LAGGING} is cut off`);
    await cluster.faults.partition(LAGGING, OTHERS);
    const cutOff = await rounds.cutOff(size.cutMs);
    return sessionFindings({ lagging, cutOff, ...size, roundMs, lagMs: LAG_MS, seed: lab.seed });
  } finally {
    await cluster.kill();
  }
}

/** Each kind of violation, by clients without a session and by those who lose their token. */
function isEverythingSeen(lagging: readonly Traffic[]): boolean {
  return UNPROTECTED.every(({ name }) => {
    const its = lagging.filter(({ variant }) => variant.name === name);
    return JUDGED_BY.every((check) => its.some(({ violations }) => (violations[check] ?? 0) > 0));
  });
}

/** All variants at the same time, so that the machine is the same for all of them. */
class Rounds {
  readonly #lab: Lab;
  readonly #cluster: LocalCluster;
  readonly #random: SeededRandom;
  #runs = 0;

  constructor(lab: Lab, cluster: LocalCluster) {
    this.#lab = lab;
    this.#cluster = cluster;
    this.#random = new SeededRandom(lab.seed);
  }

  lagging(variants: readonly SessionVariant[], durationMs: number): Promise<readonly Traffic[]> {
    const fault = `all that is sent to ${LAGGING} is ${LAG_MS} ms late`;
    return this.#run(variants, { durationMs, timeoutMs: PATIENCE_MS, fault });
  }

  cutOff(durationMs: number): Promise<readonly Traffic[]> {
    const fault = `partition ${LAGGING} | ${OTHERS.join(' ')}`;
    return this.#run(VARIANTS, { durationMs, timeoutMs: CUT_OFF_PATIENCE_MS, fault });
  }

  #run(
    variants: readonly SessionVariant[],
    options: Pick<TrafficOptions, 'durationMs' | 'timeoutMs' | 'fault'>,
  ): Promise<readonly Traffic[]> {
    const { seed, signal } = this.#lab;
    const run = String(this.#runs++);
    const traffics = variants.map((variant) => {
      const random = this.#random.fork();
      return trafficOf(variant, { cluster: this.#cluster, random, run, seed, signal, ...options });
    });
    return Promise.all(traffics);
  }
}
