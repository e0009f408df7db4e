/**
 * Sets that grow: every acknowledged element is in what is read at the end, at every node. Where
 * quorums are strict, it is also in every read that began after the acknowledgement.
 */

import type { GetAnswer } from '../../src/client/answers.ts';
import { textsOf, versionOf } from './values-found.ts';
import {
  ALONE,
  type ClientWorld,
  type Place,
  quorumOf,
  RecordingClient,
  TIMEOUT_MS,
  type Way,
  type Workload,
  type WorkloadClient,
  wayAtEnd,
  wayTo,
} from './workload.ts';

const SET = { name: 'set', keys: 4, keyMs: 10_000 } as const;
/** Puts of an element alone, beside what is there. */
const BLIND_CHANCE = 0.1;

export const setWorkloads: readonly Workload[] = [
  {
    ...SET,
    mode: 'dynamo, sloppy=false',
    bucket: 'set-strict',
    settings: { mode: 'dynamo' },
    checks: ['contents', 'convergence'],
    client: (world) => new SiblingSetClient(world, false),
  },
  {
    ...SET,
    mode: 'dynamo, sloppy=true',
    bucket: 'set-sloppy',
    settings: { mode: 'dynamo' },
    checks: ['contents', 'convergence'],
    client: (world) => new SiblingSetClient(world, true),
  },
  {
    ...SET,
    mode: 'paxos, If-Match',
    bucket: 'set-paxos',
    settings: { mode: 'paxos' },
    checks: ['linearizable', 'contents', 'convergence'],
    keyMs: 5_000,
    client: (world) => new VersionedSetClient(world),
  },
];

/** The set is the union of all siblings; whoever adds puts down all that it has seen. */
class SiblingSetClient extends RecordingClient implements WorkloadClient {
  readonly #sloppy: boolean;

  constructor(world: ClientWorld, sloppy: boolean) {
    super(world);
    this.#sloppy = sloppy;
  }

  async step(key: string): Promise<void> {
    if (this.world.random.chance(BLIND_CHANCE)) return this.#add(key, [], undefined);
    const { bucket, process } = this.world;
    const { where, access } = this.somebody();
    const found = await this.ask(
      { process, key, op: 'read', ...where, quorum: this.#quorum },
      () => access.get(bucket, key, this.#options),
      (answer) => ({ output: { values: unionOf(answer) } }),
    );
    if (found !== undefined) await this.#add(key, unionOf(found), found.context);
  }

  /** Replicas were compared: there is nothing that could still come. */
  async settle(): Promise<boolean> {
    return true;
  }

  async readAtEnd(key: string, place: Place): Promise<boolean> {
    const { bucket, process } = this.world;
    const { where, access } = wayAtEnd(place);
    const found = await this.ask(
      { process, key, op: 'read', ...where, quorum: quorumOf(1, true) },
      () => access.get(bucket, key, ALONE),
      (answer) => ({ output: { values: unionOf(answer) } }),
    );
    return found !== undefined;
  }

  async #add(key: string, seen: readonly string[], context: string | undefined): Promise<void> {
    const { bucket, process } = this.world;
    const { where, access } = this.somebody();
    const value = this.freshValue();
    const options = { ...this.#options, context };
    await this.ask(
      { process, key, op: 'add', value, ...where, quorum: this.#quorum },
      () => access.put(bucket, key, textOf([...seen, value]), options),
      () => ({}),
    );
  }

  get #options() {
    return { sloppy: this.#sloppy, timeout: TIMEOUT_MS };
  }

  get #quorum() {
    return quorumOf(2, !this.#sloppy);
  }
}

/** The set is one value, which is replaced where nobody else has replaced it meanwhile. */
class VersionedSetClient extends RecordingClient implements WorkloadClient {
  async step(key: string): Promise<void> {
    await this.#add(key, this.somebody(), this.somebody());
  }

  /** What reached too few is behind a write that came after it, and did not. */
  async settle(key: string, place: Place): Promise<boolean> {
    return (await this.#add(key, wayTo(place), wayTo(place))) !== undefined;
  }

  async readAtEnd(key: string, place: Place): Promise<boolean> {
    return (await this.#read(key, wayAtEnd(place))) !== undefined;
  }

  async #add(key: string, reading: Way, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    const found = await this.#read(key, reading);
    if (found === undefined) return undefined;
    const value = this.freshValue();
    const version = found.values.length === 0 ? undefined : versionOf(found);
    const condition = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
    return this.ask(
      { process, key, op: 'add', value, ...where },
      () =>
        access.put(bucket, key, textOf([...elementsOf(found), value]), {
          ...condition,
          once: true,
          timeout: TIMEOUT_MS,
        }),
      () => ({}),
    );
  }

  #read(key: string, way: Way): Promise<GetAnswer | undefined> {
    const { bucket, process } = this.world;
    const { where, access } = way;
    return this.ask(
      { process, key, op: 'read', ...where },
      () => access.get(bucket, key, { timeout: TIMEOUT_MS }),
      (answer) => ({ output: { values: elementsOf(answer) } }),
    );
  }
}

function elementsOf(answer: GetAnswer): readonly string[] {
  return textsOf(answer).flatMap((text) => text.split(' '));
}

/** Siblings have many of them in common. */
function unionOf(answer: GetAnswer): readonly string[] {
  return [...new Set(elementsOf(answer))];
}

function textOf(elements: readonly string[]): string {
  return elements.join(' ');
}
