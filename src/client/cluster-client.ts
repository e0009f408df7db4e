/**
 * A client of a whole cluster: it asks one node, and another one where that one certainly did
 * nothing, until somebody has answered or its patience ends.
 *
 * What is safe to send again is not guessed: a refusal whose document calls it definite and
 * worth a retry, and a request that never left. A read may always be asked again. A write whose
 * outcome nobody knows is not sent a second time, for then there might be two of it; its
 * error goes to the caller.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { GetAnswer, WriteAnswer } from './answers.ts';
import { NodeClient } from './http-client.ts';
import type { Bytes, DeleteOptions, GetOptions, PutOptions } from './request-options.ts';

/** How long a node is left alone that cannot serve now; what it says itself in `Retry-After`. */
const LEFT_ALONE_MS = 1_000;

/** Between two attempts: whatever is in the way has to pass. */
const PAUSE_MS = 10;

const DEFAULT_PATIENCE_MS = 10_000;

/** Refusals that say something of the node that was asked, and nothing of the others. */
const OF_THIS_NODE: ReadonlySet<string> = new Set(['not_ready', 'ring_forming', 'overloaded']);

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

  put(bucket: string, key: Bytes, value: Bytes, options?: PutOptions): Promise<WriteAnswer> {
    return this.#ask((client) => client.put(bucket, key, value, options), didNothing);
  }

  delete(bucket: string, key: Bytes, options?: DeleteOptions): Promise<WriteAnswer> {
    return this.#ask((client) => client.delete(bucket, key, options), didNothing);
  }

  /** Requests still running end with an error. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ client }) => client.close()));
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
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite && error.retry;
}

function readMayBeAskedAgain(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && error.retry;
}

function cannotServe(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && OF_THIS_NODE.has(error.code);
}
