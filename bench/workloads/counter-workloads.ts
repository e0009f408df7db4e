/** Counts: no less at the end than was confirmed, and no more than was asked for. */

import { textsOf } from './values-found.ts';
import {
  type End,
  type Place,
  RecordingClient,
  TIMEOUT_MS,
  type Way,
  type Workload,
  type WorkloadClient,
  wayAtEnd,
} from './workload.ts';

const READ_CHANCE = 0.3;
const STEP_MAX = 3;

export const counterWorkloads: readonly Workload[] = (['paxos', 'raft'] as const).map((mode) => ({
  name: 'counter',
  mode,
  bucket: `counter-${mode}`,
  settings: { mode },
  checks: ['linearizable', 'contents', 'convergence'],
  keys: 2,
  keyMs: 5_000,
  client: (world) => new CounterClient(world),
}));

class CounterClient extends RecordingClient implements WorkloadClient {
  async step(key: string): Promise<void> {
    if (this.world.random.chance(READ_CHANCE)) await this.#read(key, this.somebody());
    else await this.#increment(key);
  }

  async readAtEnd(key: string, place: Place, end: End): Promise<boolean> {
    return (await this.#read(key, wayAtEnd(place, end))) !== undefined;
  }

  /** Where all are asked, it is sent again under the same Idempotency-Key. */
  async #increment(key: string): Promise<void> {
    const { bucket, process, random } = this.world;
    const { where, access } = this.somebody();
    const by = 1 + random.below(STEP_MAX);
    await this.ask(
      { process, key, op: 'increment', by, ...where },
      () => access.increment(bucket, key, by, { timeout: TIMEOUT_MS }),
      ({ number }) => ({ output: { value: number } }),
    );
  }

  #read(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    return this.ask(
      { process, key, op: 'read', ...where },
      () => access.get(bucket, key, { timeout: TIMEOUT_MS }),
      (answer) => {
        const [text] = textsOf(answer);
        return { output: { value: text === undefined ? null : Number(text) } };
      },
    );
  }
}
