/**
 * A client of linearizable buckets, `paxos` and `raft` alike: it reads, writes and deletes under
 * conditions, counts and appends, and asks again under the id of a request for what is in doubt.
 */

import type { Failed } from '../../../src/checkers/heard-error.ts';
import type { Output, Version } from '../../../src/checkers/history.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Bucket, PaxosChange, QuorateNode } from '../../../src/node/index.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import type { TestCluster } from '../harness.ts';
import type { Asked, Heard, Recording } from './recording.ts';
import type { BucketPlan, ConditionPlan, PlannedOperation } from './scenario.ts';

export interface RegisterKeysWorld {
  readonly seed: number;
  readonly cluster: TestCluster;
  readonly recording: Recording;
  readonly buckets: ReadonlyMap<string, BucketPlan>;
  /** Another node, for who asks again. */
  readonly otherNode: (operation: PlannedOperation, attempt: number) => NodeId;
  /** What was in doubt was answered when it was asked for again. */
  readonly onResolved: () => void;
}

interface Place {
  readonly bucket: BucketPlan;
  readonly key: string;
  readonly timeoutMs: number;
}

/** What came of an answer. */
interface Told {
  readonly value?: string | null;
  readonly version?: Version | null;
  readonly applied?: false;
}

type Change =
  | { readonly type: 'put'; readonly value: string }
  | { readonly type: 'delete' }
  | { readonly type: 'increment' }
  | { readonly type: 'append'; readonly text: string };

type VersionCondition = { readonly ifVersion: Version } | { readonly ifAbsent: true } | undefined;

const NO_CHANGE = new Set(['condition_failed', 'not_found']);
const PAUSE_MS = 20;

export class RegisterKeysClient {
  readonly #world: RegisterKeysWorld;
  readonly #process: number;
  readonly #clock: SimClock;
  /** By key: versions that this client heard of. */
  readonly #heard = new Map<string, Version[]>();

  constructor(process: number, world: RegisterKeysWorld) {
    this.#process = process;
    this.#world = world;
    this.#clock = new SimClock(world.cluster.simulation);
  }

  /** Whether it was answered. */
  async perform(operation: PlannedOperation, at: NodeId): Promise<boolean> {
    const { id, key, timeoutMs, deed } = operation;
    const bucket = this.#world.buckets.get(operation.bucket) as BucketPlan;
    const place = { bucket, key, timeoutMs };
    switch (deed.type) {
      case 'get':
        return this.read(place, at);
      case 'put': {
        const condition = this.#condition(place, deed.condition);
        return this.#named(operation, at, place, { type: 'put', value: `${id}` }, condition);
      }
      case 'remove': {
        const condition = this.#condition(place, deed.condition);
        return this.#named(operation, at, place, { type: 'delete' }, condition);
      }
      case 'increment':
        return this.#named(operation, at, place, { type: 'increment' }, undefined);
      case 'append':
        return this.#named(operation, at, place, { type: 'append', text: `.${id}` }, undefined);
      default:
        throw new Error(`no ${deed.type} in a bucket of mode ${bucket.mode}`);
    }
  }

