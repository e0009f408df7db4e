/**
 * One process that is made to be as it is wanted: one step at a time, each judged by what is
 * wanted when it is taken, so that faults may overlap and come faster than they are carried out.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { QuorateError } from '../../src/kernel/errors.ts';
import { type FaultTable, NO_FAULTS } from '../../src/kernel/fault-table.ts';
import type { ClusterFaults } from '../cluster-faults.ts';
import type { NodeProcess } from '../node-process.ts';
import { endingText } from '../server-process.ts';
import type { Fault } from './fault.ts';
import { type Wanted, wantedOf } from './wanted.ts';

/** A node that ended though no fault would have it end. */
export interface Surprise {
  readonly node: string;
  readonly atMs: number;
  /** With the end of its log. */
  readonly ending: string;
}

export interface NodeUnderFaultsOptions {
  readonly node: NodeProcess;
  readonly faults: ClusterFaults;
  readonly now: () => number;
  readonly onSurprise: (surprise: Surprise) => void;
}

/** Between two attempts to tell a node of its faults, while it starts. */
const RETRY_MS = 25;

export class NodeUnderFaults {
  readonly #options: NodeUnderFaultsOptions;
  #wanted: Wanted = { process: 'running', table: NO_FAULTS };
  /** What its process was told, as text; it forgets that when it ends. */
  #told = textOf(NO_FAULTS);
  #paused = false;
  /** It was killed, or told that its disk is full. */
  #ends = false;
  #failure: unknown;
  #released = false;
  #working: Promise<void> | undefined;

  constructor(options: NodeUnderFaultsOptions) {
    this.#options = options;
    this.#watch();
  }

  /** It becomes as these faults would have it. */
  want(active: readonly Fault[]): void {
    this.#wanted = wantedOf(this.#options.node.name, active);
    this.#work();
  }

  /** Resolves when it is as it is wanted. Rejects where it cannot be made so. */
  async settled(): Promise<void> {
    await this.#working;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What becomes of the process is somebody else's affair from now on. */
  release(): void {
    this.#released = true;
  }

  #work(): void {
    if (this.#working === undefined && this.#nextStep() !== undefined)
      this.#working = this.#steps();
  }

  async #steps(): Promise<void> {
    try {
      for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) await step();
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#working = undefined;
    }
  }

  #nextStep(): (() => Promise<void>) | undefined {
    const { node } = this.#options;
    const { process, table } = this.#wanted;
    if (this.#released) return undefined;
    if (!node.isRunning) {
      return process === 'running' || process === 'paused' ? () => this.#launch() : undefined;
    }
    if (process === 'killed') return () => this.#kill();
    if (this.#paused && process !== 'paused') return () => this.#setPaused(false);
    if (this.#paused) return undefined;
    if (textOf(table) !== this.#told) return () => this.#tell(table);
    return process === 'paused' ? () => this.#setPaused(true) : undefined;
  }

  async #launch(): Promise<void> {
    this.#options.node.launch();
    this.#watch();
  }

  #kill(): Promise<void> {
    this.#ends = true;
    return this.#options.node.kill();
  }

  /** Notes how the process that runs now ends. */
  #watch(): void {
    const { node, now, onSurprise } = this.#options;
    void node.ended.then(async (ending) => {
      if (this.#released) return;
      const isSurprise = !this.#ends;
      [this.#told, this.#paused, this.#ends] = [textOf(NO_FAULTS), false, false];
      this.#work();
      if (!isSurprise) return;
      const atMs = now();
      const text = `${endingText(ending)}\n${await node.logTail()}`;
      onSurprise({ node: node.name, atMs, ending: text });
    });
  }

  async #setPaused(paused: boolean): Promise<void> {
    const { node } = this.#options;
    if (paused) node.pause();
    else node.resume();
    this.#paused = paused;
  }

  /** Whoever is starting or ending does not answer; what is wanted may change meanwhile. */
  async #tell(table: FaultTable): Promise<void> {
    const { node, faults } = this.#options;
    this.#ends ||= table.disk?.full === true;
    try {
      await faults.replace(node.name, table);
      this.#told = textOf(table);
      this.#ends = table.disk?.full === true;
    } catch (error) {
      if (error instanceof QuorateError && error.code === 'faults_disabled') throw error;
      await sleep(RETRY_MS);
    }
  }
}

function textOf(table: FaultTable): string {
  return JSON.stringify(table);
}
