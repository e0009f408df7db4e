/**
 * A client that decides by chance what it does, one thing at a time, and records what it asked
 * and heard.
 *
 * Changes have request ids or not. One that has an id and whose outcome is not known is asked
 * for again, sooner or later, as is now and then one that was answered: it has to hear the same.
 */

import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Answer, Asked, AskedChange, Change, Condition, Operation } from './asked.ts';
import type { KeyAccess, Place } from './key-access.ts';

export interface Recorder {
  /** Milliseconds of one clock for all. */
  readonly now: () => number;
  /** Since 1970, for request ids. */
  readonly wallTime: () => number;
  readonly history: Operation[];
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

/** All that a repeat tells too: the value of a refusal only while it is there. */
function textOfRepeated(answer: Answer): string {
  return JSON.stringify(answer.type === 'refused' ? { ...answer, value: undefined } : answer);
}

/** A repeat was answered otherwise than the first time. */
export class RepeatError extends Error {
  override readonly name = 'RepeatError';
}

export type Heard = 'answered' | 'failed' | 'in doubt';

/** A change that was asked for under an id. */
export interface Named {
  readonly place: Place;
  readonly asked: AskedChange;
  readonly id: Uint8Array;
  readonly operation: Operation;
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
  readonly #recorder: Recorder;
  readonly #random: SeededRandom;
  /** By key: versions that this client heard of, most of them old by now. */
  readonly #heard = new Map<string, string[]>();
  #inDoubt: Named[] = [];
  #answered: Named[] = [];
  #values = 0;

  constructor(process: number, recorder: Recorder, random: SeededRandom) {
    this.#process = process;
    this.#recorder = recorder;
    this.#random = random;
  }

  doSomething(access: KeyAccess, place: Place): Promise<Heard> {
    const random = this.#random;
    const doubtful = this.#inDoubt[0];
    if (doubtful !== undefined && random.chance(0.4)) return this.repeat(access, doubtful);
    if (this.#answered.length > 0 && random.chance(0.1)) {
      return this.repeat(access, random.pick(this.#answered));
    }
    if (random.chance(0.3)) return this.read(access, place);
    const asked = { ...this.#someChange(), condition: this.#someCondition(place) };
    return this.change(access, place, asked, random.chance(ID_CHANCE));
  }

  /** All that it was left in doubt about. */
  get inDoubt(): readonly Named[] {
    return this.#inDoubt;
  }

  async read(access: KeyAccess, place: Place): Promise<Heard> {
    const { counts } = this.#recorder;
    const operation = this.#begin(place, { op: 'read' });
    const heard = await this.#hear(operation, access, () => access.read(place));
    const { answer } = operation;
    if (answer?.type === 'found') {
      counts[answer.value === undefined ? 'readsOfAbsence' : 'readsOfValues']++;
    }
    return heard;
  }

  async change(
    access: KeyAccess,
    place: Place,
    asked: AskedChange,
    isNamed: boolean,
  ): Promise<Heard> {
    const { counts, wallTime } = this.#recorder;
    const operation = this.#begin(place, asked);
    const id = isNamed ? mintRequestId({ wallTime }, this.#random) : undefined;
    const heard = await this.#hear(operation, access, () => access.change(place, asked, id));
    const { answer } = operation;
    if (answer !== undefined) counts[answer.type === 'applied' ? 'applied' : 'refused']++;
    if (heard === 'failed') counts.failed++;
    if (heard === 'in doubt') counts.inDoubt++;
    if (id !== undefined) this.#remember({ place, asked, id, operation, times: 1 }, heard);
    return heard;
  }

  /** Throws `RepeatError` where the answer is another one than the first. */
  async repeat(access: KeyAccess, named: Named): Promise<Heard> {
    const { counts } = this.#recorder;
    const { place, asked, id, operation } = named;
    const first = operation.answer;
    const heard = await this.#hear(operation, access, () => access.change(place, asked, id));
    this.#inDoubt = this.#inDoubt.filter((other) => other !== named);
    if (first === undefined) {
      if (heard === 'answered') counts.doubtsResolved++;
      this.#remember({ ...named, times: named.times + 1 }, heard);
    } else if (heard === 'answered') {
      counts.answersRepeated++;
    } else if (heard === 'in doubt') {
      counts.forgotten++;
    }
    return heard;
  }

  #remember(named: Named, heard: Heard): void {
    if (heard === 'answered') this.#answered = [...this.#answered, named].slice(-REMEMBERED_MAX);
    // What was never begun may be asked for again as well.
    else if (named.times < TIMES_MAX) this.#inDoubt.push(named);
  }

  #begin({ bucket, key }: Place, asked: Asked): Operation {
    const { history, now } = this.#recorder;
    const operation: Operation = {
      number: history.length,
      process: this.#process,
      key: `${bucket}/${key}`,
      asked,
      invoke: now(),
      never: true,
      heard: [],
    };
    history.push(operation);
    return operation;
  }

  async #hear(operation: Operation, { at }: KeyAccess, ask: () => Promise<Answer>): Promise<Heard> {
    const { now } = this.#recorder;
    const askedAt = now();
    const note = (text: string) => {
      operation.heard.push(`${at} ${askedAt.toFixed(1)}-${now().toFixed(1)} ${text}`);
    };
    try {
      const answer = await ask();
      note(answer.type);
      this.#take(operation, answer);
      return 'answered';
    } catch (error) {
      const { heard, text } = meaningOf(error);
      note(text);
      if (heard !== 'failed') operation.never = false;
      return heard;
    }
  }

  #take(operation: Operation, answer: Answer): void {
    const { key, answer: first } = operation;
    if (first !== undefined && textOfRepeated(first) !== textOfRepeated(answer)) {
      const texts = `${JSON.stringify(first)} and then ${JSON.stringify(answer)}`;
      throw new RepeatError(`#${operation.number} of ${key} was answered ${texts}`);
    }
    if (first !== undefined) return;
    operation.answer = answer;
    operation.complete = this.#recorder.now();
    operation.never = false;
    if (answer.version === undefined) return;
    this.#heard.set(key, [...(this.#heard.get(key) ?? []), answer.version]);
  }

