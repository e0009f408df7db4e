/** Whether this node takes requests, and what a client is told where it does not. */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { MetadataView } from './metadata-group/metadata-view.ts';
import type { RequestLedger } from './request-ledger.ts';

export class Readiness {
  readonly #self: NodeId;
  readonly #requests: RequestLedger;
  readonly #group: MetadataGroup;
  readonly #view: MetadataView;

  constructor(self: NodeId, requests: RequestLedger, group: MetadataGroup, view: MetadataView) {
    this.#self = self;
    this.#requests = requests;
    this.#group = group;
    this.#view = view;
  }

  /** What a client would be told, or undefined when its requests are taken. */
  get whyNot(): QuorateError | undefined {
    if (!this.#requests.open) {
      return new QuorateError('not_ready', 'the node is stopping: ask another one');
    }
    if (this.#group.hasLeft) {
      return new QuorateError('not_ready', `${this.#self} has left the cluster: ask another node`);
    }
    if (!this.#view.formed) return this.#view.forming();
    if (this.#view.counted) return undefined;
    if (this.#group.left) {
      return new QuorateError('not_ready', 'this node has left the cluster: ask another one');
    }
    return new QuorateError(
      'not_ready',
      'the metadata group has not registered this start yet, for which it needs a majority of its voters',
    );
  }

  /** Throws `whyNot`. Whether the node is stopping is for the ledger of requests to say. */
  demand(): void {
    const { formed, counted } = this.#view;
    const reason = formed && counted && !this.#group.hasLeft ? undefined : this.whyNot;
    if (reason !== undefined) throw reason;
  }
}
