/**
 * A client of a whole cluster: it asks one node, and another one where that one certainly did
 * nothing, until somebody has answered or its patience ends.
 *
 * What is safe to send again is not guessed: a refusal whose document calls it definite and
 * worth a retry, and a request that never left. A read may always be asked again. A write whose
 * outcome nobody knows is not sent a second time, for then there might be two of it; its
 * error goes to the caller. Only one that was sent under an Idempotency-Key made for it here is
 * sent again: the buckets that take such keys run it once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDefinite, isExpected, QuorateError, TransportError } from '../kernel/errors.ts';
import type { GetAnswer, IncrementAnswer, WriteAnswer } from './answers.ts';
import { NodeClient } from './http-client.ts';
import { mintIdempotencyKey } from './idempotency-key.ts';
import type {
  AppendOptions,
  AtomicOptions,
  Bytes,
  DeleteOptions,
  GetOptions,
  PutOptions,
  UpdateOptions,
} from './request-options.ts';

/** How long a node is left alone that cannot serve now; what it says itself in `Retry-After`. */
const LEFT_ALONE_MS = 1_000;

/** Between two attempts: whatever is in the way has to pass. */
const PAUSE_MS = 10;

const DEFAULT_PATIENCE_MS = 10_000;

/** Refusals that say something of the node that was asked, and nothing of the others. */
const OF_THIS_NODE: ReadonlySet<string> = new Set(['not_ready', 'ring_forming', 'overloaded']);

/** Refusals that tell what became of a change, also when it is asked for again. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'condition_failed',
  'not_found',
  'not_a_number',
  'out_of_range',
  'value_too_large',
]);

/** Of writes. */
export interface OnceOption {
  /**
   * In a bucket of mode paxos or raft: the write gets an Idempotency-Key, and is sent again where
   * nobody knows what became of it. Without effect where the caller gave a key.
   */
  readonly once?: boolean | undefined;
}

export interface ClusterClientOptions {
  /** From the first attempt of a request to the last. */
  readonly patienceMs?: number;
}

interface Known {
  readonly client: NodeClient;
  /** In `performance.now()`. */
  leftAloneUntil: number;
}

export class ClusterClient {
  readonly #nodes: readonly Known[];
  readonly #patienceMs: number;
  #turn = 0;

  /** @param addresses of nodes: `http://host:port` */
  constructor(addresses: readonly string[], options: ClusterClientOptions = {}) {
    this.#nodes = addresses.map((address) => ({
      client: new NodeClient(address),
      leftAloneUntil: 0,
    }));
    this.#patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS;
  }

  get(bucket: string, key: Bytes, options?: GetOptions): Promise<GetAnswer> {
    return this.#ask((client) => client.get(bucket, key, options), readMayBeAskedAgain);
  }

  put(
    bucket: string,
    key: Bytes,
    value: Bytes,
    options: PutOptions & OnceOption = {},
  ): Promise<WriteAnswer> {
    return this.#write(options.once, options, (client, sent) =>
      client.put(bucket, key, value, sent),
    );
  }

  delete(
    bucket: string,
    key: Bytes,
    options: DeleteOptions & OnceOption = {},
  ): Promise<WriteAnswer> {
    return this.#write(options.once, options, (client, sent) => client.delete(bucket, key, sent));
  }

  /** Once, as it says nothing of the number that it finds. */
  increment(
    bucket: string,
    key: Bytes,
    by?: number,
    options: UpdateOptions = {},
  ): Promise<IncrementAnswer> {
    return this.#write(true, options, (client, sent) => client.increment(bucket, key, by, sent));
  }

  /** Once, likewise. */
  append(
    bucket: string,
    key: Bytes,
    bytes: Bytes,
    options: AppendOptions = {},
  ): Promise<WriteAnswer> {
    return this.#write(true, options, (client, sent) => client.append(bucket, key, bytes, sent));
  }

  /** Requests still running end with an error. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ client }) => client.close()));
  }

  #write<Options extends AtomicOptions, Answer>(
    once: boolean | undefined,
    options: Options,
    request: (client: NodeClient, options: Options) => Promise<Answer>,
  ): Promise<Answer> {
    if (once !== true || options.idempotencyKey !== undefined) {
      return this.#ask((client) => request(client, options), didNothing);
    }
    return this.#writeOnce({ ...options, idempotencyKey: mintIdempotencyKey() }, request);
  }

  /**
   * Once an attempt is in doubt, only an answer that is the change's own outcome tells what became
   * of it: that a later attempt did nothing says nothing of the earlier one.
   */
  async #writeOnce<Options extends AtomicOptions, Answer>(
    options: Options,
    request: (client: NodeClient, options: Options) => Promise<Answer>,
  ): Promise<Answer> {
    let doubt: unknown;
    try {
      return await this.#ask(
        (client) => request(client, options),
        (error) => {
          if (isInDoubt(error)) doubt = error;
          if (isForgotten(error)) return false;
          return isInDoubt(error) || didNothing(error);
        },
      );
    } catch (error) {
      throw doubt === undefined || tellsOutcome(error) ? error : doubt;
    }
  }

  /** Throws the last error when nobody has answered in time. */
  async #ask<Answer>(
    request: (client: NodeClient) => Promise<Answer>,
    mayAskAgain: (error: unknown) => boolean,
  ): Promise<Answer> {
    const patientUntil = performance.now() + this.#patienceMs;
    for (;;) {
      const node = this.#next();
      try {
        return await request(node.client);
      } catch (error) {
        if (cannotServe(error)) node.leftAloneUntil = performance.now() + LEFT_ALONE_MS;
        if (!mayAskAgain(error) || performance.now() >= patientUntil) throw error;
      }
      await sleep(PAUSE_MS);
    }
  }

  /** In turn, without those that are left alone; where all are, the one that was refused first. */
  #next(): Known {
    const now = performance.now();
    const inTurn = this.#nodes.map(
      (_, i) => this.#nodes[(this.#turn + i) % this.#nodes.length] as Known,
    );
    this.#turn = (this.#turn + 1) % this.#nodes.length;
    const free = inTurn.find(({ leftAloneUntil }) => leftAloneUntil <= now);
    const [soonest] = inTurn.sort((one, other) => one.leftAloneUntil - other.leftAloneUntil);
    return free ?? (soonest as Known);
  }
}

function didNothing(error: unknown): boolean {
  return isDefinite(error) && !(error instanceof QuorateError && !error.retry);
}

function isInDoubt(error: unknown): boolean {
  return isExpected(error) && !isDefinite(error);
}

/** Nobody can tell what became of it any more: to ask again is in vain. */
function isForgotten(error: unknown): boolean {
  return error instanceof QuorateError && error.facts.forgotten === true;
}

function tellsOutcome(error: unknown): boolean {
  return error instanceof QuorateError && OUTCOMES.has(error.code);
}

function readMayBeAskedAgain(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && error.retry;
}

function cannotServe(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && OF_THIS_NODE.has(error.code);
}
