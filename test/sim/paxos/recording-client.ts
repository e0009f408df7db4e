/**
 * A client that decides by chance what it does, one thing at a time, and records what it asked
 * and heard.
 *
 * Changes have request ids or not. One that has an id and whose outcome is not known is asked
 * for again, sooner or later, as is now and then one that was answered: it has to hear the same.
 */

import type { Conditions, Outcome } from '../../../src/checkers/history.ts';
import type { Recorder } from '../../../src/checkers/recorder.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { type Answer, RepeatedRequest } from '../repeated-request.ts';
import type { Change, KeyAccess, Place } from './key-access.ts';

export interface ClientWorld {
  readonly recorder: Recorder;
  /** Milliseconds since 1970, for request ids. */
  readonly wallTime: () => number;
  readonly counts: ClientCounts;
}

export const NOTHING_ASKED = {
  readsOfValues: 0,
  readsOfAbsence: 0,
  applied: 0,
  refused: 0,
  /** Of changes that certainly did not run. */
  failed: 0,
  /** Of changes when they were first asked for. */
  inDoubt: 0,
  /** Changes whose outcome was in doubt until they were asked for again. */
  doubtsResolved: 0,
  /** The same answers to what had been answered before. */
  answersRepeated: 0,
  /** Ids that were answered once and are not remembered any more. */
  forgotten: 0,
};

export type ClientCounts = typeof NOTHING_ASKED;

/** A change that was asked for under an id. */
export interface Named {
  readonly place: Place;
  readonly change: Change;
  readonly id: Uint8Array;
  readonly request: RepeatedRequest;
  /** That it was asked for. */
  readonly times: number;
}

const ID_CHANCE = 0.6;
const TTLS_MS = [50, 300, 1_000];
const REMEMBERED_MAX = 12;
/** That it asks for one thing. */
const TIMES_MAX = 6;

export class RecordingClient {
  readonly #process: number;
  readonly #world: ClientWorld;
  readonly #random: SeededRandom;
  /** By key: versions that this client heard of, most of them old by now. */
  readonly #heard = new Map<string, string[]>();
  #inDoubt: Named[] = [];
  #answered: Named[] = [];
  #values = 0;

  constructor(process: number, world: ClientWorld, random: SeededRandom) {
    this.#process = process;
    this.#world = world;
    this.#random = random;
  }

  doSomething(access: KeyAccess, place: Place): Promise<Outcome> {
    const random = this.#random;
    const doubtful = this.#inDoubt[0];
    if (doubtful !== undefined && random.chance(0.4)) return this.repeat(access, doubtful);
    if (this.#answered.length > 0 && random.chance(0.1)) {
      return this.repeat(access, random.pick(this.#answered));
    }
    if (random.chance(0.3)) return this.read(access, place);
    const change = { ...this.#someChange(), ...this.#someCondition(place) };
    return this.change(access, place, change, random.chance(ID_CHANCE));
  }

  /** All that it was left in doubt about. */
  get inDoubt(): readonly Named[] {
    return this.#inDoubt;
  }

  async read(access: KeyAccess, place: Place): Promise<Outcome> {
    const { counts } = this.#world;
    const request = this.#begin(access, place, { op: 'read' });
    const outcome = await this.#hear(request, access, () => access.read(place));
    const { answer } = request;
    if (answer !== undefined) {
      counts[answer.output.value === null ? 'readsOfAbsence' : 'readsOfValues']++;
    }
    return outcome;
  }

  async change(
    access: KeyAccess,
    place: Place,
    change: Change,
    isNamed: boolean,
  ): Promise<Outcome> {
    const { counts, wallTime } = this.#world;
    const request = this.#begin(access, place, change);
    const id = isNamed ? mintRequestId({ wallTime }, this.#random) : undefined;
    const outcome = await this.#hear(request, access, () => access.change(place, change, id));
    if (outcome === 'ok') counts[request.answer?.refusal === undefined ? 'applied' : 'refused']++;
    if (outcome === 'fail') counts.failed++;
    if (outcome === 'unknown') counts.inDoubt++;
    if (id !== undefined) this.#remember({ place, change, id, request, times: 1 }, outcome);
    return outcome;
  }

  /** Throws `RepeatError` where the answer is another one than the first. */
  async repeat(access: KeyAccess, named: Named): Promise<Outcome> {
    const { counts } = this.#world;
    const { place, change, id, request } = named;
    const wasAnswered = request.answer !== undefined;
    const outcome = await this.#hear(request, access, () => access.change(place, change, id));
    this.#inDoubt = this.#inDoubt.filter((other) => other !== named);
    if (!wasAnswered) {
      if (outcome === 'ok') counts.doubtsResolved++;
      this.#remember({ ...named, times: named.times + 1 }, outcome);
    } else if (outcome === 'ok') {
      counts.answersRepeated++;
    } else if (outcome === 'unknown') {
      counts.forgotten++;
    }
    return outcome;
  }

  #remember(named: Named, outcome: Outcome): void {
    if (outcome === 'ok') this.#answered = [...this.#answered, named].slice(-REMEMBERED_MAX);
    // What was never begun may be asked for again as well.
    else if (named.times < TIMES_MAX) this.#inDoubt.push(named);
  }

  #begin(
    { at }: KeyAccess,
    place: Place,
    input: { readonly op: 'read' } | Change,
  ): RepeatedRequest {
    const asked = { process: this.#process, key: nameOf(place), at, ...input };
    return new RepeatedRequest(this.#world.recorder, asked);
  }

  async #hear(
    request: RepeatedRequest,
    { at }: KeyAccess,
    ask: () => Promise<Answer>,
  ): Promise<Outcome> {
    const { key, answer: first } = request;
    const outcome = await request.ask(at, ask);
    const version = request.answer?.output.version ?? undefined;
    if (first === undefined && version !== undefined) {
      this.#heard.set(key, [...(this.#heard.get(key) ?? []), `${version}`]);
    }
    return outcome;
  }

  #someChange(): Change {
    const random = this.#random;
    const unique = this.#process * 10_000 + ++this.#values;
    return random.pick<() => Change>([
      () => ({ op: 'write', value: `${unique}` }),
      () => ({ op: 'write', value: `v${unique}` }),
      () => {
        const written = { op: 'write', value: `${unique}` } as const;
        return random.chance(0.5) ? { ...written, ttlMs: random.pick(TTLS_MS) } : written;
      },
      () => ({ op: 'delete' }),
      () => ({ op: 'increment', by: 1 }),
      () => ({ op: 'increment', by: 1 }),
      () => ({ op: 'append', value: `.${unique}` }),
    ])();
  }

  #someCondition(place: Place): Conditions {
    const random = this.#random;
    const versions = this.#heard.get(nameOf(place)) ?? [];
    const last = versions.at(-1);
    const roll = random.float();
    if (roll < 0.3 && last !== undefined) return { ifVersion: last };
    if (roll < 0.4 && last !== undefined) return { ifVersion: random.pick(versions) };
    if (roll < 0.45) return { ifAbsent: true };
    return roll < 0.5 ? { ifPresent: true } : {};
  }
}

function nameOf({ bucket, key }: Place): string {
  return `${bucket}/${key}`;
}
