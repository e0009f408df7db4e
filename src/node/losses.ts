/** Damaged records that nobody can read any more, and that operators give up. */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { AcceptedLoss } from '../repair/record-rebuild.ts';
import type { RegisterUpkeep } from '../repair/register-upkeep.ts';
import type { Repair } from '../repair/repair.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { planKey } from '../routing/key-plan.ts';
import type { RequestLedger } from './request-ledger.ts';

/** What mends the records of objects, and those of registers. */
export interface Upkeep {
  readonly repair: Pick<Repair, 'acceptLoss'>;
  readonly registerUpkeep: Pick<RegisterUpkeep, 'acceptLoss'>;
}

export class Losses {
  readonly #view: ClusterView;
  readonly #requests: RequestLedger;
  readonly #upkeep: Upkeep;

  constructor(view: ClusterView, requests: RequestLedger, upkeep: Upkeep) {
    this.#view = view;
    this.#requests = requests;
    this.#upkeep = upkeep;
  }

  /**
   * What became of the record of this node. Throws `no_such_bucket` and others where there is no
   * way to the key, and `too_few_replicas` where a replica is silent.
   */
  accept(bucket: string, key: Uint8Array, timeoutMs: number): Promise<AcceptedLoss> {
    return this.#requests.run('admin', timeoutMs, async () => {
      const { repair, registerUpkeep } = this.#upkeep;
      const mode = this.#view.bucket(bucket)?.mode === 'paxos' ? 'paxos' : 'dynamo';
      const { address } = planKey(this.#view, bucket, key, mode);
      try {
        return await (mode === 'paxos' ? registerUpkeep : repair).acceptLoss(address);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        const detail = `a replica that may have the key is silent: ${error.message}`;
        throw new QuorateError('too_few_replicas', detail);
      }
    });
  }
}