  async read(place: Place, at: NodeId, final = false): Promise<boolean> {
    const asked = {
      ...this.#about(place, at),
      op: 'read' as const,
      ...(final && { final: true as const }),
    };
    return this.#note(place, asked, () =>
      this.#askOnce(place, at, (node, bucket) => read(node, bucket, place)),
    );
  }

  /** Once, without an id: as the round after the faults writes. */
  async write(place: Place, at: NodeId, value: string): Promise<boolean> {
    const change = changeFor(roleOf(place), value);
    const asked = askedOf(this.#about(place, at), change, undefined);
    return this.#note(place, asked, () => this.#change(place, at, change, undefined, undefined));
  }

  #named(
    operation: PlannedOperation,
    at: NodeId,
    place: Place,
    change: Change,
    condition: VersionCondition,
  ): Promise<boolean> {
    const { cluster, otherNode, onResolved, seed } = this.#world;
    const attempts = 'attempts' in operation.deed ? operation.deed.attempts : 1;
    const random = new SeededRandom(seed * 1_000 + operation.id);
    const id = attempts > 1 ? mintRequestId(this.#clock, random) : undefined;
    const asked = askedOf(this.#about(place, at), change, condition);
    return this.#note(place, asked, async () => {
      let heard = await this.#change(place, at, change, condition, id);
      let doubt = doubtOf(heard);
      for (let attempt = 1; attempt < attempts && 'outcome' in heard; attempt++) {
        await cluster.pause(PAUSE_MS * attempt);
        heard = await this.#change(place, otherNode(operation, attempt), change, condition, id);
        if (!('outcome' in heard) && doubt !== undefined) onResolved();
        doubt ??= doubtOf(heard);
      }
      return 'outcome' in heard ? (doubt ?? heard) : heard;
    });
  }

  async #note(place: Place, asked: Asked, ask: () => Promise<Heard<Told>>): Promise<boolean> {
    const told = await this.#world.recording.note(this.#process, asked, ask);
    if (told?.version != null) {
      const name = nameOf(place);
      this.#heard.set(name, [...(this.#heard.get(name) ?? []), told.version]);
    }
    return told !== undefined;
  }

  #change(
    place: Place,
    at: NodeId,
    change: Change,
    condition: VersionCondition,
    requestId: Uint8Array | undefined,
  ): Promise<Heard<Told>> {
    return this.#askOnce(place, at, (node, bucket) => {
      const carryOut = bucket.mode === 'paxos' ? changePaxos : changeRaft;
      return carryOut(node, bucket, place, change, condition, requestId);
    });
  }

  async #askOnce(
    place: Place,
    at: NodeId,
    work: (node: QuorateNode, bucket: Bucket) => Promise<Told>,
  ): Promise<Heard<Told>> {
    const { cluster, recording } = this.#world;
    try {
      const told = await cluster.request(at, async (node) => {
        const bucket = node.bucket(place.bucket.name);
        if (bucket !== undefined) return work(node, bucket);
        throw new QuorateError('not_ready', `${at} has yet to hear of ${place.bucket.name}`);
      });
      return { result: told, output: outputOf(told, roleOf(place)) };
    } catch (error) {
      if (!(error instanceof QuorateError) || !NO_CHANGE.has(error.code)) {
        return recording.failure(error, at, nameOf(place));
      }
      const { version, revision } = error.facts;
      const told = { applied: false as const, version: version ?? revision ?? null };
      return { result: told, output: told };
    }
  }

  #about(place: Place, at: NodeId) {
    return { at, key: nameOf(place) };
  }

  #condition(place: Place, plan: ConditionPlan): VersionCondition {
    if (plan === 'absent') return { ifAbsent: true };
    const heard = this.#heard.get(nameOf(place)) ?? [];
    const version = plan === 'latest' ? heard.at(-1) : heard[0];
    return plan === 'none' || version === undefined ? undefined : { ifVersion: version };
  }
}

function doubtOf(heard: Heard<Told>): Failed | undefined {
  return 'outcome' in heard && heard.outcome === 'unknown' ? heard : undefined;
}

function nameOf({ bucket, key }: Place): string {
  return `${bucket.name}/${key}`;
}

function roleOf({ bucket, key }: Place): string {
  return bucket.keys.find((plan) => plan.key === key)?.role ?? 'register';
}

function changeFor(role: string, value: string): Change {
  if (role === 'counter') return { type: 'increment' };
  return role === 'log' ? { type: 'append', text: `.${value}` } : { type: 'put', value };
}

