/** Registers with versions: reads, writes, compare-and-set, deletes; each key is linearizable. */

import type { Delete, Output, Version, Write } from '../../src/checkers/history.ts';
import type { Heard } from '../../src/checkers/recorder.ts';
import type { WriteAnswer } from '../../src/client/answers.ts';
import type { QuorateError } from '../../src/kernel/errors.ts';
import { registerOf, versionOf } from './values-found.ts';
import {
  type Place,
  RecordingClient,
  TIMEOUT_MS,
  type Way,
  type Workload,
  type WorkloadClient,
  wayAtEnd,
  wayTo,
} from './workload.ts';

export const registerWorkloads: readonly Workload[] = (['paxos', 'raft'] as const).map((mode) => ({
  name: 'register',
  mode,
  bucket: `register-${mode}`,
  settings: { mode },
  checks: ['linearizable', 'convergence'],
  keys: 2,
  keyMs: 4_000,
  client: (world) => new RegisterClient(world),
}));

type Condition = Pick<Write, 'ifVersion' | 'ifAbsent'>;

class RegisterClient extends RecordingClient implements WorkloadClient {
  /** The last version that this client heard of, which may be an old one by now. */
  #heard: { readonly key: string; readonly version: Version } | undefined;

  async step(key: string): Promise<void> {
    const { random } = this.world;
    const kind = random.float();
    const version = this.#heard?.key === key ? this.#heard.version : undefined;
    const ifHeard: Condition = version === undefined ? { ifAbsent: true } : { ifVersion: version };
    if (kind < 0.4) await this.#read(key, this.somebody());
    else if (kind < 0.6) await this.#write(key, {}, this.somebody());
    else if (kind < 0.9) await this.#write(key, ifHeard, this.somebody());
    else await this.#delete(key, version !== undefined && random.chance(0.5) ? version : undefined);
  }

  /** What reached too few is behind a write that came after it, and did not. */
  async settle(key: string, place: Place): Promise<boolean> {
    return (await this.#write(key, {}, wayTo(place))) !== undefined;
  }

  async readAtEnd(key: string, place: Place): Promise<boolean> {
    return (await this.#read(key, wayAtEnd(place))) !== undefined;
  }

  async #read(key: string, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    const found = await this.ask(
      { process, key, op: 'read', ...where },
      () => access.get(bucket, key, { timeout: TIMEOUT_MS }),
      (answer) => ({ output: registerOf(answer) }),
    );
    if (found !== undefined) this.#learn(key, versionOf(found));
    return found;
  }

  async #write(key: string, condition: Condition, { where, access }: Way): Promise<unknown> {
    const { bucket, process } = this.world;
    const value = this.freshValue();
    const made = await this.ask(
      { process, key, op: 'write', value, ...condition, ...where },
      () => access.put(bucket, key, value, requestOf(condition)),
      changeHeard,
      mismatchHeard,
    );
    if (made !== undefined) this.#learn(key, versionOf(made));
    return made;
  }

  async #delete(key: string, ifVersion: Version | undefined): Promise<void> {
    const { bucket, process } = this.world;
    const { where, access } = this.somebody();
    const condition: Pick<Delete, 'ifVersion'> = ifVersion === undefined ? {} : { ifVersion };
    await this.ask(
      { process, key, op: 'delete', ...condition, ...where },
      () => access.delete(bucket, key, requestOf(condition)),
      changeHeard,
      mismatchHeard,
    );
  }

  #learn(key: string, version: Version | undefined): void {
    if (version !== undefined) this.#heard = { key, version };
  }
}

function requestOf({ ifVersion, ifAbsent }: Condition) {
  const timeout = TIMEOUT_MS;
  return { ifMatch: ifVersion, ifNoneMatch: ifAbsent && ('*' as const), once: true, timeout };
}

function changeHeard(answer: WriteAnswer): { readonly output?: Output } {
  const version = versionOf(answer);
  return version === undefined ? {} : { output: { version } };
}

/** That a condition did not hold is an answer: what it found instead is part of it. */
function mismatchHeard({ code, facts }: QuorateError): Heard | undefined {
  if (code !== 'condition_failed' && code !== 'not_found') return undefined;
  const version = facts.version ?? facts.revision ?? null;
  return { outcome: 'ok', output: { applied: false, version } };
}
