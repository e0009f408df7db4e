/** Faults of the node itself: its disk under a real store, its wall clock. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InjectedFaults } from '../../../src/adapters/injected-faults.ts';
import { openLmdbStore } from '../../../src/adapters/lmdb-store.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { Delay } from '../../../src/kernel/delay.ts';
import { StoreError } from '../../../src/kernel/errors.ts';
import type { DiskFaults } from '../../../src/kernel/fault-table.ts';
import type { Store } from '../../../src/ports/store.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { TestLogger, TestMetrics } from '../../contract/transport-nodes.ts';
import { settle } from '../../sim/settle.ts';

const LATE: Delay = { distribution: 'constant', ms: 200 };

let simulation: Simulation;
let clock: SimClock;
let logger: TestLogger;
let metrics: TestMetrics;
let faults: InjectedFaults;

beforeEach(() => {
  simulation = new Simulation(5, settle);
  clock = new SimClock(simulation);
  [logger, metrics] = [new TestLogger(), new TestMetrics()];
  faults = new InjectedFaults({ clock, random: new SeededRandom(7), logger, metrics });
});

function giveDisk(disk: DiskFaults): void {
  faults.setFaults({ links: {}, disk });
}

describe('a pause', () => {
  it('lets nothing run until it is over, is counted and logged', async () => {
    let ran = false;
    const timer = setTimeout(() => {
      ran = true;
    }, 1);
    const startedAt = performance.now();
    faults.pause(50);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
    expect(ran).toBe(false);
    clearTimeout(timer);
    expect(metrics.counts.get('faults_pauses_total{}')).toBe(1);
    expect(logger.lines.map(({ event }) => event)).toContain('paused on purpose');
  });
});

describe('a store on a disk with faults', () => {
  let directory: string;
  let store: Store;
  let failures: StoreError[];

  const open = () =>
    openLmdbStore({
      directory,
      onFailure: (error) => void failures.push(error),
      beforeCommit: () => faults.disk.beforeCommit(),
    });
  const put = (key: string) => store.write([{ type: 'put', key: utf8(key), value: utf8('v') }]);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quorate-store-'));
    failures = [];
    store = open();
  });

  afterEach(async () => {
    faults.setFaults({ links: {} });
    await store.close();
    await rm(directory, { recursive: true });
  });

  /** Writes, and lets virtual time pass until that is on disk. */
  async function tookMs(key: string): Promise<number> {
    const startedAt = clock.now();
    let durable = false;
    const written = put(key).then(() => {
      durable = true;
    });
    // The real disk takes its own time, in which much virtual time may pass.
    while (!durable) await simulation.advance(10);
    await written;
    return clock.now() - startedAt;
  }

  it('that is slow shows a write at once, and has it only when its time is over', async () => {
    giveDisk({ delay: LATE });
    const written = put('k');
    expect(store.get(utf8('k'))).toEqual(utf8('v'));
    expect(store.durable(utf8('k'))).toBeInstanceOf(Promise);
    let durable = false;
    void written.then(() => {
      durable = true;
    });
    await simulation.advance(190);
    expect(durable).toBe(false);
    expect(await tookMs('l')).toBeGreaterThanOrEqual(200);
    expect(durable).toBe(true);
    expect(metrics.counts.get('faults_commits_total{delayed}')).toBe(2);
  });

  it('goes on at once with what was held up when it is healed', async () => {
    giveDisk({ delay: { distribution: 'constant', ms: 60_000 } });
    const written = put('k');
    await simulation.advance(100);
    expect(store.durable()).toBeInstanceOf(Promise);
    faults.setFaults({ links: {} });
    await written;
    expect(clock.now()).toBeLessThan(1_000);
    await put('l');
    expect(store.durable()).toBeUndefined();
  });

  it('that is full refuses as one without space does, and has nothing of it afterwards', async () => {
    await put('before');
    giveDisk({ full: true });
    await expect(put('k')).rejects.toThrow('a commit failed: No space left on device');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(StoreError);
    expect(failures[0]?.cause).toMatchObject({ code: 'ENOSPC' });
    expect(metrics.counts.get('faults_commits_total{refused}')).toBe(1);
    await store.close();
    faults.setFaults({ links: {} });
    store = open();
    expect(store.get(utf8('before'))).toBeDefined();
    expect(store.get(utf8('k'))).toBeUndefined();
    await put('k');
  });

  it('that fills while a commit is held up refuses that one', async () => {
    giveDisk({ delay: LATE });
    const refused = expect(put('k')).rejects.toThrow('No space left');
    await simulation.advance(100);
    giveDisk({ delay: LATE, full: true });
    await simulation.advance(200);
    await refused;
  });
});

describe('a wall clock with a fault', () => {
  it('is off by so much, and time does not pass otherwise', async () => {
    const [wallTime, now] = [clock.wallTime(), clock.now()];
    faults.setFaults({ links: {}, clock: { offsetMs: -30_000 } });
    expect(faults.clock.wallTime()).toBe(wallTime - 30_000);
    expect(faults.clock.now()).toBe(now);
    let fired = false;
    faults.clock.setTimer(50, () => {
      fired = true;
    });
    await simulation.advance(49);
    expect(fired).toBe(false);
    await simulation.advance(1);
    expect(fired).toBe(true);
    faults.setFaults({ links: {} });
    expect(faults.clock.wallTime()).toBe(clock.wallTime());
  });
});

it('faults are told of loudly, from the start on, and long tables in part', () => {
  expect(logger.lines[0]).toMatchObject({ level: 'warn' });
  const table = { links: {}, clock: { offsetMs: 5 } };
  faults.setFaults(table);
  expect(faults.faults).toEqual(table);
  const told = { event: 'faults set', fields: { faults: table, parts: ['clock'] } };
  expect(logger.lines.at(-1)).toMatchObject(told);
  giveDisk({ delay: { distribution: 'samples', samplesMs: new Array(5_000).fill(1) } });
  expect(String(logger.lines.at(-1)?.fields.faults).length).toBeLessThan(1_010);
});
