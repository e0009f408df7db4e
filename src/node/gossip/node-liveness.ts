/**
 * Who seems alive: whom the last attempt to reach found, and nobody suspects. A suspect may
 * well live, so it is asked too where nobody better is left; but it is not asked first, and
 * others stand in for it. Where somebody has fallen silent only requests go by that
 * (`responsive`), seconds before it is suspected. Returns are found by looking every so often.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Liveness } from '../../ports/liveness.ts';
import type { Transport } from '../../ports/transport.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';

const LOOK_EVERY_MS = 200;

export interface NodeLivenessPorts {
  readonly self: NodeId;
  readonly transport: Transport;
  readonly view: ClusterView;
  readonly clock: Clock;
  /** By gossip: suspected, dead or gone. */
  readonly accused: (node: NodeId) => boolean;
  /** Owes replies, and nothing comes from it. */
  readonly silent: (node: NodeId) => boolean;
}

export class NodeLiveness implements Liveness {
  readonly #ports: NodeLivenessPorts;
  readonly #listeners = new Set<(node: NodeId) => void>();
  #gone: ReadonlySet<NodeId> = new Set();
  #timer: Timer | undefined;

  constructor(ports: NodeLivenessPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer = this.#ports.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  reachable(node: NodeId): boolean {
    return this.mayAnswer(node) && !this.#ports.accused(node);
  }

  responsive(node: NodeId): boolean {
    return this.reachable(node) && !this.#ports.silent(node);
  }

  mayAnswer(node: NodeId): boolean {
    const { self, transport } = this.#ports;
    return node === self || transport.reachable(node);
  }

  onReturn(listener: (node: NodeId) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #look(): void {
    const { view } = this.#ports;
    if (!view.formed) return;
    const members = view.ring().members.map(({ id }) => id);
    const before = this.#gone;
    this.#gone = new Set(members.filter((node) => !this.responsive(node)));
    const back = members.filter((node) => before.has(node) && !this.#gone.has(node));
    for (const node of back) for (const listener of this.#listeners) listener(node);
  }
}
