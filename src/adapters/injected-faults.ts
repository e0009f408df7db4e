/**
 * The faults of one node that was started to be given some: its wall clock, its disk and its
 * links to others, each an adapter in front of the real one or called by it; and pauses of all of
 * it.
 *
 * Without `--enable-faults` none of them is made, so that nothing stands in anybody's way.
 */

import { type FaultTable, faultyPartsOf, NO_FAULTS } from '../kernel/fault-table.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Transport } from '../ports/transport.ts';
import { FaultyClock } from './faulty-clock.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { FaultyTransport } from './peer/faulty-transport.ts';

export interface InjectedFaultsOptions {
  /** The real one. */
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Of a table in the log; samples may be many. */
const LOGGED_TEXT_MAX = 1_000;

export class InjectedFaults {
  readonly clock: FaultyClock;
  /** One for all stores of the node. */
  readonly disk: FaultyDisk;
  readonly #options: InjectedFaultsOptions;
  readonly #clockOffset: Gauge;
  readonly #pauses: Counter;
  #transport: FaultyTransport | undefined;
  #faults = NO_FAULTS;

  constructor(options: InjectedFaultsOptions) {
    const { logger, metrics } = options;
    this.#options = options;
    this.clock = new FaultyClock(options.clock);
    this.disk = new FaultyDisk(options);
    this.#clockOffset = metrics.gauge({
      name: 'faults_clock_offset_seconds',
      help: "By how much this node's wall clock is wrong on purpose",
    });
    this.#pauses = metrics.counter({
      name: 'faults_pauses_total',
      help: 'Times that this node was paused on purpose',
    });
    logger.warn('faults can be injected into this node: it is not fit for real work');
  }

  /** What the node is to reach others through, in place of `inner`. */
  linksOver(inner: Transport, self: NodeId): Transport {
    this.#transport = new FaultyTransport({ ...this.#options, inner, self });
    return this.#transport;
  }

  get faults(): FaultTable {
    return this.#faults;
  }

  /**
   * Stops this process, as a signal would: nothing runs here until the time is over, neither
   * timers nor heartbeats. What the store's own threads have begun they end.
   */
  pause(ms: number): void {
    this.#options.logger.warn('paused on purpose', { ms });
    this.#pauses.add();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  }

  /** Of the peers that are known now. */
  get faultyPeers(): readonly NodeId[] {
    return this.#transport?.faultyPeers ?? [];
  }

  /** Replaces all faults; messages that are under way already keep their delay. */
  setFaults(table: FaultTable): void {
    const { links, disk = {}, clock } = table;
    this.#faults = table;
    this.#transport?.setFaults(links);
    this.disk.setFaults(disk);
    this.clock.offsetMs = clock?.offsetMs ?? 0;
    this.#clockOffset.set(this.clock.offsetMs / 1_000);
    const text = JSON.stringify(table);
    this.#options.logger.warn('faults set', {
      faults: text.length <= LOGGED_TEXT_MAX ? table : `${text.slice(0, LOGGED_TEXT_MAX)}...`,
      links: this.faultyPeers,
      parts: faultyPartsOf(table),
    });
  }
}
