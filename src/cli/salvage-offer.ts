/**
 * What a directory holds on its way to a node, a batch at a time. What could not be placed on all
 * replicas, and may be later, is offered again while there is patience left; the whole may be run
 * again at any time, since what has arrived is only found to be there.
 */

import type { NodeClient } from '../client/http-client.ts';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import { hasRoom, refusedOffer } from '../kernel/offer.ts';
import type { SalvagedNode, SalvagedObject, SalvageOutcome } from '../kernel/salvage-batch.ts';
import type { SalvageableRecord } from '../node/index.ts';

/** How many records came to which end. */
export interface SalvageTally {
  objects: number;
  hints: number;
  /** New to the cluster, and on all replicas now; in a dry run: that it lacks. */
  salvaged: number;
  present: number;
  reaped: number;
  damaged: number;
  noBucket: number;
  /** Not on all replicas, by the code of what stood in the way, with an example. */
  readonly refused: Map<string, { count: number; readonly detail: string }>;
}

export interface SalvageOffer {
  readonly client: Pick<NodeClient, 'salvage'>;
  readonly node: SalvagedNode;
  readonly dryRun: boolean;
  /** For all that has to be offered again, together. */
  readonly patienceMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly onProgress: (tally: SalvageTally) => void;
}

const CALL_MS_MAX = 30_000;
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 4_000;

/** Throws where nothing may be taken from the node, or the one that is asked stays silent. */
export function offerAll(
  offer: SalvageOffer,
  records: Iterable<SalvageableRecord>,
): Promise<SalvageTally> {
  return new Offering(offer).run(records);
}

export function refusedIn({ refused }: SalvageTally): number {
  return [...refused.values()].reduce((sum, { count }) => sum + count, 0);
}

class Offering {
  readonly #offer: SalvageOffer;
  readonly #tally: SalvageTally = {
    objects: 0,
    hints: 0,
    salvaged: 0,
    present: 0,
    reaped: 0,
    damaged: 0,
    noBucket: 0,
    refused: new Map(),
  };
  #patienceMs: number;

  constructor(offer: SalvageOffer) {
    this.#offer = offer;
    this.#patienceMs = offer.patienceMs;
  }

  async run(records: Iterable<SalvageableRecord>): Promise<SalvageTally> {
    const tally = this.#tally;
    // Whether anything may be taken at all is known before the directory is read.
    await this.#ask([]);
    let batch: SalvagedObject[] = [];
    let bytes = 0;
    const flush = async () => {
      await this.#place(batch);
      batch = [];
      bytes = 0;
      this.#offer.onProgress(tally);
    };
    for (const { kind, content } of records) {
      if (kind === 'hint') tally.hints++;
      else tally.objects++;
      if (content === 'damaged') {
        tally.damaged++;
        continue;
      }
      const size = content.key.length + content.object.length;
      if (!hasRoom(batch.length, bytes, size)) await flush();
      batch.push(content);
      bytes += size;
    }
    await flush();
    return tally;
  }

  async #place(objects: readonly SalvagedObject[]): Promise<void> {
    let waiting = objects;
    let pauseMs = PAUSE_MS_MIN;
    while (waiting.length > 0) {
      const outcomes = await this.#ask(waiting);
      const again: SalvagedObject[] = [];
      const mayTryAgain = this.#patienceMs > 0;
      for (const [i, object] of waiting.entries()) {
        const outcome = outcomes[i] as SalvageOutcome;
        const isLater = outcome.outcome === 'refused' && outcome.retry && mayTryAgain;
        if (isLater) again.push(object);
        else this.#count(outcome);
      }
      waiting = again;
      if (waiting.length > 0) await this.#pause(pauseMs);
      pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs);
    }
  }

  async #ask(objects: readonly SalvagedObject[]): Promise<readonly SalvageOutcome[]> {
    const { client, node, dryRun } = this.#offer;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs)) {
      try {
        return await client.salvage({ node, dryRun, objects }, CALL_MS_MAX);
      } catch (error) {
        const isTooLarge = error instanceof QuorateError && error.code === 'value_too_large';
        if (isTooLarge && objects.length === 1) return [refusedOffer(error)];
        const isPassing =
          error instanceof TransportError || (error instanceof QuorateError && error.retry);
        if (!isPassing || this.#patienceMs <= 0) throw error;
        await this.#pause(pauseMs);
      }
    }
  }

  #count(outcome: SalvageOutcome): void {
    const tally = this.#tally;
    switch (outcome.outcome) {
      case 'merged':
        tally.salvaged++;
        break;
      case 'present':
        tally.present++;
        break;
      case 'reaped':
        tally.reaped++;
        break;
      case 'no_bucket':
        tally.noBucket++;
        break;
      case 'refused': {
        const { code, detail } = outcome;
        const known = tally.refused.get(code) ?? { count: 0, detail };
        tally.refused.set(code, { ...known, count: known.count + 1 });
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#patienceMs -= ms;
    await this.#offer.sleep(ms);
  }
}
