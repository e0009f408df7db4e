/**
 * A client that reads and writes some keys, one request at a time, and asks another node each
 * time: every other request goes to the replica that lags. Its session is as long as keys are
 * used, so that its token never has to forget anything.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Recorder } from '../../../src/checkers/recorder.ts';
import type { GetAnswer, WriteAnswer } from '../../../src/client/answers.ts';
import type { NodeClient } from '../../../src/client/http-client.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { coveredBy, siblingsOf, writtenBy } from '../../workloads/values-found.ts';
import { quorumOf } from '../../workloads/workload.ts';
import { recorded } from '../recorded-request.ts';
import type { SessionVariant } from './session-variants.ts';

export interface HoppingClientOptions {
  readonly variant: SessionVariant;
  /** Of its keys: no other run has them. */
  readonly run: string;
  readonly process: number;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  readonly node: (name: string) => NodeClient;
  readonly now: () => number;
  readonly timeoutMs: number;
}

export interface Timed {
  readonly op: 'read' | 'write';
  /** From the moment at which it was meant to be sent. */
  readonly tookMs: number;
}

/** The replica that lags, or is cut off, and those that do not. */
export const LAGGING = 'n3';
export const OTHERS: readonly string[] = ['n1', 'n2'];

/** At a time: few, so that sessions meet. */
const KEYS = 2;
/** How long a key is used: blind writes leave a sibling each, of which a key holds 100. */
const KEY_MS = 1_000;
/** From the end of one request to the beginning of the next, at most. */
const PAUSE_MS = 80;

export class HoppingClient {
  readonly #options: HoppingClientOptions;
  readonly timed: Timed[] = [];
  #turn = 0;
  #token: string | undefined;
  /** Of the last answer, by key. */
  readonly #contexts = new Map<string, string>();
  #values = 0;

  constructor(options: HoppingClientOptions) {
    this.#options = options;
  }

  /** Resolves with the last answer. */
  async ask(isOver: () => boolean): Promise<void> {
    const { random, run, now } = this.#options;
    while (!isOver()) {
      const pauseMs = random.float() * PAUSE_MS;
      const meantAt = now() + pauseMs;
      await sleep(pauseMs);
      this.#beginTurn(Math.floor(now() / KEY_MS));
      const key = `${run}-${this.#turn}-${random.below(KEYS)}`;
      const op = random.chance(0.5) ? 'read' : 'write';
      const answer = op === 'read' ? await this.#read(key) : await this.#write(key);
      if (answer !== undefined) this.#learn(key, answer);
      this.timed.push({ op, tookMs: now() - meantAt });
    }
  }

  #beginTurn(turn: number): void {
    if (turn === this.#turn) return;
    this.#turn = turn;
    this.#token = undefined;
    this.#contexts.clear();
  }

  #read(key: string): Promise<GetAnswer | undefined> {
    const { variant, recorder, node } = this.#options;
    const { asked, at, options } = this.#next(key);
    return recorded(
      recorder,
      { ...asked, op: 'read' },
      () => node(at).get(variant.bucket, key, { ...options, r: variant.level }),
      (answer) => ({ output: siblingsOf(answer) }),
    );
  }

  #write(key: string): Promise<WriteAnswer | undefined> {
    const { variant, recorder, node, process } = this.#options;
    const { asked, at, options } = this.#next(key);
    const value = `${process}.${this.#values++}`;
    const context = variant.sendsContext === true ? this.#contexts.get(key) : undefined;
    const replaces = coveredBy(context);
    return recorded(
      recorder,
      { ...asked, op: 'write', value, replaces },
      () => node(at).put(variant.bucket, key, value, { ...options, w: variant.level, context }),
      (answer) => writtenBy(answer, replaces),
    );
  }

  #next(key: string) {
    const { variant, process, random, timeoutMs } = this.#options;
    const at = random.chance(0.5) ? LAGGING : random.pick(OTHERS);
    const quorum = quorumOf(variant.level, true);
    const asked = { process, session: `${process}.${this.#turn}`, key, at, quorum } as const;
    const session = { session: variant.session, sessionToken: this.#token };
    return { asked, at, options: { ...session, sloppy: false, timeout: timeoutMs } };
  }

  #learn(key: string, { context, session }: GetAnswer | WriteAnswer): void {
    if (this.#options.variant.forgetful !== true) this.#token = session;
    if (context === undefined || context === '') this.#contexts.delete(key);
    else this.#contexts.set(key, context);
  }
}
