/**
 * Registers of one mode, read and written by clients whose every request is recorded. In a
 * bucket that keeps siblings a client replaces what it has seen; elsewhere it replaces what is
 * there. No value is written twice.
 */

import { outcomeOf } from '../../src/checkers/heard-error.ts';
import type {
  FaultWindow,
  History,
  Outcome,
  Quorum,
  Replaced,
} from '../../src/checkers/history.ts';
import { type AskedOperation, type Heard, Recorder } from '../../src/checkers/recorder.ts';
import type { GetAnswer, WriteAnswer } from '../../src/client/answers.ts';
import type { GetOptions, PutOptions } from '../../src/client/request-options.ts';
import {
  coveredBy,
  joined,
  registerOf,
  siblingsOf,
  textsOf,
  versionOf,
  writtenBy,
} from '../workloads/values-found.ts';
import {
  ALONE,
  type KeyAccess,
  type Place,
  type Way,
  wayAtEnd,
  wayTo,
} from '../workloads/workload.ts';
import type { Mode } from './modes.ts';

export interface RegistersOptions {
  readonly mode: Mode;
  /** Milliseconds, one clock for all that is recorded. */
  readonly now: () => number;
  /** That a node may take for a request. */
  readonly timeoutMs: number;
}

/** What came of a request; of one that failed or is in doubt, the code of its error. */
export interface Told {
  readonly outcome: Outcome;
  readonly error?: string;
}

type Request = AskedOperation extends infer One ? Unnumbered<One> : never;
type Unnumbered<One> = One extends { readonly process: number } ? Omit<One, 'process'> : never;

/** What of a dynamo key was shown last: the context, and all that is known to be covered by it. */
interface Seen {
  readonly context: string;
  readonly replaced: Replaced;
}

export class RecordedRegisters {
  readonly mode: Mode;
  readonly #recorder: Recorder;
  readonly #timeoutMs: number;
  /** Numbers of clients that wait for no answer. */
  readonly #free: number[] = [];
  #clients = 0;
  #values = 0;

  constructor({ mode, now, timeoutMs }: RegistersOptions) {
    this.mode = mode;
    this.#recorder = new Recorder(now);
    this.#timeoutMs = timeoutMs;
  }

  get keepsSiblings(): boolean {
    return this.mode.levels !== undefined;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#recorder.operations.map(({ key }) => key));
  }

  history(facts: History['facts'], faults: readonly FaultWindow[]): History {
    return { facts, faults, operations: this.#recorder.operations };
  }

  /** Clients that tell each other what they have seen: those of one place. */
  clients(): RegisterClients {
    return new RegisterClients(this);
  }

  nextValue(): string {
    return String(++this.#values);
  }

  get readOptions() {
    return { ...this.mode.read, timeout: this.#timeoutMs };
  }

  get writeOptions() {
    return { ...this.mode.write, timeout: this.#timeoutMs };
  }

  /** Of a read (`r`) or write (`w`) with these options; of nothing but siblings. */
  quorumOf(level: 'r' | 'w', options: GetOptions & PutOptions): { readonly quorum?: Quorum } {
    const { levels } = this.mode;
    if (levels === undefined) return {};
    const needed = Number(options[level] ?? levels[level]);
    return { quorum: { n: levels.n, needed, strict: options.sloppy === false } };
  }

  /** Each request in flight is that of a client of its own. */
  async ask<Answer>(
    asked: Request,
    request: () => Promise<Answer>,
    heardOf: (answer: Answer) => Omit<Heard, 'outcome'>,
  ): Promise<Told> {
    const process = this.#free.pop() ?? this.#clients++;
    const end = this.#recorder.begin({ ...asked, process } as AskedOperation);
    try {
      const answer = await request();
      end({ outcome: 'ok', ...heardOf(answer) });
      return { outcome: 'ok' };
    } catch (error) {
      const heard = outcomeOf(asked.op, error);
      end(heard);
      return { outcome: heard.outcome, error: String(heard.info?.error ?? 'unknown') };
    } finally {
      this.#free.push(process);
    }
  }

  /**
   * When everything works: what others have begun, and never heard of, has happened by its
   * answer or never will. Whether there was one. Siblings are brought together; in other buckets
   * what reached too few is behind a write that came after it, and did not.
   */
  async settle(key: string, place: Place<KeyAccess>): Promise<boolean> {
    const way = wayTo(place);
    const { levels } = this.mode;
    const { outcome } =
      levels === undefined
        ? await this.clients().write(key, way)
        : await this.#readBy(key, way, { r: levels.n, sloppy: false, readRepair: 'blocking' });
    return outcome === 'ok';
  }

  /** Of one replica alone where siblings are kept. Whether there was an answer. */
  async readAtEnd(key: string, place: Place<KeyAccess>): Promise<boolean> {
    const alone = this.keepsSiblings ? ALONE : {};
    const { outcome } = await this.#readBy(key, wayAtEnd(place), alone);
    return outcome === 'ok';
  }

  #readBy(key: string, { where, access }: Way<KeyAccess>, options: GetOptions): Promise<Told> {
    return this.ask(
      { key, op: 'read', ...where, ...this.quorumOf('r', options) },
      () => access.get(this.mode.bucket, key, { timeout: this.#timeoutMs, ...options }),
      (answer) => ({ output: this.found(answer) }),
    );
  }

  found(answer: GetAnswer) {
    return this.keepsSiblings ? siblingsOf(answer) : registerOf(answer);
  }
}

export class RegisterClients {
  readonly #registers: RecordedRegisters;
  readonly #seen = new Map<string, Seen>();

  constructor(registers: RecordedRegisters) {
    this.#registers = registers;
  }

  read(key: string, { where, access }: Way<KeyAccess>): Promise<Told> {
    const registers = this.#registers;
    const { bucket } = registers.mode;
    const options = registers.readOptions;
    return registers.ask(
      { key, op: 'read', ...where, ...registers.quorumOf('r', options) },
      () => access.get(bucket, key, options),
      (answer) => {
        this.#learn(key, answer.context, textsOf(answer));
        return { output: registers.found(answer) };
      },
    );
  }

  write(key: string, way: Way<KeyAccess>): Promise<Told> {
    return this.#registers.keepsSiblings ? this.#replace(key, way) : this.#overwrite(key, way);
  }

  #overwrite(key: string, { where, access }: Way<KeyAccess>): Promise<Told> {
    const registers = this.#registers;
    const value = registers.nextValue();
    return registers.ask(
      { key, op: 'write', value, ...where },
      () => access.put(registers.mode.bucket, key, value, registers.writeOptions),
      (answer: WriteAnswer) => {
        const version = versionOf(answer);
        return version === undefined ? {} : { output: { version } };
      },
    );
  }

  #replace(key: string, { where, access }: Way<KeyAccess>): Promise<Told> {
    const registers = this.#registers;
    const options = registers.writeOptions;
    const value = registers.nextValue();
    const { context, replaced: sent = {} } = this.#seen.get(key) ?? {};
    const quorum = registers.quorumOf('w', options);
    return registers.ask(
      { key, op: 'write', value, replaces: sent, ...where, ...quorum },
      () => access.put(registers.mode.bucket, key, value, { ...options, context }),
      (answer: WriteAnswer) => {
        this.#learn(key, answer.context, [value]);
        return writtenBy(answer, sent);
      },
    );
  }

  /** What the context covers that this client was not shown is covered by writes that it was. */
  #learn(key: string, context: string | undefined, values: readonly string[]): void {
    if (context === undefined || context === '') return;
    this.#seen.set(key, { context, replaced: joined(coveredBy(context), { values }) });
  }
}
