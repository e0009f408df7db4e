/**
 * Work on one partition in the background, pass after pass until it is done, as long as the move
 * is at the stage that asked for it. What fails is tried again after a pause that doubles, and
 * says meanwhile what it waits for.
 */

import { DecodeError } from '../../kernel/bytes.ts';
import { isExpected } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MoveStage } from '../../ring/move.ts';
import { pause } from '../pace.ts';
import type { Slots } from '../slots.ts';
import type { MoveGate } from './move-gate.ts';
import type { MovingPartition, TransferProgress } from './transfer-messages.ts';
import type { TransferMetrics } from './transfer-metrics.ts';

export interface TransferJobPorts {
  readonly clock: Clock;
  readonly gate: MoveGate;
  readonly counts: TransferMetrics;
  /** How many such jobs work at the same time. */
  readonly slots: Slots;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

export abstract class TransferJob {
  readonly moving: MovingPartition;
  readonly #ports: TransferJobPorts;
  readonly #stage: MoveStage;
  #state: TransferProgress['state'] = 'running';
  #detail: string | null = null;
  /** Keys counted when the detail was noted. */
  #detailAtKeys = 0;
  #stopped = false;

  constructor(ports: TransferJobPorts, moving: MovingPartition, stage: MoveStage) {
    this.#ports = ports;
    this.moving = moving;
    this.#stage = stage;
  }

  get state(): TransferProgress['state'] {
    return this.#state;
  }

  progress(): TransferProgress {
    const counted = this.counted();
    const goesOn = this.#state === 'running' && counted.keys > this.#detailAtKeys;
    return { state: this.#state, detail: goesOn ? null : this.#detail, ...counted };
  }

  /** Another one takes its place. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when it is over, whatever the outcome; rejects with what is nobody's to expect. */
  async run(): Promise<void> {
    const { clock, slots } = this.#ports;
    let failures = 0;
    for (;;) {
      const { keys } = this.counted();
      const isDone = await slots.run(() => this.#try());
      if (isDone) this.#end('done', null);
      else if (!this.isWanted) this.#end('failed', 'the move has gone on, or this node stops');
      if (this.#state !== 'running') return;
      failures = this.counted().keys > keys ? 0 : failures + 1;
      await pause(clock, Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures));
    }
  }

  /** The move is where it was when this was asked for. */
  protected get isWanted(): boolean {
    return !this.#stopped && this.#ports.gate.isAt(this.moving, this.#stage);
  }

  /** True when all is done; throws, or tells by `waitFor` and false, what keeps it from that. */
  protected abstract pass(): Promise<boolean>;

  protected abstract counted(): Pick<TransferProgress, 'keys' | 'bytes' | 'of'>;

  protected waitFor(what: string): false {
    this.#detail = what;
    this.#detailAtKeys = this.counted().keys;
    return false;
  }

  async #try(): Promise<boolean> {
    if (!this.isWanted) return false;
    try {
      return await this.pass();
    } catch (error) {
      if (!isExpected(error) && !(error instanceof DecodeError)) throw error;
      this.#ports.counts.failures.add();
      return this.waitFor(error instanceof Error ? error.message : String(error));
    }
  }

  #end(state: 'done' | 'failed', detail: string | null): void {
    this.#state = state;
    this.#detail = detail;
  }
}