function askedOf(
  about: { readonly at: NodeId; readonly key: string },
  change: Change,
  condition: VersionCondition,
): Asked {
  switch (change.type) {
    case 'put':
      return { ...about, op: 'write', value: change.value, ...condition };
    case 'delete':
      return { ...about, op: 'delete', ...condition };
    case 'increment':
      return { ...about, op: 'increment', by: 1 };
    case 'append':
      return { ...about, op: 'append', value: change.text };
  }
}

/** Counters and logs are checked without versions: they are only ever changed in place. */
function outputOf({ value, version, applied }: Told, role: string): Output {
  const told = {
    ...(value !== undefined && {
      value: role === 'counter' && value !== null ? Number(value) : value,
    }),
    ...(applied === false && { applied }),
  };
  return role === 'register' && version !== undefined ? { ...told, version } : told;
}

async function read(node: QuorateNode, bucket: Bucket, { key, timeoutMs }: Place): Promise<Told> {
  if (bucket.mode === 'paxos') {
    const { content, version } = await node.paxosBuckets.get(bucket, utf8(key), timeoutMs);
    return content === undefined
      ? { value: null, version: null }
      : { value: textOf(content.value), version: version ?? null };
  }
  const found = await node.raftBuckets.get(bucket, utf8(key), timeoutMs);
  if (found === undefined) return { value: null, version: null };
  return { value: textOf(found.value), version: found.revision };
}

async function changePaxos(
  node: QuorateNode,
  bucket: Bucket,
  { key, timeoutMs }: Place,
  change: Change,
  condition: VersionCondition,
  requestId: Uint8Array | undefined,
): Promise<Told> {
  const created = { contentType: 'text/plain', ttlMs: undefined };
  const changes = {
    put: { ...created, meta: [], value: utf8('value' in change ? change.value : '') },
    delete: {},
    increment: { by: 1, ttlMs: undefined },
    append: { ...created, bytes: utf8('text' in change ? change.text : '') },
  };
  const asked = {
    type: change.type,
    ...changes[change.type],
    ...conditioned(condition),
    requestId,
  };
  const answer = await node.paxosBuckets.change(bucket, utf8(key), asked as PaxosChange, timeoutMs);
  const { version, result } = answer;
  // A deletion's version is not one of a value.
  return { version, ...(result !== undefined && { value: `${result}` }) };
}

async function changeRaft(
  node: QuorateNode,
  bucket: Bucket,
  { key, timeoutMs }: Place,
  change: Change,
  condition: VersionCondition,
  requestId: Uint8Array | undefined,
): Promise<Told> {
  const { raftBuckets } = node;
  const asked = { ...(conditioned(condition) as { condition: 'none' }), requestId };
  const bytes = utf8(key);
  switch (change.type) {
    case 'put': {
      const content = { value: utf8(change.value), contentType: 'text/plain', meta: [] };
      const put = { ...content, ...asked, lease: undefined };
      const { revision } = await raftBuckets.put(bucket, bytes, put, timeoutMs);
      return { version: revision ?? null };
    }
    case 'delete': {
      const { revision } = await raftBuckets.delete(bucket, bytes, asked, timeoutMs);
      return revision === undefined ? { applied: false, version: null } : { version: revision };
    }
    case 'increment': {
      const update = { update: { type: 'increment' as const, by: 1 }, ...asked };
      const { result } = await raftBuckets.update(bucket, bytes, update, timeoutMs);
      return { value: `${result}` };
    }
    case 'append': {
      const text = { bytes: utf8(change.text), contentType: 'text/plain' };
      const update = { update: { type: 'append' as const, ...text }, ...asked };
      await raftBuckets.update(bucket, bytes, update, timeoutMs);
      return {};
    }
  }
}

function conditioned(condition: VersionCondition) {
  if (condition === undefined) return { condition: 'none' as const };
  if ('ifAbsent' in condition) return { condition: { ifNoneMatch: 'any' as const } };
  return { condition: { ifMatch: [condition.ifVersion] } };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
