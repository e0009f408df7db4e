/**
 * Carries the moves of the ring out, on the node that leads the metadata group: begins as many
 * as may run at once, has each stage's work done, and enters in the log that it was.
 *
 * All that counts is in the metadata: a leader that is lost leaves moves at some stage, and
 * the next one goes on with them. A move that cannot go on waits and is tried again for ever;
 * why it waits is told (`waits`).
 */

import { isExpected } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Command } from '../../metadata/command.ts';
import type { StageToLeave } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Transport } from '../../ports/transport.ts';
import { partitionEpoch } from '../../ring/ring.ts';
import { circumstancesOf } from './move-circumstances.ts';
import { type Copied, carryOutStage, type PresentMove, StageWaits } from './move-steps.ts';
import { movesToBegin } from './moves-to-begin.ts';
import { Retirement } from './retirement.ts';

export interface MoveDriverPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transport: Transport;
  /** Undefined where this node does not lead, or has yet to apply an entry of its own term. */
  readonly led: () => MetadataState | undefined;
  /** Has the group carry out a command that may run twice. */
  readonly run: (command: Command) => Promise<unknown>;
  /** So much the receivers of a move have copied by now. */
  readonly onCopied: (move: PresentMove, copied: Copied) => void;
  /** Who seems to be alive. */
  readonly reachable: (node: NodeId) => boolean;
  readonly onFatal: (error: unknown) => void;
}

const LOOK_EVERY_MS = 50;

/** A move that has waited for so long stands still: another one has its place. */
const STILL_AFTER_MS = 2_000;

const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;

/** What is known of one move's present stage. */
interface Pursuit {
  readonly epoch: number;
  /** Of its circumstances. */
  readonly mark: string;
  busy: boolean;
  done: boolean;
  failures: number;
  /** In `clock.now()`. */
  retryAt: number;
  /** Undefined: it goes on. */
  waiting: Waiting | undefined;
}

interface Waiting {
  /** In `clock.now()`. */
  readonly since: number;
  readonly why: string;
}

export class MoveDriver {
  readonly #ports: MoveDriverPorts;
  readonly #retirement: Retirement;
  /** By partition. */
  readonly #pursuits = new Map<number, Pursuit>();
  #entering = false;
  #stopped = false;

  constructor(ports: MoveDriverPorts) {
    this.#ports = ports;
    this.#retirement = new Retirement(ports);
  }

  start(): void {
    if (this.#stopped) return;
    this.look();
    this.#ports.clock.setTimer(LOOK_EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#pursuits.clear();
  }

  /** By partition: why its move does not go on; of the leader only. */
  waits(): ReadonlyMap<number, string> {
    const waits = new Map<number, string>();
    for (const [partition, { waiting }] of this.#pursuits) {
      if (waiting !== undefined) waits.set(partition, waiting.why);
    }
    return waits;
  }

  /** How many moves have waited for long. */
  #countStill(): number {
    const before = this.#ports.clock.now() - STILL_AFTER_MS;
    const isStill = ({ waiting }: Pursuit) => waiting !== undefined && waiting.since <= before;
    return [...this.#pursuits.values()].filter(isStill).length;
  }

  #noteWaiting(pursuit: Pursuit, why: string | undefined): void {
    const since = pursuit.waiting?.since ?? this.#ports.clock.now();
    pursuit.waiting = why === undefined ? undefined : { since, why };
  }

  look(): void {
    const state = this.#ports.led();
    const ring = state?.ring();
    if (state === undefined || ring === undefined) {
      this.#pursuits.clear();
      return;
    }
    for (const partition of this.#pursuits.keys()) {
      if (!ring.moves.has(partition)) this.#pursuits.delete(partition);
    }
    for (const move of ring.moves.values()) {
      this.#pursue(state, { ...move, epoch: partitionEpoch(ring, move.partition) });
    }
    this.#enter(state);
    this.#retirement.look(state);
  }

  /** Where somebody is declared dead meanwhile, the stage is judged anew, from the beginning. */
  #pursue(state: MetadataState, move: PresentMove): void {
    const { partition, epoch } = move;
    const { mark } = circumstancesOf(state, move);
    const known = this.#pursuits.get(partition);
    const isSame = known?.epoch === epoch && known.mark === mark;
    const pursuit = isSame ? known : newPursuit(epoch, mark);
    this.#pursuits.set(partition, pursuit);
    if (pursuit.busy || pursuit.done || this.#ports.clock.now() < pursuit.retryAt) return;
    pursuit.busy = true;
    this.#carryOut(move, pursuit)
      .catch(this.#ports.onFatal)
      .finally(() => {
        pursuit.busy = false;
      });
  }

  async #carryOut(move: PresentMove, pursuit: Pursuit): Promise<void> {
    const { clock, transport, logger, led, onCopied } = this.#ports;
    const circumstances = circumstancesOf(led(), move);
    const isPresent = () => !this.#stopped && isAt(led(), move, pursuit.mark);
    const onWaiting = (why: string | undefined) => this.#noteWaiting(pursuit, why);
    const ports = { clock, transport, isPresent, onWaiting, onCopied, ...circumstances };
    try {
      pursuit.done = await carryOutStage(ports, move);
      this.#noteWaiting(pursuit, undefined);
    } catch (error) {
      if (!isExpected(error) && !(error instanceof StageWaits)) throw error;
      const { partition, stage } = move;
      this.#noteWaiting(pursuit, (error as Error).message);
      pursuit.failures++;
      const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (pursuit.failures - 1));
      pursuit.retryAt = clock.now() + waitMs;
      logger.debug('a move waits', { partition, stage, error });
    }
  }

  /** One entry at a time, for all that is due. One that is refused is judged anew. */
  #enter(state: MetadataState): void {
    if (this.#entering) return;
    const { run, reachable, logger, onFatal } = this.#ports;
    const still = this.#countStill();
    const command = this.#advance(state) ?? movesToBegin(state, { still, reachable });
    if (command === undefined) return;
    this.#entering = true;
    run(command)
      .catch((error: unknown) => {
        if (!isExpected(error)) return onFatal(error);
        logger.debug('moves wait for the log', { error });
      })
      .finally(() => {
        this.#entering = false;
      });
  }

  #advance(state: MetadataState): Command | undefined {
    const moves: StageToLeave[] = [];
    for (const [partition, { epoch, mark, done }] of this.#pursuits) {
      const move = state.ring()?.moves.get(partition);
      if (done && move !== undefined && isAt(state, { ...move, epoch }, mark)) {
        moves.push({ partition, epoch, stage: move.stage });
      }
    }
    return moves.length === 0 ? undefined : { type: 'advance_moves', moves };
  }
}

function newPursuit(epoch: number, mark: string): Pursuit {
  return { epoch, mark, busy: false, done: false, failures: 0, retryAt: 0, waiting: undefined };
}

/** The partition's last change brought the move to this stage, and nobody else has died. */
function isAt(state: MetadataState | undefined, move: PresentMove, mark: string): boolean {
  const ring = state?.ring();
  if (ring === undefined || partitionEpoch(ring, move.partition) !== move.epoch) return false;
  return circumstancesOf(state, move).mark === mark;
}
