/** The jobs of one kind on this node, one a partition: asked for again and again, begun once. */

import { StoreError } from '../../kernel/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TransferJob } from './transfer-job.ts';
import type { MovingPartition, TransferProgress } from './transfer-messages.ts';

export interface TransferJobsPorts {
  readonly kind: 'copy' | 'leave';
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
  /** One more runs, or one less. */
  readonly onChange: () => void;
}

export class TransferJobs<Job extends TransferJob> {
  readonly #ports: TransferJobsPorts;
  readonly #jobs = new Map<number, Job>();

  constructor(ports: TransferJobsPorts) {
    this.#ports = ports;
  }

  get running(): number {
    return this.all().filter(({ state }) => state === 'running').length;
  }

  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** Something was begun for this. */
  knows(moving: MovingPartition): boolean {
    const known = this.#jobs.get(moving.partition);
    return known !== undefined && isOf(known, moving);
  }

  /** How the job stands that does this, begun now where there is none, or where it failed. */
  ask(moving: MovingPartition, isSame: (job: Job) => boolean, make: () => Job): TransferProgress {
    const known = this.#jobs.get(moving.partition);
    if (known !== undefined && isOf(known, moving) && isSame(known)) {
      if (known.state !== 'failed') return known.progress();
    }
    known?.stop();
    const job = make();
    this.#jobs.set(moving.partition, job);
    this.#begin(job);
    return job.progress();
  }

  #begin(job: Job): void {
    const { kind, logger, onFatal, onChange } = this.#ports;
    job.run().then(
      () => {
        logger.debug('a transfer is over', { kind, ...job.moving, ...job.progress() });
        onChange();
      },
      (error: unknown) => {
        // A store that failed has stopped the node already.
        if (!(error instanceof StoreError)) onFatal(error);
      },
    );
    onChange();
  }

  /** Those of moves that have gone on need not be remembered. */
  forgetUnless(isUnderWay: (moving: MovingPartition) => boolean): void {
    for (const [partition, { moving, state }] of this.#jobs) {
      if (state !== 'running' && !isUnderWay(moving)) this.#jobs.delete(partition);
    }
  }
}

function isOf({ moving }: TransferJob, { epoch, session }: MovingPartition): boolean {
  return moving.epoch === epoch && moving.session === session;
}
