/**
 * The network between simulated nodes: every message takes its own time, so they overtake
 * each other; links lose, repeat and cut them, each direction by itself.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Simulation } from './simulation.ts';

export interface LinkFaults {
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Probability that a message is lost. */
  readonly drop: number;
  /** Probability that a message arrives twice. */
  readonly duplicate: number;
  /** Nothing passes. */
  readonly cut: boolean;
}

/** One message, as it stands in the trace. */
export interface SimMessage {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly label: string;
}

export const HEALTHY_LINK: LinkFaults = {
  delayMsMin: 0.1,
  delayMsMax: 1,
  drop: 0,
  duplicate: 0,
  cut: false,
};

export class SimNetwork {
  readonly #simulation: Simulation;
  readonly #links = new Map<string, LinkFaults>();
  /** How links behave that were not set by themselves. */
  defaults: LinkFaults = HEALTHY_LINK;
  /** How long a message is under way, in milliseconds; undefined: as its link has it. */
  delayOf: ((message: SimMessage) => number | undefined) | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Sets one direction of one link; what is not named stays as it is. */
  setLink(from: NodeId, to: NodeId, faults: Partial<LinkFaults>): void {
    this.#links.set(linkName(from, to), { ...this.link(from, to), ...faults });
    this.#simulation.trace(`link ${from}>${to} ${JSON.stringify(faults)}`);
  }

  /** Cuts or mends all links between the two groups, in the direction from `a` to `b` only. */
  cutOneWay(a: readonly NodeId[], b: readonly NodeId[], cut = true): void {
    for (const from of a) for (const to of b) if (from !== to) this.setLink(from, to, { cut });
  }

  cutBothWays(a: readonly NodeId[], b: readonly NodeId[], cut = true): void {
    this.cutOneWay(a, b, cut);
    this.cutOneWay(b, a, cut);
  }

  /** All links behave as `HEALTHY_LINK` again. */
  heal(): void {
    this.#links.clear();
    this.defaults = HEALTHY_LINK;
    this.#simulation.trace('network healed');
  }

  link(from: NodeId, to: NodeId): LinkFaults {
    return this.#links.get(linkName(from, to)) ?? this.defaults;
  }

  /** Sends one message; `arrive` runs once, twice or never. A node reaches itself at once. */
  deliver(from: NodeId, to: NodeId, label: string, arrive: () => void): void {
    if (from === to) {
      this.#simulation.schedule(0, arrive);
      return;
    }
    const link = this.link(from, to);
    const { random } = this.#simulation;
    if (link.cut || random.chance(link.drop)) {
      this.#simulation.trace(`lost ${from}>${to} ${label}`);
      return;
    }
    const copies = random.chance(link.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = this.delayOf?.({ from, to, label }) ?? drawDelayMs(link, random.float());
      this.#simulation.schedule(delayMs, () => {
        this.#simulation.trace(`arrived ${from}>${to} ${label}`);
        arrive();
      });
    }
  }
}

function linkName(from: NodeId, to: NodeId): string {
  return `${from}>${to}`;
}

function drawDelayMs({ delayMsMin, delayMsMax }: LinkFaults, float: number): number {
  return delayMsMin + float * (delayMsMax - delayMsMin);
}
