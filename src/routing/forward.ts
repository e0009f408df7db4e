/**
 * Handing a request to a node that can coordinate it, once.
 *
 * The next node is tried where the request certainly did not run on the one before. A
 * read may run twice, so it goes on after a broken connection too; a write may not: its
 * writer would hear of one of two siblings only, delete that one, and see the other return.
 *
 * What a node refuses it refuses for itself: once a node before it may have carried the request
 * out, no refusal is definite. And where a write is definitely refused, it is not handed to a node
 * that is held for unreachable or silent: silence would leave it in doubt for hardly any hope.
 *
 * A node that knows a later ring says so, and did not run it either: then whoever forwards
 * plans again (planning-again.ts), and may find that it keeps the key itself by now.
 */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { spanned, type Trace, type Traced, type TraceOrder } from '../kernel/trace.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Counter } from '../ports/metrics.ts';
import type { CallType, Transport } from '../ports/transport.ts';
import type { BucketMode, ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import { type KeyPlan, planAgain, planKey } from './key-plan.ts';
import { isOutdated } from './planning-again.ts';

/** A request handed on, with what its sender knew of the cluster: the receiver catches up first. */
export interface Forwarded<Request> {
  readonly request: Request;
  readonly bucketNumber: number;
  /** Of the partition. */
  readonly epoch: number;
  /** Who follows the request, and whether they want to see more of it. */
  readonly trace?: TraceOrder;
}

/** Carries out what another node handed over. Throws `QuorateError` where it is not taken. */
export type RunHandedOver = <Result>(work: () => Promise<Result>) => Promise<Result>;

export interface ForwardingPorts {
  readonly self: NodeId;
  readonly transport: Transport;
  readonly liveness: Pick<Liveness, 'responsive'>;
  readonly forwards: Counter;
}

/** Refusals of one node that say nothing about the next; `stale_epoch`: it is the one behind. */
const TRY_NEXT_AFTER: ReadonlySet<string> = new Set([
  'hints_full',
  'corrupt_record',
  'not_a_replica',
  'not_ready',
  'ring_forming',
  'overloaded',
  'stale_epoch',
  'stale_reap',
  'paxos_unavailable',
]);

/** Share of the time left that is kept for the way back, so that the replica's own error arrives. */
const RETURN_SHARE = 0.05;
const RETURN_MS_MAX = 50;

/** When the replica that was handed a request should give up. */
export function deadlineOfForwarded(deadline: number, now: number): number {
  return deadline - Math.min(RETURN_MS_MAX, Math.max(0, deadline - now) * RETURN_SHARE);
}

/**
 * What the request does, which decides what a lost reply means. A `repeatable` write runs once,
 * on however many nodes: those that come later find what became of it.
 */
export type Effect = 'read' | 'write' | 'repeatable';

export interface Forwarding<Request, Reply> {
  readonly type: CallType<Forwarded<Request>, Reply>;
  readonly request: Request;
  readonly effect: Effect;
  /** Who could coordinate, in the order to try. */
  readonly nodes: readonly NodeId[];
  /** Carries the request out on this node, when its turn comes. */
  readonly here: () => Promise<Reply>;
  /** In `clock.now()`. */
  readonly deadline: number;
}

export async function forward<Request, Reply extends Traced>(
  { self, transport, liveness, forwards }: ForwardingPorts,
  plan: KeyPlan,
  { type, request, effect, nodes, here, deadline }: Forwarding<Request, Reply>,
): Promise<Reply> {
  const { bucketNumber, epoch } = plan.address;
  const { trace } = plan;
  const forwarded = { request, bucketNumber, epoch, ...(trace && { trace: trace.order }) };
  const tried: NodeId[] = [];
  let inDoubt = false;
  let isRefused = false;
  for (const node of nodes) {
    if (isRefused && !inDoubt && effect !== 'read' && !liveness.responsive(node)) break;
    try {
      tried.push(node);
      if (node === self) return await here();
      forwards.add();
      const span = trace?.begin('forward', node);
      const reply = await spanned(span, transport.call(node, type, forwarded, { deadline }));
      trace?.adopt(span, reply.trace);
      return reply;
    } catch (error) {
      if (error instanceof TransportError) {
        inDoubt ||= effect !== 'read' && !error.neverSent;
        if ((inDoubt && effect === 'write') || error.failure === 'timeout') break;
      } else if (inDoubt ? !isDefinite(error) : !saysNothingOfTheNext(plan, error)) {
        throw error;
      } else isRefused = true;
    }
  }
  throw nobodyAnswered(tried, inDoubt);
}

function saysNothingOfTheNext(plan: KeyPlan, error: unknown): boolean {
  return isDefinite(error) && TRY_NEXT_AFTER.has(error.code) && !isOutdated(plan, error);
}

function isDefinite(error: unknown): error is QuorateError {
  return error instanceof QuorateError && error.definite;
}

function nobodyAnswered(tried: readonly NodeId[], inDoubt: boolean): QuorateError {
  const names = tried.join(', ') || 'none';
  if (inDoubt) {
    return new QuorateError(
      'coordinator_lost',
      `a node took the request and did not answer (tried ${names}); the write may still surface`,
      { reached: [] },
    );
  }
  return new QuorateError(
    'coordinator_unreachable',
    `no node could take the request in time (tried ${names})`,
    { reached: [] },
  );
}

/** What this node has to know of the cluster to carry a request out. */
export interface ReceivingPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
}

/**
 * The plan of a request that was handed to this node, as far as it knows the ring, at least as
 * far as the sender. Throws `not_ready` where this node counts for nothing yet, `stale_epoch`
 * where it cannot catch up or knows another bucket of that name, and as `planKey` does.
 */
export async function planHandedOver(
  { self, view }: ReceivingPorts,
  {
    request,
    bucketNumber,
    epoch,
  }: Forwarded<{ readonly bucket: string; readonly key: Uint8Array }>,
  mode: BucketMode,
  deadline: number,
  trace: Trace | undefined,
): Promise<KeyPlan> {
  const knows = () => view.formed && bucketNumber < view.nextBucketNumber;
  if (!knows()) await view.until(knows, deadline);
  if (!view.counted) throw new QuorateError('not_ready', `the start of ${self} is not registered`);
  let plan = planKey(view, request.bucket, request.key, mode, trace);
  const { partition } = plan.address;
  const isAbreast = () => partitionEpoch(view.ring(), partition) >= epoch;
  if (!isAbreast()) {
    await view.until(isAbreast, deadline);
    plan = planAgain(view, plan);
  }
  const known = plan.address;
  if (known.bucketNumber !== bucketNumber || known.epoch < epoch) throw knownOtherwise(self, plan);
  return plan;
}

/** The refusal of a request that is none of this node's: its sender is to plan again, or to ask another. */
export function notForThisNode(self: NodeId, plan: KeyPlan, epoch: number): QuorateError {
  if (plan.address.epoch > epoch) return knownOtherwise(self, plan);
  return new QuorateError('not_a_replica', `${self} does not keep this key`);
}

function knownOtherwise(self: NodeId, { address }: KeyPlan): QuorateError {
  const detail = `${self} knows the bucket or the partition otherwise`;
  return new QuorateError('stale_epoch', detail, { epoch: address.epoch });
}
