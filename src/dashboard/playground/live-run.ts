/** What the clients of the playground did, and what was done to the cluster meanwhile. */

import type { FaultWindow } from '../../checkers/history.ts';
import type { Judged } from './freshness.ts';
import type { Preset } from './presets.ts';
import { firstEnding } from './timeline-layout.ts';
import { type Settings, type Surroundings, Workload } from './workload.ts';

/** Beyond it the oldest are forgotten: an hour of five clients. */
const KEPT_MAX = 50_000;

export class LiveRun {
  readonly #surroundings: Omit<Surroundings, 'onJudged'>;
  #judged: Judged[] = [];
  #faults: FaultWindow[] = [];
  #workload: Workload | undefined;
  #key: string | undefined;
  #endedAt: number | undefined;
  #runs = 0;
  #isClosed = false;

  constructor(surroundings: Omit<Surroundings, 'onJudged'>) {
    this.#surroundings = surroundings;
  }

  /** In the order in which they ended. */
  get judged(): readonly Judged[] {
    return this.#judged;
  }

  get faults(): readonly FaultWindow[] {
    return this.#faults;
  }

  /** What was done by the clients that run, or ran last, since a moment. */
  since(ms: number): readonly Judged[] {
    const recent = this.#judged.slice(firstEnding(this.#judged, ms));
    return recent.filter(({ operation }) => operation.key === this.#key);
  }

  get isRunning(): boolean {
    return this.#workload !== undefined;
  }

  get now(): number {
    return this.#surroundings.now();
  }

  /** Up to which there is something to see: now, or the end of the last operation. */
  get latest(): number {
    return this.#endedAt ?? this.now;
  }

  /** @param name that no other page gives to its run */
  start(preset: Preset, settings: Settings, name: string): void {
    if (this.#isClosed) return;
    this.stop();
    const key = `${name}-${++this.#runs}`;
    const workload = new Workload(preset, key, settings, {
      ...this.#surroundings,
      onJudged: (judged) => this.#keep(judged),
    });
    this.#workload = workload;
    this.#key = key;
    this.#endedAt = undefined;
    void workload.run();
  }

  set settings(settings: Settings) {
    if (this.#workload !== undefined) this.#workload.settings = settings;
  }

  stop(): void {
    if (this.#workload === undefined) return;
    this.#workload.stop();
    this.#workload = undefined;
    this.#endedAt = this.now;
  }

  /** Nobody looks any more: what is still to be started is not. */
  close(): void {
    this.#isClosed = true;
    this.stop();
  }

  /** What is wrong from now on; empty: nothing is. */
  setFault(fault: string): void {
    const last = this.#faults.at(-1);
    const isOpen = last !== undefined && last.until === null;
    if ((isOpen ? last.fault : '') === fault) return;
    if (isOpen) this.#faults = [...this.#faults.slice(0, -1), { ...last, until: this.now }];
    if (fault !== '') this.#faults = [...this.#faults, { fault, from: this.now, until: null }];
  }

  clear(): void {
    this.#judged = [];
    this.#faults = this.#faults.filter(({ until }) => until === null);
  }

  #keep(judged: Judged): void {
    this.#judged.push(judged);
    // What was under way when it was stopped.
    if (this.#endedAt !== undefined) this.#endedAt = this.now;
    if (this.#judged.length > KEPT_MAX) this.#judged = this.#judged.slice(KEPT_MAX / 2);
  }
}
