/**
 * A client of dynamo buckets: it reads, writes and deletes with what it has seen, or without,
 * and adds to sets by reading, merging and writing.
 */

import { decodeContext } from '../../../src/causality/context-codec.ts';
import { clockTexts, dotText } from '../../../src/causality/dot-text.ts';
import type { Failed } from '../../../src/checkers/heard-error.ts';
import type { Output, Quorum } from '../../../src/checkers/history.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { hash64 } from '../../../src/kernel/hash.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorumReport, ReadResult, WriteResult } from '../../../src/node/index.ts';
import { keyHash, partitionOfHash } from '../../../src/ring/key-hash.ts';
import { majority } from '../../../src/ring/levels.ts';
import { replicasOf } from '../../../src/ring/ring.ts';
import type { TestCluster } from '../harness.ts';
import { judgeQuorum } from '../quorum-judge.ts';
import type { Heard, Recording } from './recording.ts';
import type { BucketPlan, PlannedOperation, ReadLevels, WriteLevels } from './scenario.ts';
import { SeenKeys } from './seen-keys.ts';

export interface PlainKeysWorld {
  readonly cluster: TestCluster;
  readonly recording: Recording;
  /** By name. */
  readonly buckets: ReadonlyMap<string, BucketPlan>;
  /** Replicas that keys of the bucket have. */
  readonly replicasOf: (bucket: BucketPlan) => number;
  /** Lists of replicas change, so that those counted are of one list or the other. */
  readonly ringChanges: boolean;
}

/** Of simulated clusters, which seal with a plain hash. */
const CLUSTER = 0x51b1n;
/** Under the key of a set with this behind it, what was done to its elements is recorded. */
const ELEMENTS = ' elements';

interface Found {
  readonly values: readonly string[];
  /** Who was counted. */
  readonly reached: readonly NodeId[];
}

export interface PlainPlace {
  readonly at: NodeId;
  readonly bucket: BucketPlan;
  readonly key: string;
  readonly timeoutMs: number;
}

export class PlainKeysClient {
  readonly #world: PlainKeysWorld;
  readonly #process: number;
  readonly #seen = new SeenKeys();

  constructor(process: number, world: PlainKeysWorld) {
    this.#process = process;
    this.#world = world;
  }

