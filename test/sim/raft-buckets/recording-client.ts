/**
 * A client of raft buckets that decides by chance what it does, one operation at a time, and
 * records it as a history (src/checkers/history.ts). The simulator and real processes share it.
 *
 * Each value that it writes is unique: a read tells which write it saw.
 */

import { heardOfError } from '../../../src/checkers/heard-error.ts';
import type { Outcome, Output } from '../../../src/checkers/history.ts';
import type { Heard, Input, Recorder } from '../../../src/checkers/recorder.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';

export interface WriteCondition {
  /** If-Match. */
  readonly ifVersion?: number;
  /** If-None-Match: *. */
  readonly ifAbsent?: true;
}

export interface VersionedText {
  readonly value: string;
  readonly version: number;
}

/** A raft bucket through one node. Throws `QuorateError` and `TransportError`. */
export interface BucketAccess {
  readonly at: string;
  readonly bucket: string;
  /** Undefined where there is no value. */
  get(key: string): Promise<VersionedText | undefined>;
  /** The version of the value. */
  put(key: string, value: string, condition: WriteCondition): Promise<number>;
  /** The version of the deletion; undefined where there was nothing to delete. */
  delete(key: string, condition: WriteCondition): Promise<number | undefined>;
}

export class RecordingClient {
  readonly #process: number;
  readonly #recorder: Recorder;
  readonly #random: SeededRandom;
  /** By key: the last version that this client heard of, which may be an old one by now. */
  readonly #heard = new Map<string, number>();
  #writes = 0;

  constructor(process: number, recorder: Recorder, random: SeededRandom) {
    this.#process = process;
    this.#recorder = recorder;
    this.#random = random;
  }

  /** Does something with the key, and tells how that went. */
  doSomething(access: BucketAccess, key: string): Promise<Outcome> {
    const random = this.#random;
    if (random.chance(0.35)) return this.read(access, key);
    const version = this.#heard.get(nameOf(access, key));
    const ifHeard = version === undefined ? {} : { ifVersion: version };
    if (random.chance(0.2)) return this.#delete(access, key, random.chance(0.4) ? ifHeard : {});
    return this.write(access, key, random.pick([{}, {}, ifHeard, ifHeard, { ifAbsent: true }]));
  }

  read(access: BucketAccess, key: string): Promise<Outcome> {
    return this.#record(access, key, { op: 'read' }, async () => {
      const { value = null, version = null } = (await access.get(key)) ?? {};
      return { value, version };
    });
  }

  write(access: BucketAccess, key: string, condition: WriteCondition = {}): Promise<Outcome> {
    const value = `${this.#process}.${this.#writes++}`;
    return this.#record(access, key, { op: 'write', value, ...condition }, async () => {
      return { version: await access.put(key, value, condition) };
    });
  }

  #delete(access: BucketAccess, key: string, condition: WriteCondition): Promise<Outcome> {
    return this.#record(access, key, { op: 'delete', ...condition }, async () => {
      const version = await access.delete(key, condition);
      return version === undefined ? { applied: false, version: null } : { version };
    });
  }

  async #record(
    access: BucketAccess,
    key: string,
    input: Input,
    work: () => Promise<Output>,
  ): Promise<Outcome> {
    const name = nameOf(access, key);
    const asked = { process: this.#process, key: name, at: access.at, ...input };
    const end = this.#recorder.begin(asked);
    const heard = await work().then((output): Heard => ({ outcome: 'ok', output }), heardOf);
    end(heard);
    const version = heard.output?.version;
    if (typeof version === 'number') this.#heard.set(name, version);
    return heard.outcome;
  }
}

/** What histories call a key, the same in two buckets being two. */
export function nameOf({ bucket }: Pick<BucketAccess, 'bucket'>, key: string): string {
  return `${bucket}/${key}`;
}

/** That a condition did not hold is an answer. */
function heardOf(error: unknown): Heard {
  if (!(error instanceof QuorateError)) return heardOfError(error);
  const { code, status, facts } = error;
  if (code === 'condition_failed') {
    return { outcome: 'ok', output: { applied: false, version: facts.revision ?? null } };
  }
  if (status !== 503) throw error;
  return heardOfError(error);
}
