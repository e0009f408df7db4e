/** One node as a client of the cluster knows it: its connections, how it does, whether it serves. */

import { type Call, Connection, type ConnectionOptions } from './connection.ts';
import { Latencies } from './latencies.ts';
import type { OnEnded, RunningCall } from './running-call.ts';

const PROBE: Call = { method: 'GET', path: '/readyz' };
const PROBE_MS_MAX = 1_000;

/** Weight of the last answer in the running mean of how long they took. */
const SMOOTHING = 0.1;
/** The mean is half as much after so long without an answer: who was slow is asked again. */
const HALF_LIFE_MS = 500;

export class Peer {
  readonly connection: Connection;
  /** Of gets. */
  readonly latencies = new Latencies();
  #inFlight = 0;
  #meanMs = 0;
  /** In `performance.now()`. */
  #answeredAt = 0;
  #probing: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: string, options: ConnectionOptions) {
    this.connection = new Connection(address, options);
  }

  get address(): string {
    return this.connection.address;
  }

  /** False since it could not serve, until it says itself that it can. */
  get serves(): boolean {
    return this.#probing === undefined;
  }

  /** What a request to it would meet: the less, the better. */
  get load(): number {
    const decay = 2 ** ((this.#answeredAt - performance.now()) / HALF_LIFE_MS);
    return (this.#inFlight + 1) * (1 + this.#meanMs * decay);
  }

  /** @param onEnded told before the answer is */
  start(call: Call, waitMs: number, onEnded?: OnEnded): RunningCall {
    const askedAt = performance.now();
    this.#inFlight += 1;
    return this.connection.start(call, waitMs, (error, wasStopped) => {
      const now = performance.now();
      this.#inFlight -= 1;
      this.#meanMs += (now - askedAt - this.#meanMs) * SMOOTHING;
      this.#answeredAt = now;
      if (call.method === 'GET') this.latencies.add(now - askedAt);
      onEnded?.(error, wasStopped);
    });
  }

  /** It is asked for nothing, where others can be, until it says that it is ready again. */
  leaveAlone(ms: number): void {
    if (this.#closed || !this.serves) return;
    this.#probing = setTimeout(() => this.#probe(ms), ms).unref();
  }

  close(): Promise<void> {
    this.#retire();
    return this.connection.close();
  }

  /** Takes no more requests; resolves when those still running have ended. */
  drain(): Promise<void> {
    this.#retire();
    return this.connection.drain();
  }

  #retire(): void {
    this.#closed = true;
    clearTimeout(this.#probing);
  }

  async #probe(ms: number): Promise<void> {
    const isReady = await this.connection
      .start(PROBE, PROBE_MS_MAX)
      .answer.then(({ status }) => status === 200)
      .catch(() => false);
    this.#probing = undefined;
    if (!isReady) this.leaveAlone(ms);
  }
}
