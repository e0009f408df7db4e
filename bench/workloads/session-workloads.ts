/**
 * Sessions of clients that hop from node to node, at R = W = 1: each keeps its four guarantees
 * of every key, and a causal one those of all keys together. Nothing that was acknowledged is
 * lost, and nothing that was replaced comes back.
 */

import type { Replaced } from '../../src/checkers/history.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import type { GetAnswer, WriteAnswer } from '../../src/client/answers.ts';
import { coveredBy, joined, siblingsOf, textsOf, writtenBy } from './values-found.ts';
import {
  ALONE,
  type ClientWorld,
  type Place,
  quorumOf,
  RecordingClient,
  TIMEOUT_MS,
  type Workload,
  type WorkloadClient,
  wayAtEnd,
} from './workload.ts';

const OF_KEYS = ['ryw', 'mr', 'mw', 'wfr', 'losses', 'convergence'] as const;
const KEPT: Readonly<Record<'session' | 'causal', readonly CheckName[]>> = {
  session: OF_KEYS,
  causal: [...OF_KEYS, 'causal'],
};

export const sessionWorkloads: readonly Workload[] = (['session', 'causal'] as const).map(
  (guarantee) => ({
    name: 'session',
    mode: `dynamo, session=${guarantee}`,
    bucket: `session-${guarantee}`,
    settings: { mode: 'dynamo' },
    checks: KEPT[guarantee],
    keys: 4,
    keyMs: 10_000,
    client: (world) => new SessionClient(world, guarantee),
  }),
);

class SessionClient extends RecordingClient implements WorkloadClient {
  readonly #guarantee: string;
  /** Of the last answer of each key. */
  readonly #contexts = new Map<string, string>();
  /** All that the session has seen of each key, which its writes replace. */
  readonly #seen = new Map<string, Replaced>();
  #token: string | undefined;
  #sessions = 0;

  constructor(world: ClientWorld, guarantee: string) {
    super(world);
    this.#guarantee = guarantee;
  }

  async step(key: string): Promise<void> {
    const { random } = this.world;
    const kind = random.float();
    const context = this.#contexts.get(key);
    if (kind < 0.5) await this.#read(key);
    else if (kind < 0.9) await this.#write(key, random.chance(0.7) ? context : undefined);
    else if (context !== undefined) await this.#delete(key, context);
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
      (answer) => ({ output: siblingsOf(answer) }),
    );
    return found !== undefined;
  }

  async #read(key: string): Promise<void> {
    const { asked, at, options } = this.#next(key);
    const found = await this.ask(
      { ...asked, op: 'read' },
      () => at.client.get(this.world.bucket, key, { ...options, r: 1 }),
      (answer) => ({ output: siblingsOf(answer) }),
    );
    if (found !== undefined) this.#learn(key, found, textsOf(found));
  }

  async #write(key: string, context: string | undefined): Promise<void> {
    const { asked, at, options } = this.#next(key);
    const value = this.freshValue();
    const sent = joined(coveredBy(context), this.#seen.get(key) ?? {});
    const made = await this.ask(
      { ...asked, op: 'write', value, replaces: sent },
      () => at.client.put(this.world.bucket, key, value, { ...options, w: 1, context }),
      (answer) => writtenBy(answer, sent),
    );
    if (made !== undefined) this.#learn(key, made, [value]);
  }

  async #delete(key: string, context: string): Promise<void> {
    const { asked, at, options } = this.#next(key);
    const sent = joined(coveredBy(context), this.#seen.get(key) ?? {});
    const made = await this.ask(
      { ...asked, op: 'delete', replaces: sent },
      () => at.client.delete(this.world.bucket, key, { ...options, w: 1, context }),
      (answer) => writtenBy(answer, sent),
    );
    if (made !== undefined) this.#learn(key, made, []);
  }

  /** Another node each time. */
  #next(key: string) {
    const { process, random, nodes } = this.world;
    const at = random.pick(nodes);
    const session = `${process}.${this.#sessions}`;
    const asked = { process, session, key, at: at.name, quorum: quorumOf(1, false) } as const;
    const token = { session: this.#guarantee, sessionToken: this.#token };
    return { asked, at, options: { ...token, timeout: TIMEOUT_MS } };
  }

  /** A session that had to forget something is over. */
  #learn(key: string, answer: GetAnswer | WriteAnswer, values: readonly string[]): void {
    const { context, session, sessionDropped = 0 } = answer;
    if (context === undefined || context === '') this.#contexts.delete(key);
    else this.#contexts.set(key, context);
    const seen = this.#seen.get(key) ?? {};
    this.#seen.set(key, joined(seen, { ...coveredBy(context), values }));
    this.#token = session;
    if (sessionDropped === 0) return;
    this.#token = undefined;
    this.#contexts.clear();
    this.#seen.clear();
    this.#sessions++;
  }
}
