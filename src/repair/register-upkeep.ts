/**
 * What keeps registers in order beside their proposers: erasing those that hold nothing, and
 * rebuilding damaged ones.
 */

import type { Metrics } from '../ports/metrics.ts';
import type { Transport } from '../ports/transport.ts';
import { Admission } from '../replica/admission.ts';
import type { Address } from '../replica/store-keys.ts';
import type { AcceptedLoss } from './record-rebuild.ts';
import { RegisterCollection, type RegisterCollectionPorts } from './register-collection.ts';
import { RegisterErasure } from './register-erasure.ts';
import { makeRegisterMetrics } from './register-metrics.ts';
import { RegisterRebuild, type RegisterRebuildPorts } from './register-rebuild.ts';

export type RegisterUpkeepPorts = Omit<RegisterCollectionPorts, 'counts'> &
  Omit<RegisterRebuildPorts, 'counts'> & { readonly metrics: Metrics };

export class RegisterUpkeep {
  readonly #erasure: RegisterErasure;
  readonly #collection: RegisterCollection;
  readonly #rebuild: RegisterRebuild;

  constructor(ports: RegisterUpkeepPorts) {
    const { self, view, metrics } = ports;
    const counts = makeRegisterMetrics(metrics);
    this.#erasure = new RegisterErasure({ ...ports, admission: new Admission(self, view) });
    this.#collection = new RegisterCollection({ ...ports, counts });
    this.#rebuild = new RegisterRebuild({ ...ports, counts });
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    this.#erasure.serve(transport);
  }

  /** See register-rebuild.ts. Throws `QuorateError` or `TransportError`. */
  acceptLoss(address: Address): Promise<AcceptedLoss> {
    return this.#rebuild.acceptLoss(address);
  }

  start(): void {
    this.#collection.start();
    this.#rebuild.start();
  }

  /** From here on the store is neither read nor written. */
  stop(): void {
    this.#erasure.close();
    this.#collection.stop();
    this.#rebuild.stop();
  }
}
