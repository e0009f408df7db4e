/**
 * Texts that grow at their end, each piece confirmed once and there once, in order of time; and
 * counts, no less at the end than was confirmed and no more than was asked for.
 */

import type { Value } from '../../src/checkers/history.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { registerOf } from './values-found.ts';
import {
  type ClientWorld,
  type Place,
  RecordingClient,
  TIMEOUT_MS,
  type Way,
  type Workload,
  type WorkloadClient,
  wayAtEnd,
  wayTo,
} from './workload.ts';

const READ_CHANCE = 0.3;
const STEP_MAX = 3;

abstract class AddingClient extends RecordingClient implements WorkloadClient {
  async step(key: string): Promise<void> {
    if (this.world.random.chance(READ_CHANCE)) await this.#read(key, this.somebody());
    else await this.addTo(key, this.somebody());
  }

  /** What reached too few is behind a change that came after it, and did not. */
  async settle(key: string, place: Place): Promise<boolean> {
    return (await this.addTo(key, wayTo(place))) !== undefined;
  }

  async readAtEnd(key: string, place: Place): Promise<boolean> {
    return (await this.#read(key, wayAtEnd(place))) !== undefined;
  }

  /** Where all are asked, it is sent again under the same Idempotency-Key. */
  protected abstract addTo(key: string, way: Way): Promise<unknown>;

  protected abstract foundIn(answer: GetAnswer): Value;

  #read(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    return this.ask(
      { process, key, op: 'read', ...where },
      () => access.get(bucket, key, { timeout: TIMEOUT_MS }),
      (answer) => ({ output: { value: this.foundIn(answer) } }),
    );
  }
}

class AppendClient extends AddingClient {
  protected addTo(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    const value = `${this.freshValue()};`;
    return this.ask(
      { process, key, op: 'append', value, ...where },
      () => access.append(bucket, key, value, { timeout: TIMEOUT_MS }),
      () => ({}),
    );
  }

  protected foundIn(answer: GetAnswer): Value {
    return registerOf(answer).value;
  }
}

class CounterClient extends AddingClient {
  protected addTo(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process, random } = this.world;
    const by = 1 + random.below(STEP_MAX);
    return this.ask(
      { process, key, op: 'increment', by, ...where },
      () => access.increment(bucket, key, by, { timeout: TIMEOUT_MS }),
      ({ number }) => ({ output: { value: number } }),
    );
  }

  protected foundIn(answer: GetAnswer): Value {
    const { value } = registerOf(answer);
    return value === null ? null : Number(value);
  }
}

function workloadsOf(
  name: string,
  client: (world: ClientWorld) => WorkloadClient,
): readonly Workload[] {
  return (['paxos', 'raft'] as const).map((mode) => ({
    name,
    mode,
    bucket: `${name}-${mode}`,
    settings: { mode },
    checks: ['linearizable', 'contents', 'convergence'],
    keys: 2,
    keyMs: 5_000,
    client,
  }));
}

export const addingWorkloads: readonly Workload[] = [
  ...workloadsOf('append', (world) => new AppendClient(world)),
  ...workloadsOf('counter', (world) => new CounterClient(world)),
];
