/**
 * Available or consistent: the modes of Quorate and etcd, healthy, without one node, and cut in
 * two; clients on each side.
 */

import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { etcdVersion } from '../../etcd-cluster.ts';
import { checkCutReplicas } from '../cut-quorums.ts';
import type { Experiment, Findings, Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import { LEVEL_NAMES } from '../levels.ts';
import { modesAt } from '../modes.ts';
import { sizeOf } from '../scale.ts';
import { findingsOf } from './ap-vs-cp-findings.ts';
import { type PhaseRun, type PhaseSizes, runPhase } from './phase-run.ts';
import { PHASES, type PhaseName, phaseOf } from './phases.ts';
import { startProxiedCluster } from './proxied-cluster.ts';
import { EtcdSubject, QuorateSubject, type Subject } from './subject.ts';

export interface ApVsCpSizes extends PhaseSizes {
  readonly rounds: number;
  /** Also etcd, and one mode of ours, with proxies between nodes. */
  readonly behindProxies: boolean;
  readonly phases: readonly PhaseName[];
}

const SIZES: Readonly<Record<Lab['scale'], ApVsCpSizes>> = {
  tiny: {
    ...{ rounds: 1, behindProxies: false, phases: ['leader cut off'] },
    ...{ clients: 3, pauseMs: 10, keys: 2 },
    ...{ beforeMs: 200, faultMs: 5_000, afterMs: 600 },
  },
  small: {
    ...{ rounds: 1, behindProxies: true, phases: PHASES },
    ...{ clients: 4, pauseMs: 5, keys: 12 },
    ...{ beforeMs: 500, faultMs: 4_000, afterMs: 1_500 },
  },
  full: {
    ...{ rounds: 2, behindProxies: true, phases: PHASES },
    ...{ clients: 4, pauseMs: 5, keys: 24 },
    ...{ beforeMs: 1_000, faultMs: 8_000, afterMs: 3_000 },
  },
};

/** A user's duration is that of each fault. */
export const apVsCp: Experiment = {
  id: 'ap-vs-cp',
  title: 'Available or consistent',
  question: 'What does each mode give, and what does it refuse, when nodes die or cannot talk?',
  hypothesis:
    'In a partition one has to choose. A sloppy quorum answers on both sides, and shows values ' +
    'of the past and conflicts for it, which it brings together afterwards. Strict quorums, ' +
    'paxos, raft and etcd answer where a majority is and refuse elsewhere; paxos, raft and etcd ' +
    'never show the past. Nobody loses what was acknowledged.',
  nodes: 5,
  takes: LEVEL_NAMES,
  async run(lab: Lab): Promise<Findings> {
    checkCutReplicas('ap-vs-cp', lab);
    const { sloppy, strict, paxos, raft } = modesAt(lab);
    const modes = [sloppy, strict, paxos, raft];
    const given = sizeOf(lab.scale, SIZES);
    const sizes = { ...given, faultMs: lab.durationMs ?? given.faultMs };
    const cluster = await startLabCluster(lab, { nodes: lab.nodes, modes });
    const ends: (() => Promise<unknown>)[] = [() => cluster.kill()];
    try {
      const subjects: Subject[] = modes.map((mode) => QuorateSubject.ofFaultyNodes(mode, cluster));
      if (sizes.behindProxies) {
        const proxied = await startProxiedCluster(lab, raft);
        ends.push(() => proxied.cluster.kill().finally(() => proxied.proxies.close()));
        subjects.push(QuorateSubject.behindProxies(raft, proxied));
      }
      const hasEtcd = sizes.behindProxies && etcdVersion() !== undefined;
      if (hasEtcd) {
        const etcd = await EtcdSubject.start(lab.nodes, lab.dataDirectory);
        ends.push(() => etcd.stop());
        subjects.push(etcd);
      }
      return findingsOf(await measure(lab, sizes, subjects), { lab, sizes, hasEtcd });
    } finally {
      for (const end of ends) await end();
    }
  },
};

async function measure(
  lab: Lab,
  sizes: ApVsCpSizes,
  subjects: readonly Subject[],
): Promise<readonly PhaseRun[]> {
  const random = new SeededRandom(lab.seed);
  const { signal } = lab;
  const turns = sizes.rounds * sizes.phases.length * subjects.length;
  const runs: PhaseRun[] = [];
  for (let round = 0; round < sizes.rounds; round++) {
    for (const name of sizes.phases) {
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        lab.progress.at(runs.length / turns, `${name}: ${subject.title}`);
        const phase = await phaseOf(name, subject, random);
        const prefix = `${PHASES.indexOf(name)}-${round}`;
        runs.push(await runPhase(subject, phase, { sizes, random: random.fork(), signal, prefix }));
      }
    }
  }
  return runs;
}