  /** Whether it was answered. */
  async perform(operation: PlannedOperation, at: NodeId): Promise<boolean> {
    const { id, key, timeoutMs, deed } = operation;
    const bucket = this.#world.buckets.get(operation.bucket) as BucketPlan;
    const place = { at, bucket, key, timeoutMs };
    switch (deed.type) {
      case 'read':
        return (await this.read(place, deed, deed.joins)) !== undefined;
      case 'write':
        return (await this.#change(place, `${id}`, deed, deed.joins)) === undefined;
      case 'delete':
        return this.#delete(place, deed);
      case 'add':
        return this.add(place, `${id}`, deed.read, deed.write);
      default:
        throw new Error(`no ${deed.type} in a bucket of mode dynamo`);
    }
  }

  /** Undefined where there was no answer. */
  async read(
    place: PlainPlace,
    levels: ReadLevels,
    joins = false,
    final = false,
  ): Promise<Found | undefined> {
    const { at, key, bucket, timeoutMs } = place;
    const { cluster, recording } = this.#world;
    const isBlocking = levels.readRepair === 'blocking';
    const quorum = {
      ...this.#quorum(bucket, Math.max(levels.r, levels.pr), levels.sloppy),
      ...(isBlocking && { blocking: true as const }),
    };
    const ask = async () => {
      const options = { ...levels, bucket: bucket.name, timeoutMs, ...this.#seen.session(bucket) };
      const answer = await cluster.get(at, key, options);
      const values = valuesOf(answer);
      this.#seen.hearRead(place, values, answer, joins);
      const counted = this.#counted(place, quorum, answer.quorum, levels.pr);
      const found = { values, reached: answer.quorum.reached };
      return { result: found, output: shownBy(answer), told: { quorum: counted } };
    };
    const isFinal = final && { final: true as const };
    return recording.note(
      this.#process,
      { ...this.#about(place), op: 'read', quorum, ...isFinal },
      () => this.#hear(place, 'read', ask),
    );
  }

  /** As somebody who has seen what was read last. */
  async write(place: PlainPlace, value: string, levels: WriteLevels): Promise<boolean> {
    return (await this.#change(place, value, { ...levels, aware: true })) === undefined;
  }

  /** Not of what it has not seen, where the key is not for that. */
  async #delete(
    place: PlainPlace,
    levels: WriteLevels & { readonly aware: boolean },
  ): Promise<boolean> {
    const hasSeen = this.#seen.of(place).contexts.length > 0;
    if (levels.aware && !hasSeen && place.bucket.guarantee === undefined) return true;
    return (await this.#change(place, undefined, levels)) === undefined;
  }

  /** To a set. */
  async add(
    place: PlainPlace,
    element: string,
    read: ReadLevels,
    write: WriteLevels,
  ): Promise<boolean> {
    const { recording } = this.#world;
    const found = await this.read(place, read);
    if (found === undefined) return false;
    const elements = [...new Set([...found.values.flatMap(elementsOf), element])];
    const about = { at: place.at, key: `${this.#about(place).key}${ELEMENTS}` };
    const added = await recording.note(
      this.#process,
      { ...about, op: 'add', value: element },
      async () => {
        const value = `${element}|${elements}`;
        const failure = await this.#change(place, value, { ...write, aware: true });
        return failure ?? { result: true, output: {} };
      },
    );
    return added === true;
  }

  /** The elements that a read of everything found, as a read of the set. */
  noteElements(place: PlainPlace, found: readonly string[]): Promise<unknown> {
    const { recording } = this.#world;
    const key = `${this.#about(place).key}${ELEMENTS}`;
    const values = [...new Set(found.flatMap(elementsOf))];
    return recording.note(
      this.#process,
      { at: place.at, key, op: 'read', final: true },
      async () => ({ result: true, output: { values } }),
    );
  }

  /** A put, or a delete where there is no value. Undefined where it was answered. */
  async #change(
    place: PlainPlace,
    value: string | undefined,
    { w, pw, sloppy, aware }: WriteLevels & { readonly aware: boolean },
    joins = false,
  ): Promise<Failed | undefined> {
    const { at, bucket, key, timeoutMs } = place;
    const { cluster, recording } = this.#world;
    // In a session what was seen goes along whether the writer wants it or not.
    const goesAlong = aware || bucket.guarantee !== undefined;
    const seen = goesAlong ? this.#seen.of(place) : { contexts: [], values: [] };
    const quorum = this.#quorum(bucket, Math.max(w, pw), sloppy);
    const known = bucket.guarantee === undefined ? seen.contexts : seen.values;
    const isBlind = value === undefined && known.length === 0;
    const options = {
      bucket: bucket.name,
      contexts: seen.contexts,
      ...{ w: Math.max(w, pw), pw, sloppy, timeoutMs },
      ...(isBlind && { r: majority(quorum.n) }),
      ...this.#seen.session(bucket),
    };
    const ask = async () => {
      const answer = await (value === undefined
        ? cluster.delete(at, key, options)
        : cluster.put(at, key, value, options));
      this.#seen.hearWrite(place, value, seen, answer, joins);
      const counted = this.#counted(place, quorum, answer.quorum, pw);
      const { dot, clock } = this.#told(place, answer);
      // In a session it may have carried something after all: that there was nothing.
      const inSession = bucket.guarantee === undefined ? {} : { replaces: { clock } };
      const told = isBlind ? inSession : { replaces: { clock, values: seen.values } };
      return { result: true, output: { dot }, told: { quorum: counted, ...told } };
    };
    const replaces = isBlind ? {} : { replaces: { values: seen.values } };
    const what = value === undefined ? { op: 'delete' as const } : { op: 'write' as const, value };
    let failure: Failed | undefined;
    await recording.note(
      this.#process,
      { ...this.#about(place), ...what, ...replaces, quorum },
      async () => {
        const heard = await this.#hear(place, what.op, ask);
        if ('outcome' in heard) failure = heard;
        return heard;
      },
    );
    return failure;
  }

  async #hear<Result>(
    { at }: PlainPlace,
    what: string,
    ask: () => Promise<Heard<Result>>,
  ): Promise<Heard<Result>> {
    try {
      return await ask();
    } catch (error) {
      if (what === 'delete' && error instanceof QuorateError && error.code === 'not_found') {
        return { result: 'nothing' as Result, output: { applied: false } };
      }
      return this.#world.recording.failure(error, at, what);
    }
  }

  #about({ at, bucket, key }: PlainPlace) {
    const session = bucket.guarantee && { session: `s${this.#process}` };
    return { at, key: `${bucket.name}/${key}`, ...session };
  }

  #quorum(bucket: BucketPlan, needed: number, sloppy: boolean): Quorum {
    const n = this.#world.replicasOf(bucket);
    const { nodeIds } = this.#world.cluster;
    return { n, needed, strict: !sloppy || nodeIds.length <= n };
  }

  /** Who was counted; there must be as many as were asked for. */
  #counted(place: PlainPlace, asked: Quorum, report: QuorumReport, ofPrimaries: number): Quorum {
    const { needed, strict } = asked;
    const { reached, standIns } = report;
    if (this.#world.ringChanges) {
      const fallbacks = reached.filter((node) => Object.hasOwn(standIns, node)).length;
      return { ...asked, primaries: Math.max(0, needed - fallbacks), fallbacks, reached };
    }
    const { fault } = judgeQuorum(report, { needed, ofPrimaries, sloppy: !strict });
    if (fault !== undefined) this.#world.recording.surprises.push(`quorum: ${fault}`);
    // Where a session asked everybody, not every fallback stood in for somebody.
    const replicas = this.#replicasOf(place);
    const primaries = reached.filter((node) => replicas.includes(node)).length;
    return { ...asked, primaries, fallbacks: reached.length - primaries, reached };
  }

