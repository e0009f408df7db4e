/**
 * Gets an object that the directory of a dead node holds, or a backup, to all nodes that writes of its key ask
 * (protocols.md, sections 5 and 8): by the ordinary way, which merges, and under the reap number
 * that the directory knew, so that state from before a round of reaping is refused by whoever
 * knows of the round. Nothing is kept for those that cannot be reached: the whole is offered again.
 *
 * It has arrived when each of them said so in one and the same epoch of the partition, as with a
 * write of which all acknowledge; under a later one it is planned again. Who is dead for good
 * need not have it, though it is in a list that is being left; but of every list somebody must,
 * since a list of the dead alone may be gone back to and would forget it.
 */

import { decodeObject } from '../causality/object-codec.ts';
import {
  merge,
  type SiblingObject,
  sameVersion,
  versionDigest,
} from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { refusedOffer } from '../kernel/offer.ts';
import type { SalvagedObject, SalvageOutcome } from '../kernel/salvage-batch.ts';
import { FETCH_OBJECT, type FetchedVersion, fetchRequest } from '../replica/messages.ts';
import { type KeyPlan, planKey } from '../routing/key-plan.ts';
import { isOutdated, planAfter } from '../routing/planning-again.ts';
import type { Environment } from './environment.ts';
import { sendObject } from './object-sending.ts';
import { isStaleReap } from './reading-again.ts';

export interface SalvageMode {
  /** Only looks who lacks it. */
  readonly dryRun: boolean;
  /**
   * The cluster never had the object before, and this node says of the partition that it holds
   * something for as long as this takes, so no round of reaping ends meanwhile: the object may go
   * under whatever number this node knows. What `offered` says of it means nothing.
   */
  readonly held: boolean;
}

interface Salvaging extends SalvageMode {
  readonly offered: SalvagedObject;
  readonly object: SiblingObject;
  readonly digest: bigint;
  /** In `clock.now()`. */
  readonly deadline: number;
}

/** What became of one node's copy. */
type Copy = 'had_it' | 'lacked_it';

export async function salvageObject(
  env: Environment,
  offered: SalvagedObject,
  mode: SalvageMode,
  deadline: number,
): Promise<SalvageOutcome> {
  try {
    const bucket = env.view.bucketNumbered(offered.bucketNumber);
    if (bucket === undefined) return { outcome: 'no_bucket' };
    const object = decoded(offered.object);
    const salvaging = { offered, object, digest: versionDigest(object), ...mode, deadline };
    let plan = planKey(env.view, bucket.name, offered.key);
    refuseMisplaced(plan, offered);
    for (;;) {
      try {
        return { outcome: await salvageBy(env, plan, salvaging) };
      } catch (error) {
        plan = await planAfter(env, plan, error, deadline);
      }
    }
  } catch (error) {
    return outcomeOf(env, error);
  }
}

async function salvageBy(
  env: Environment,
  plan: KeyPlan,
  salvaging: Salvaging,
): Promise<'merged' | 'present'> {
  const living = new Set(env.view.members());
  for (const list of plan.writeLists) {
    if (list.some((node) => living.has(node))) continue;
    throw new QuorateError(
      'partition_moving',
      `partition ${plan.address.partition} has yet to get nodes in the place of those that died`,
    );
  }
  const nodes = plan.written.filter((node) => living.has(node));
  const settled = await Promise.allSettled(
    nodes.map((node) => salvageTo(env, plan, node, salvaging)),
  );
  const copies = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = settled.flatMap((one, i) =>
    one.status === 'rejected' ? [{ node: nodes[i] as NodeId, error: one.reason as unknown }] : [],
  );
  if (failed.length > 0) throw foremost(env, plan, failed);
  return copies.every((copy) => copy === 'had_it') ? 'present' : 'merged';
}

