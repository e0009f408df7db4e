/** Whether this node takes requests, and what a client is told where it does not. */

import { QuorateError, type UnreadyReason } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { MetadataLag } from './metadata-group/metadata-lag.ts';
import type { MetadataView } from './metadata-group/metadata-view.ts';
import type { RequestLedger } from './request-ledger.ts';

export interface ReadinessPorts {
  readonly self: NodeId;
  readonly requests: Pick<RequestLedger, 'open'>;
  readonly group: Pick<MetadataGroup, 'hasLeft' | 'left' | 'state'>;
  readonly view: Pick<MetadataView, 'formed' | 'forming' | 'counted'>;
  readonly metadataLag: Pick<MetadataLag, 'lag'>;
}

export class Readiness {
  readonly #ports: ReadinessPorts;

  constructor(ports: ReadinessPorts) {
    this.#ports = ports;
  }

  /** What a client would be told, or undefined when its requests are taken. */
  get whyNot(): QuorateError | undefined {
    const { self, requests, group, view } = this.#ports;
    if (!requests.open) return notReady('draining', 'the node is stopping: ask another one');
    if (group.hasLeft) {
      return notReady('left', `${self} has left the cluster: ask another node`);
    }
    if (!view.formed) return view.forming();
    if (view.counted) return undefined;
    if (group.left) return notReady('left', 'this node has left the cluster: ask another one');
    return notReady(
      'start_unregistered',
      'the metadata group has not registered this start yet, for which it needs a majority of its voters',
    );
  }

  /**
   * Why clients should rather ask another node: `whyNot`, and being behind the metadata. A node
   * that is behind takes requests all the same, and catches up where one of them needs it.
   */
  get whyAvoided(): QuorateError | undefined {
    return this.whyNot ?? this.#whyBehind;
  }

  /** Throws `whyNot`. Whether the node is stopping is for the ledger of requests to say. */
  demand(): void {
    const { group, view } = this.#ports;
    const reason = view.formed && view.counted && !group.hasLeft ? undefined : this.whyNot;
    if (reason !== undefined) throw reason;
  }

  get #whyBehind(): QuorateError | undefined {
    const { lag } = this.#ports.metadataLag;
    if (lag === undefined) return undefined;
    return notReady(
      'metadata_behind',
      `this node has applied the log of the metadata group up to entry ${lag.applied}, and others were at ${lag.known} seconds ago: ask another one`,
    );
  }
}

function notReady(reason: UnreadyReason, detail: string): QuorateError {
  return new QuorateError('not_ready', detail, { reason });
}
