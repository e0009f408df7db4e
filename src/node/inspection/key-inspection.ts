/**
 * Where a key lives, and what each node alone holds of it: for operators who ask why a read
 * showed what it showed.
 *
 * All nodes that may have something of the key are asked at once, by a message of its own
 * (key-holder.ts), and none of the answers counts: nobody is repaired, no bucket is created, and
 * a node that does not answer in time is told of as silent.
 */

import type { SiblingObject } from '../../causality/sibling-object.ts';
import { QuorateError, TransportError } from '../../kernel/errors.ts';
import { checkKey, type NodeId } from '../../kernel/names.ts';
import { type Ballot, ballotOfList, isZero } from '../../paxos/ballot.ts';
import {
  isProvenChosen,
  type RegisterPlan,
  registerPlan,
  type Vote,
} from '../../paxos/register-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Liveness } from '../../ports/liveness.ts';
import type { Transport } from '../../ports/transport.ts';
import type { Bucket, ClusterView } from '../../ring/cluster-view.ts';
import { keyHash } from '../../ring/key-hash.ts';
import type { Move } from '../../ring/move.ts';
import { bucketOfMode, planKey } from '../../routing/key-plan.ts';
import type { RequestLedger } from '../request-ledger.ts';
import { type Compared, compareAll, type Held, knownTogether } from './comparison.ts';
import { type HeldKey, INSPECT_KEY, type InspectRequest } from './held-key.ts';
import type { KeyHolder } from './key-holder.ts';
import { type Place, placesOfKey, placesOfValue } from './key-places.ts';

type Answer =
  | { readonly outcome: 'told'; readonly held: HeldKey }
  | { readonly outcome: 'silent'; readonly error: TransportError }
  | { readonly outcome: 'refused'; readonly error: QuorateError };

/** A node that was asked, and what it told. */
export interface InspectedNode extends Place {
  /** As it seemed when it was asked. */
  readonly reachable: boolean;
  readonly tookMs: number;
  readonly answer: Answer;
  /** Undefined: it told nothing. */
  readonly compared: Compared | undefined;
}

export interface InspectedKey {
  readonly bucket: Bucket;
  readonly key: Uint8Array;
  readonly hash: bigint;
  /** Undefined in a raft bucket, whose values every member has. */
  readonly place: KeyPlace | undefined;
  /** In the order in which they are tried. */
  readonly nodes: readonly InspectedNode[];
  /** In a dynamo bucket: what all that was told of says together, without contents. */
  readonly known: SiblingObject | undefined;
  /** In a paxos bucket: under which what the answers prove to be the present state was accepted. */
  readonly chosen: Ballot | undefined;
}

export interface KeyPlace {
  readonly partition: number;
  readonly epoch: number;
  readonly replicas: readonly NodeId[];
  readonly fallbacks: readonly NodeId[];
  readonly move: Move | undefined;
}

export interface KeyInspectionPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly transport: Pick<Transport, 'call'>;
  readonly liveness: Pick<Liveness, 'reachable'>;
  readonly requests: RequestLedger;
  readonly holder: Pick<KeyHolder, 'tell'>;
  /** Of the metadata group. */
  readonly voters: () => readonly NodeId[];
}

/** What is known before anybody is asked. */
interface Asked {
  readonly bucket: Bucket;
  readonly request: InspectRequest;
  readonly places: readonly Place[];
  readonly place: KeyPlace | undefined;
  /** In a paxos bucket. */
  readonly registerPlan: RegisterPlan | undefined;
}

export class KeyInspection {
  readonly #ports: KeyInspectionPorts;

  constructor(ports: KeyInspectionPorts) {
    this.#ports = ports;
  }