/** Resolves when the node has it on disk, or, in a dry run, when it is known whether it does. */
async function salvageTo(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  salvaging: Salvaging,
): Promise<Copy> {
  const { offered, dryRun, held, deadline } = salvaging;
  if (!env.liveness.mayAnswer(node)) {
    throw new QuorateError('too_few_replicas', `${node} cannot be reached`);
  }
  // Who is being filled does not say what it has: it is given the object, and cannot lack it.
  const isRead = plan.replicas.includes(node) && !held;
  if (isRead && (await has(env, plan, node, salvaging))) return 'had_it';
  if (dryRun) return isRead ? 'lacked_it' : 'had_it';
  const { object: encoded } = offered;
  const heldState = () => ({ encoded, reap: env.reaps.of(plan.address.partition) });
  const sending = held
    ? { write: heldState(), readAgain: heldState }
    : { write: { encoded, reap: offered.reap }, readAgain: () => undefined };
  await sendObject(env, plan, sending, { node, place: node }, deadline);
  return isRead || held ? 'lacked_it' : 'had_it';
}

/** Whether all of the object is on the node's disk. Throws `stale_reap` where it is not and must not be. */
async function has(
  env: Environment,
  plan: KeyPlan,
  node: NodeId,
  { offered, object, digest, deadline }: Salvaging,
): Promise<boolean> {
  const { address } = plan;
  const [reap, version] =
    node === env.self
      ? await fetchHere(env, plan, digest)
      : await env.transport
          .call(node, FETCH_OBJECT, fetchRequest(address, digest), { deadline })
          .then(([adopted, , found]) => [adopted, found] as const);
  if (version === 'same') return true;
  if (version !== 'absent') {
    const known = decoded(version);
    if (sameVersion(merge(known, object), known)) return true;
  }
  if (reap <= offered.reap) return false;
  throw new QuorateError(
    'stale_reap',
    `deleted keys of partition ${address.partition} were reaped since`,
    { reap },
  );
}

/** Read in the turn in which the key was planned, and so in the epoch of the plan. */
async function fetchHere(
  { replica, reaps }: Environment,
  plan: KeyPlan,
  digest: bigint,
): Promise<readonly [reap: number, version: FetchedVersion]> {
  const reap = reaps.of(plan.address.partition);
  const version = replica.version(plan.address);
  await replica.durable(plan.address);
  if (version === undefined) return [reap, 'absent'];
  return [reap, version.digest === digest ? 'same' : version.encoded];
}

/** The failure that decides: what asks for another plan before what forbids, before all others. */
function foremost(
  env: Environment,
  plan: KeyPlan,
  failed: readonly { readonly node: NodeId; readonly error: unknown }[],
): unknown {
  for (const { node, error } of failed) env.onFailure(node, error);
  const errors = failed.map(({ error }) => error);
  return (
    errors.find((error) => isOutdated(plan, error)) ??
    errors.find((error) => isStaleReap(error)) ??
    namingNode(failed)
  );
}

/** A call that failed does not say by itself which node it was to. */
function namingNode([first]: readonly { readonly node: NodeId; readonly error: unknown }[]) {
  invariant(first !== undefined, 'nothing has failed');
  const { node, error } = first;
  if (!(error instanceof TransportError)) return error;
  return new QuorateError('too_few_replicas', `${node} did not answer: ${error.message}`);
}

function outcomeOf(env: Environment, error: unknown): SalvageOutcome {
  if (isStaleReap(error)) return { outcome: 'reaped' };
  if (!(error instanceof QuorateError)) {
    env.onFailure(env.self, error);
    const detail = 'the node failed; its log has the reason';
    return { outcome: 'refused', code: 'internal', detail, retry: false };
  }
  return error.code === 'no_such_bucket' ? { outcome: 'no_bucket' } : refusedOffer(error);
}

/** Throws `bad_request`: what fails its checksum must not be sent anywhere. */
function decoded(encoded: Uint8Array): SiblingObject {
  try {
    return decodeObject(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the object ${error.message}`);
  }
}

/** A key that is damaged is most probably one of another partition. */
function refuseMisplaced({ address }: KeyPlan, { partition }: SalvagedObject): void {
  if (address.partition === partition) return;
  throw new QuorateError(
    'bad_request',
    `the key was kept in partition ${partition} and is of ${address.partition}`,
  );
}
