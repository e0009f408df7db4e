/**
 * What this member says of itself.
 *
 * Invariant: an incarnation is on disk before any message bears it, so that no incarnation is
 * ever lived twice (memberlist #311: after a restart of all, stale news of death won). It
 * rises at every start and with every refutation, and with nothing else but a new address.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Address, Facts, Presence } from './message.ts';
import type { GossipOptions, Recovered } from './options.ts';

export class Self {
  readonly #options: GossipOptions;
  /** On disk, and told to others; 0 until the first of this start is. */
  #incarnation = 0;
  #wanted: number;
  #asked: number;
  #sequence = 0;
  #facts: Facts;
  #address: Address;
  /** Comes into force with the next incarnation. */
  #nextAddress: Address;

  constructor(options: GossipOptions, recovered: Recovered) {
    this.#options = options;
    this.#asked = recovered.incarnation;
    this.#wanted = recovered.incarnation + 1;
    this.#facts = options.facts;
    this.#address = options.address;
    this.#nextAddress = options.address;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get hasStarted(): boolean {
    return this.#incarnation > 0;
  }

  get presence(): Presence {
    const { self: member, name } = this.#options;
    const address = this.#address;
    const incarnation = this.#incarnation;
    return { member, name, address, incarnation, sequence: this.#sequence, facts: this.#facts };
  }

  setFacts(facts: Facts): void {
    this.#facts = facts;
    this.#sequence += 1;
  }

  setAddress(address: Address): void {
    this.#nextAddress = address;
    this.riseAbove(this.#incarnation);
  }

  /** @returns false if an incarnation above that one is being written already */
  riseAbove(incarnation: number): boolean {
    if (this.#wanted > Math.max(incarnation, this.#incarnation)) return false;
    this.#wanted = Math.max(incarnation, this.#incarnation) + 1;
    return true;
  }

  get wantsPersisting(): boolean {
    return this.#wanted > this.#asked;
  }

  /** An incarnation that is to be on disk and was not asked for yet. */
  takePersist(): number | undefined {
    if (!this.wantsPersisting) return undefined;
    this.#asked = this.#wanted;
    return this.#wanted;
  }

  persisted(incarnation: number): void {
    invariant(incarnation <= this.#asked, 'only what was asked for can be on disk');
    invariant(incarnation > this.#incarnation, 'incarnations rise');
    this.#incarnation = incarnation;
    this.#address = this.#nextAddress;
  }
}
