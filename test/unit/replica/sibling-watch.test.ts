import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { SIBLINGS_MAX, SIBLINGS_WARNED } from '../../../src/replica/limits.ts';
import { SiblingWatch } from '../../../src/replica/sibling-watch.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let uptimeMs: number;
let logger: SimLogger;
let metrics: SimMetrics;
let watch: SiblingWatch;

beforeEach(() => {
  uptimeMs = 0;
  logger = new SimLogger(new Simulation(1, settle), 'n1');
  metrics = new SimMetrics();
  watch = new SiblingWatch({ clock: { now: () => uptimeMs }, logger, metrics });
});

const put = (key: string, siblings: number) =>
  watch.note({ partition: 0, bucketNumber: 1, key: utf8(key) }, siblings);

describe('the watch over siblings', () => {
  it('counts how many each put leaves, and those that leave many', () => {
    for (const siblings of [1, SIBLINGS_WARNED, SIBLINGS_WARNED + 1]) put('k', siblings);
    expect(metrics.observations('put_siblings')).toEqual([1, 25, 26]);
    expect(metrics.value('crowded_puts_total')).toBe(1);
  });

  it('warns once a minute, of how many keys there were since', () => {
    put('a', SIBLINGS_WARNED);
    expect(logger.entries).toEqual([]);
    put('a', SIBLINGS_WARNED + 1);
    for (const key of ['a', 'b', 'c', 'b']) put(key, SIBLINGS_WARNED + 2);
    uptimeMs = 59_999;
    put('a', SIBLINGS_MAX);
    expect(logger.entries).toMatchObject([{ level: 'warn', fields: { keys: 1, siblings: 26 } }]);
    uptimeMs = 60_000;
    put('d', 30);
    expect(logger.entries).toHaveLength(2);
    expect(logger.entries[1]).toMatchObject({
      fields: { keys: 4, siblings: 30, warnedAbove: SIBLINGS_WARNED, refusedAbove: SIBLINGS_MAX },
    });
  });
});
