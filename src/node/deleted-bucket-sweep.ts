/** Removes from the disk of a node what deleted buckets left, whenever there are more of them. */

import { isExpected, StoreError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Fallback } from '../replica/fallback.ts';
import type { Replica } from '../replica/replica.ts';

export interface DeletedBucketSweepPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly replica: Replica;
  readonly fallback: Fallback;
  readonly onFatal: (error: unknown) => void;
}

export class DeletedBucketSweep {
  readonly #ports: DeletedBucketSweepPorts;
  /** So many had been deleted when the store was looked through. */
  #swept = 0;

  constructor(ports: DeletedBucketSweepPorts) {
    this.#ports = ports;
  }

  /** So many buckets were deleted by now. */
  follow(deleted: number): void {
    if (deleted === this.#swept) return;
    this.#swept = deleted;
    const { clock, logger, replica, fallback, onFatal } = this.#ports;
    const nextTurn = () => new Promise<void>((resolve) => void clock.setTimer(0, resolve));
    Promise.all([replica.sweep(nextTurn), fallback.sweep(nextTurn)]).then(
      ([keys, hints]) => {
        if (keys + hints > 0) logger.info('deleted buckets swept', { keys, hints });
      },
      (error: unknown) => {
        if (!isExpected(error) && !(error instanceof StoreError)) onFatal(error);
      },
    );
  }
}
