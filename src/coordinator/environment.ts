/** What the paths of a request work with: the ports, this node's replica and its measurements. */

import { isExpected } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { Transport } from '../ports/transport.ts';
import type { Fallback } from '../replica/fallback.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import type { Replica } from '../replica/replica.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { LatencyRanking } from '../routing/latency-ranking.ts';
import { RoundTrips } from '../routing/round-trips.ts';
import { RepairBudget } from './repair-budget.ts';

export interface CoordinatorPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly transport: Transport;
  /** Whom to ask; all of the coordinator asks this and never the transport. */
  readonly liveness: Liveness;
  readonly replica: Replica;
  readonly fallback: Fallback;
  readonly reaps: ReapNumbers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The program is wrong, and the node must not go on. */
  readonly onFatal: (error: unknown) => void;
}

export interface Environment extends CoordinatorPorts {
  readonly ranking: LatencyRanking;
  readonly roundTrips: RoundTrips;
  readonly repairBudget: RepairBudget;
  readonly hedges: Counter;
  readonly escalations: Counter;
  readonly forwards: Counter;
  readonly repairs: Counter;
  readonly repairFailures: Counter;
  /** A node did not do what it was asked; stops this one where that is the program's fault. */
  readonly onFailure: (node: NodeId, error: unknown, trace?: Trace) => void;
}

export function makeEnvironment(ports: CoordinatorPorts): Environment {
  const { metrics, logger, onFatal } = ports;
  return {
    ...ports,
    ranking: new LatencyRanking(ports.clock),
    roundTrips: new RoundTrips(ports.clock),
    repairBudget: new RepairBudget(metrics),
    onFailure: (node, error, trace) => {
      if (!isExpected(error)) onFatal(error);
      else logger.debug('no answer', { peer: node, requestId: trace?.id, error });
    },
    hedges: metrics.counter({
      name: 'read_hedges_total',
      help: 'Reads that asked one more replica because another was late',
    }),
    escalations: metrics.counter({
      name: 'session_escalations_total',
      help: 'Reads in sessions that asked further nodes because the first were behind the session',
    }),
    forwards: metrics.counter({
      name: 'forwards_total',
      help: 'Requests handed to a replica because this node keeps no copy of the key',
    }),
    repairs: metrics.counter({
      name: 'read_repairs_total',
      help: 'Replicas found behind by a read and brought up to date',
    }),
    repairFailures: metrics.counter({
      name: 'read_repair_failures_total',
      help: 'Read repairs that a replica did not acknowledge',
    }),
  };
}

/** Nodes that may answer if they are asked, for all that is known: a guess, never counted. */
export function reachableOf(env: Environment, nodes: readonly NodeId[]): readonly NodeId[] {
  return nodes.filter((node) => env.liveness.mayAnswer(node));
}
