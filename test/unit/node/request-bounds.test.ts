/** How much a node takes on at a time: requests by class, and bytes of values. */

import { beforeEach, describe, expect, it } from 'vitest';
import { HeldBytes } from '../../../src/node/held-bytes.ts';
import { type Operation, REQUESTS_MAX, RequestLedger } from '../../../src/node/request-ledger.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let metrics: SimMetrics;
let ledger: RequestLedger;

beforeEach(() => {
  metrics = new SimMetrics();
  ledger = new RequestLedger(new SimClock(new Simulation(1, settle)), metrics);
});

const OVERLOADED = { code: 'overloaded', status: 503, definite: true, retry: true };

describe('requests in flight', () => {
  let release: () => void;
  let held: Promise<void>;

  beforeEach(() => {
    held = new Promise((resolve) => {
      release = resolve;
    });
  });

  const begin = (operation: Operation) => ledger.run(operation, 1_000, () => held);

  it.each([
    ['data', 'get'],
    ['list', 'list'],
    ['admin', 'admin'],
  ] as const)(
    'of class %s are bounded, and there is room again when some end',
    async (name, op) => {
      const running = Array.from({ length: REQUESTS_MAX[name] }, () => begin(op));
      let ran = false;
      const refused = ledger.run(op, 1_000, async () => {
        ran = true;
      });
      await expect(refused).rejects.toMatchObject(OVERLOADED);
      expect(ran).toBe(false);
      expect(ledger.inFlight).toBe(REQUESTS_MAX[name]);
      release();
      await Promise.all(running);
      expect(ledger.inFlight).toBe(0);
      await expect(begin(op)).resolves.toBeUndefined();
      expect(metrics.value('requests_refused_total', { cause: name })).toBe(1);
      expect(metrics.value('requests_in_flight', { class: name })).toBe(0);
    },
  );

  it('of one class leave room for the others', async () => {
    const puts = Array.from({ length: REQUESTS_MAX.data }, () => begin('put'));
    await expect(begin('delete')).rejects.toMatchObject(OVERLOADED);
    const others = [begin('list'), begin('admin')];
    release();
    await Promise.all([...puts, ...others]);
  });

  it('that fail make room too', async () => {
    for (let n = 0; n < 3 * REQUESTS_MAX.list; n++) {
      const failing = ledger.run('list', 1_000, () => Promise.reject(new Error('no luck')));
      await expect(failing).rejects.toThrow('no luck');
    }
    expect(ledger.inFlight).toBe(0);
  });
});

describe('bytes of values', () => {
  it('are bounded together, and what is given back can be had at once', () => {
    const held = new HeldBytes(metrics, 1_000);
    held.take(600);
    held.take(400);
    expect(() => held.take(1)).toThrow(expect.objectContaining(OVERLOADED));
    expect(metrics.value('request_held_bytes')).toBe(1_000);
    held.giveBack(600);
    held.take(600);
    expect(metrics.value('requests_refused_total', { cause: 'bytes' })).toBe(1);
  });

  it('of one request alone are never too many', () => {
    const held = new HeldBytes(metrics, 1_000);
    held.take(5_000);
    expect(() => held.take(1)).toThrow();
    held.giveBack(5_000);
    held.take(1);
  });
});