  /** Precondition: nothing moves. */
  #replicasOf({ at, bucket, key }: PlainPlace): readonly NodeId[] {
    const ring = this.#world.cluster.inspect(at, (node) => node.ring());
    const partition = partitionOfHash(keyHash(bucket.name, utf8(key)), ring.partitionCount);
    return replicasOf(ring, partition, bucket.n);
  }

  /** Its own dot, and the clock of what it replaced. */
  #told({ at, bucket, key }: PlainPlace, { context }: WriteResult) {
    const number = this.#world.cluster.inspect(at, (node) => node.bucket(bucket.name)?.number);
    const scope = {
      cluster: CLUSTER,
      keyHash: keyHash(bucket.name, utf8(key)) ^ BigInt(number ?? 0),
      seal: hash64,
    };
    const { clock, dots } = decodeContext(context, scope);
    const [dot] = dots;
    if (dot === undefined) throw new Error('the context of a write names it');
    return { dot: dotText(dot), clock: clockTexts(clock) };
  }
}

function shownBy({ object }: ReadResult): Output {
  const siblings = object.siblings.map(({ dot, value }) => ({
    dot: dotText(dot),
    value: Buffer.from(value).toString(),
  }));
  return { siblings, clock: clockTexts(object.clock) };
}

function valuesOf({ object }: Pick<ReadResult, 'object'>): readonly string[] {
  return object.siblings.map(({ value }) => Buffer.from(value).toString()).sort();
}

/** Of a value of a set: its own name, and all its elements. */
function elementsOf(value: string): readonly string[] {
  return value.slice(value.indexOf('|') + 1).split(',');
}
