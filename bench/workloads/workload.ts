/**
 * What all workloads are made of: clients, each of which does one operation at a time, by way
 * of one node or of whoever answers, and records what it asked and heard.
 */

import { outcomeOf } from '../../src/checkers/heard-error.ts';
import type { Quorum } from '../../src/checkers/history.ts';
import type { AskedOperation, Heard } from '../../src/checkers/recorder.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import type { BucketSettings } from '../../src/client/request-options.ts';
import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';

/** For a node to answer, in milliseconds: less than a fault lasts. */
export const TIMEOUT_MS = 1_000;

export interface Workload {
  /** Of its group: `set`. */
  readonly name: string;
  /** For a person: the mode of its bucket, and what it asks for. */
  readonly mode: string;
  readonly bucket: string;
  readonly settings: BucketSettings;
  /** What its histories are to pass. */
  readonly checks: readonly CheckName[];
  /** At the same time. */
  readonly keys: number;
  /** How long a key is used: the shorter, the sooner its history is judged. */
  readonly keyMs: number;
  readonly client: (world: ClientWorld) => WorkloadClient;
}

export interface WorkloadClient {
  /** Does something with the key. */
  step(key: string): Promise<void>;
  /**
   * When everything works and nobody asks any more: what others have begun, and never heard of,
   * has happened by its answer or never will. Whether there was one.
   */
  settle(key: string, at: Place): Promise<boolean>;
  /** After that, when nothing changes any more; whether there was an answer. */
  readAtEnd(key: string, at: Place): Promise<boolean>;
}

export interface Place<Client extends KeyAccess = Access> {
  readonly name: string;
  readonly client: Client;
}

/** One node of a cluster, or whoever of them answers. */
export type Access = Pick<ClusterClient, 'get' | 'put' | 'delete' | 'append' | 'increment'>;

/** What other stores can be asked for, too. */
export type KeyAccess = Pick<Access, 'get' | 'put'>;

/** Whom an operation asks, and how its history says so. */
export interface Way<Client extends KeyAccess = Access> {
  readonly where: { readonly at?: string };
  readonly access: Client;
}

export function wayTo<Client extends KeyAccess>({ name, client }: Place<Client>) {
  return { where: { at: name }, access: client };
}

export function wayAtEnd<Client extends KeyAccess>({ name, client }: Place<Client>) {
  return { where: { at: name, final: true } as const, access: client };
}

export interface ClientWorld {
  readonly process: number;
  readonly bucket: string;
  readonly nodes: readonly Place[];
  readonly anyone: ClusterClient;
  readonly random: SeededRandom;
  readonly begin: (asked: AskedOperation) => (heard: Heard) => void;
  /** What no fault excuses. */
  readonly onSurprise: (text: string) => void;
}

/** What of an error says something after all: undefined where it does not. */
type HeardOfError = (error: QuorateError) => Heard | undefined;

export abstract class RecordingClient {
  protected readonly world: ClientWorld;
  #values = 0;

  constructor(world: ClientWorld) {
    this.world = world;
  }

  /** Never given twice. */
  protected freshValue(): string {
    return `${this.world.process}.${this.#values++}`;
  }

  /** One node, which is asked once, or all of them, of whom somebody answers. */
  protected somebody(): Way {
    const { random, nodes, anyone } = this.world;
    if (random.chance(0.5)) return { where: {}, access: anyone };
    const { name, client } = random.pick(nodes);
    return { where: { at: name }, access: client };
  }

  /** Undefined where there was no answer that tells anything. */
  protected async ask<Answer>(
    asked: AskedOperation,
    request: () => Promise<Answer>,
    heardOf: (answer: Answer) => Omit<Heard, 'outcome'>,
    heardOfError: HeardOfError = () => undefined,
  ): Promise<Answer | undefined> {
    const end = this.world.begin(asked);
    try {
      const answer = await request();
      end({ outcome: 'ok', ...heardOf(answer) });
      return answer;
    } catch (error) {
      const told = error instanceof QuorateError ? heardOfError(error) : undefined;
      end(told ?? outcomeOf(asked.op, error));
      if (!isExcused(error)) this.world.onSurprise(`${asked.op}: ${String(error)}`);
      return undefined;
    }
  }
}

/** Refusals that a correct request may meet though nothing is wrong. */
const EXCUSED: ReadonlySet<string> = new Set([
  'condition_failed',
  'not_found',
  'too_many_siblings',
]);

/** A node whose clock is wrong takes those of others for wrong. */
const TELLS_TIME = 'Idempotency-Key';

function isExcused(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  if (!(error instanceof QuorateError)) return false;
  const { status, code, facts } = error;
  return status === 503 || EXCUSED.has(code) || facts.parameter === TELLS_TIME;
}

const REPLICAS = 3;

/** Of a bucket that keeps siblings. */
export function quorumOf(needed: number, strict: boolean): Quorum {
  return { n: REPLICAS, needed, strict };
}

/** A replica alone, without any mending: what it shows is what it has. */
export const ALONE = { r: 1, sloppy: false, readRepair: 'off', timeout: TIMEOUT_MS } as const;
