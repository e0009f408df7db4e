import { beforeEach, describe, expect, it } from 'vitest';
import { RequestLedger } from '../../../src/node/request-ledger.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;
let metrics: SimMetrics;
let ledger: RequestLedger;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  metrics = new SimMetrics();
  ledger = new RequestLedger(new SimClock(simulation), metrics);
});

/** A request that takes so long, and then fails if it is told to. */
function request(durationMs: number, failure?: Error): Promise<string> {
  return ledger.run(
    'get',
    1_000,
    () =>
      new Promise((resolve, reject) => {
        simulation.schedule(durationMs, () => (failure ? reject(failure) : resolve('done')));
      }),
  );
}

async function closedAt(graceMs: number): Promise<number> {
  await simulation.complete(ledger.close(graceMs));
  return simulation.nowMs;
}

describe('closing', () => {
  it('is done at once when nothing is running', async () => {
    expect(await closedAt(5_000)).toBe(0);
  });

  it('waits for what is running, also where it fails', async () => {
    const requests = [request(30), request(70, new Error('no luck')), request(50)];
    const outcomes = Promise.allSettled(requests);
    expect(await closedAt(5_000)).toBe(70);
    const statuses = (await outcomes).map(({ status }) => status);
    expect(statuses).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('gives up what is still running after the grace', async () => {
    const slow = request(10_000);
    expect(await closedAt(5_000)).toBe(5_000);
    expect(await simulation.complete(slow)).toBe('done');
  });

  it('waits for what other nodes handed over, and takes no more of it', async () => {
    const handOver = () =>
      ledger.runHandedOver(
        () => new Promise<string>((resolve) => simulation.schedule(40, () => resolve('done'))),
      );
    const handedOver = handOver();
    const closed = closedAt(5_000);
    await expect(handOver()).rejects.toMatchObject({ code: 'not_ready', definite: true });
    expect(await closed).toBe(40);
    expect(await handedOver).toBe('done');
  });

  it('takes no more requests, definitely', async () => {
    const closed = ledger.close(5_000);
    expect(ledger.open).toBe(false);
    const refusal = { code: 'not_ready', definite: true };
    await expect(request(1)).rejects.toMatchObject(refusal);
    await closed;
  });
});

it('requests get a deadline, are counted by outcome and timed', async () => {
  const deadline = ledger.run('put', 250, async (givenDeadline) => givenDeadline);
  expect(await deadline).toBe(250);
  const outcomes = Promise.allSettled([request(40), request(60, new Error('no luck'))]);
  await simulation.complete(outcomes);
  const seconds = (outcome: string) =>
    metrics.observations('request_seconds', { operation: 'get', outcome });
  expect([seconds('succeeded'), seconds('failed')]).toEqual([[0.04], [0.06]]);
});
