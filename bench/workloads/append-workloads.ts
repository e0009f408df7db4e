/** Texts that grow at their end, each piece confirmed once and there once, in order of time. */

import { registerOf } from './values-found.ts';
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

export const appendWorkloads: readonly Workload[] = (['paxos', 'raft'] as const).map((mode) => ({
  name: 'append',
  mode,
  bucket: `append-${mode}`,
  settings: { mode },
  checks: ['linearizable', 'contents', 'convergence'],
  keys: 2,
  keyMs: 5_000,
  client: (world) => new AppendClient(world),
}));

class AppendClient extends RecordingClient implements WorkloadClient {
  async step(key: string): Promise<void> {
    if (this.world.random.chance(READ_CHANCE)) await this.#read(key, this.somebody());
    else await this.#append(key);
  }

  async readAtEnd(key: string, place: Place, end: End): Promise<boolean> {
    return (await this.#read(key, wayAtEnd(place, end))) !== undefined;
  }

  /** Where all are asked, it is sent again under the same Idempotency-Key. */
  async #append(key: string): Promise<void> {
    const { bucket, process } = this.world;
    const { where, access } = this.somebody();
    const value = `${this.freshValue()};`;
    await this.ask(
      { process, key, op: 'append', value, ...where },
      () => access.append(bucket, key, value, { timeout: TIMEOUT_MS }),
      () => ({}),
    );
  }

  #read(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    return this.ask(
      { process, key, op: 'read', ...where },
      () => access.get(bucket, key, { timeout: TIMEOUT_MS }),
      (answer) => ({ output: { value: registerOf(answer).value } }),
    );
  }
}