  #someChange(): Change {
    const random = this.#random;
    const unique = this.#process * 10_000 + ++this.#values;
    return random.pick<() => Change>([
      () => ({ op: 'put', value: `${unique}`, ttlMs: undefined }),
      () => ({ op: 'put', value: `v${unique}`, ttlMs: undefined }),
      () => ({
        op: 'put',
        value: `${unique}`,
        ttlMs: random.chance(0.5) ? random.pick(TTLS_MS) : undefined,
      }),
      () => ({ op: 'delete' }),
      () => ({ op: 'increment' }),
      () => ({ op: 'increment' }),
      () => ({ op: 'append', text: `.${unique}` }),
    ])();
  }

  #someCondition({ bucket, key }: Place): Condition {
    const random = this.#random;
    const versions = this.#heard.get(`${bucket}/${key}`) ?? [];
    const last = versions.at(-1);
    const roll = random.float();
    if (roll < 0.3 && last !== undefined) return { type: 'version', version: last };
    if (roll < 0.4 && last !== undefined) {
      return { type: 'version', version: random.pick(versions) };
    }
    if (roll < 0.45) return { type: 'absent' };
    return { type: roll < 0.5 ? 'present' : 'none' };
  }
}

/** Takes the product at its word: what it calls definite must have had no effect. */
function meaningOf(error: unknown): { readonly heard: Heard; readonly text: string } {
  if (error instanceof TransportError) {
    return { heard: error.neverSent ? 'failed' : 'in doubt', text: error.failure };
  }
  if (!(error instanceof QuorateError) || error.status !== 503) throw error;
  const { code, definite, message } = error;
  return { heard: definite ? 'failed' : 'in doubt', text: `${code}: ${message}` };
}
