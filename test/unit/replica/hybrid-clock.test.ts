import { beforeEach, describe, expect, it } from 'vitest';
import { HLC_MAX, hlcAt, wallTimeOf } from '../../../src/causality/hlc.ts';
import { AHEAD_MS_MAX, HybridClock } from '../../../src/replica/hybrid-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const NOW = Date.UTC(2026, 0, 1);

let wallMs: number;
let uptimeMs: number;
let logger: SimLogger;
let metrics: SimMetrics;
let hybridClock: HybridClock;

beforeEach(() => {
  wallMs = NOW;
  uptimeMs = 0;
  logger = new SimLogger(new Simulation(1, settle), 'n1');
  metrics = new SimMetrics();
  const clock = { now: () => uptimeMs, wallTime: () => wallMs };
  hybridClock = new HybridClock({ clock, logger, metrics });
});

const warnings = () => logger.entries.filter(({ level }) => level === 'warn');

describe('the hybrid clock of a node', () => {
  it('tells the wall time, and counts within a millisecond', () => {
    expect(hybridClock.stamp(0)).toBe(hlcAt(NOW));
    expect(hybridClock.stamp(0)).toBe(hlcAt(NOW) + 1);
    wallMs += 1;
    expect(hybridClock.stamp(0)).toBe(hlcAt(NOW + 1));
  });

  it('does not go back when the wall clock does', () => {
    const before = hybridClock.stamp(0);
    wallMs -= 3_600_000;
    expect(hybridClock.stamp(0)).toBe(before + 1);
  });

  it('moves forward with what is stored, and with what is written over', () => {
    hybridClock.observe(hlcAt(NOW + AHEAD_MS_MAX));
    expect(hybridClock.stamp(0)).toBe(hlcAt(NOW + AHEAD_MS_MAX) + 1);
    wallMs += AHEAD_MS_MAX;
    const above = hlcAt(NOW + 2 * AHEAD_MS_MAX);
    expect(hybridClock.stamp(above)).toBe(above + 1);
    expect(hybridClock.stamp(0)).toBe(above + 2);
  });

  it('does not follow a value from far ahead, which is counted', () => {
    hybridClock.observe(hlcAt(NOW + AHEAD_MS_MAX + 1));
    expect(hybridClock.stamp(0)).toBe(hlcAt(NOW));
    expect(metrics.value('hlc_too_far_ahead_total')).toBe(1);
    expect(warnings()).toMatchObject([{ fields: { aheadMs: AHEAD_MS_MAX + 1 } }]);
  });

  it('stamps above such a value where that is written over, and there only', () => {
    const far = hlcAt(NOW + 86_400_000);
    expect(hybridClock.stamp(far)).toBe(far + 1);
    expect(wallTimeOf(hybridClock.stamp(0))).toBe(NOW);
    expect(hybridClock.stamp(HLC_MAX)).toBe(HLC_MAX);
  });

  it('says so in the log once a minute at most', () => {
    for (let i = 0; i < 10; i++) hybridClock.observe(hlcAt(NOW + 10_000));
    uptimeMs = 59_999;
    hybridClock.observe(hlcAt(NOW + 10_000));
    expect(warnings()).toHaveLength(1);
    uptimeMs = 60_000;
    hybridClock.observe(hlcAt(NOW + 10_000));
    expect(warnings()).toHaveLength(2);
    expect(metrics.value('hlc_too_far_ahead_total')).toBe(12);
  });
});