  /**
   * Takes no longer than it may: who has not answered by then is silent. Throws `no_such_bucket`
   * and others where there is no way to the key.
   * @param values of at most a few kilobytes are to be told too
   */
  inspect(
    bucketName: string,
    key: Uint8Array,
    values: boolean,
    timeoutMs: number,
  ): Promise<InspectedKey> {
    return this.#ports.requests.run('list', timeoutMs, async (deadline) => {
      const asked = this.#plan(bucketName, key, values);
      const { bucket, request, places, place } = asked;
      const answers = await Promise.all(places.map((each) => this.#ask(each, request, deadline)));
      const held = answers.flatMap(heldIn);
      const compared = compareAll(held);
      return {
        bucket,
        key,
        hash: keyHash(bucketName, key),
        place,
        nodes: answers.map((one) => ({ ...one, compared: compared.get(one.node) })),
        known: bucket.mode === 'dynamo' ? knownTogether(held) : undefined,
        chosen: asked.registerPlan && chosenOf(asked.registerPlan, held),
      };
    });
  }

  /** In one turn: of one ring. */
  #plan(bucketName: string, key: Uint8Array, values: boolean): Asked {
    const { view, voters } = this.#ports;
    const { mode = 'dynamo' } = view.bucket(bucketName) ?? {};
    if (mode === 'raft') {
      checkKey(key);
      const bucket = bucketOfMode(view, bucketName, mode);
      const request = { partition: 0, bucketNumber: bucket.number, key, mode, values };
      const places = placesOfValue(view.members(), voters());
      return { bucket, request, places, place: undefined, registerPlan: undefined };
    }
    const plan = planKey(view, bucketName, key, mode);
    const { bucket, address, replicas, fallbacks } = plan;
    const { partition, bucketNumber, epoch } = address;
    const ring = view.ring();
    const move = ring.moves.get(partition);
    return {
      bucket,
      request: { partition, bucketNumber, key, mode, values },
      places: placesOfKey(ring, plan),
      place: { partition, epoch, replicas, fallbacks, move },
      registerPlan: mode === 'paxos' ? registerPlan(view, plan) : undefined,
    };
  }

  async #ask(place: Place, request: InspectRequest, deadline: number) {
    const { clock, liveness } = this.#ports;
    const reachable = liveness.reachable(place.node);
    const askedAt = clock.now();
    const answer = await this.#answerOf(place.node, request, deadline);
    return { ...place, reachable, tookMs: clock.now() - askedAt, answer };
  }

  async #answerOf(node: NodeId, request: InspectRequest, deadline: number): Promise<Answer> {
    const { self, transport } = this.#ports;
    try {
      const held = await (node === self
        ? this.#tellItself(request, deadline)
        : transport.call(node, INSPECT_KEY, request, { deadline }));
      return { outcome: 'told', held };
    } catch (error) {
      if (error instanceof TransportError) return { outcome: 'silent', error };
      if (error instanceof QuorateError) return { outcome: 'refused', error };
      throw error;
    }
  }

  /** The own disk may be as slow as any other. */
  #tellItself(request: InspectRequest, deadline: number): Promise<HeldKey> {
    const { self, clock, holder } = this.#ports;
    return new Promise((resolve, reject) => {
      const late = () => reject(new TransportError('timeout', `the disk of ${self} is late`));
      const timer = clock.setTimer(deadline - clock.now(), late);
      holder
        .tell(request)
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }
}

function heldIn({ node, role, answer }: Omit<InspectedNode, 'compared'>): readonly Held[] {
  return answer.outcome === 'told' ? [{ node, role, held: answer.held }] : [];
}

/** Undefined: nothing was written, or it is not known to be chosen, or to be the latest. */
function chosenOf(plan: RegisterPlan, all: readonly Held[]): Ballot | undefined {
  const { epoch } = plan.address;
  // As of acceptors that are asked for a client: nothing told under another epoch proves anything.
  const votes = all.filter(({ held }) => held.counted && held.epoch === epoch).flatMap(voteOf);
  const ballots = votes.map(({ accepted }) => accepted);
  return ballots.find((ballot) => !isZero(ballot) && isProvenChosen(ballot, votes, plan));
}

function voteOf({ node, held }: Held): readonly Vote[] {
  const { holding } = held;
  if (holding.mode !== 'paxos' || holding.register === null || holding.register === 'damaged') {
    return [];
  }
  const { accepted, copied } = holding.register;
  return [{ node, accepted: ballotOfList(accepted), copied }];
}
