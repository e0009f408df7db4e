import { expect, it } from 'vitest';
import { MergeTurns } from '../../../../src/repair/transfer/merge-turns.ts';
import { TransferPace } from '../../../../src/repair/transfer/transfer-pace.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';

it('has no more than two stretches on their way to the disk, taken or refused', async () => {
  const simulation = new Simulation(1, settle);
  const merges = new MergeTurns(new TransferPace(new SimClock(simulation)));
  const flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const merge = () => {
    const taken = new Promise<void>((resolve, reject) => flushes.push({ resolve, reject }));
    taken.catch(() => {});
    return { bytes: 10, taken: [taken] };
  };
  const all = Promise.all(Array.from({ length: 5 }, () => merges.run(merge)));
  await simulation.advance(1_000);
  expect(flushes.length).toBe(2);
  flushes[0]?.resolve();
  await simulation.advance(1_000);
  expect(flushes.length).toBe(3);
  flushes[1]?.reject(new Error('refused'));
  flushes[2]?.resolve();
  await simulation.advance(1_000);
  expect(flushes.length).toBe(5);
  for (const flush of flushes) flush.resolve();
  expect((await simulation.complete(all)).length).toBe(5);
});

it('goes on after a stretch that could not be merged', async () => {
  const simulation = new Simulation(1, settle);
  const merges = new MergeTurns(new TransferPace(new SimClock(simulation)));
  const failing = merges.run(() => {
    throw new Error('the move has gone on');
  });
  await expect(simulation.complete(failing)).rejects.toThrow('gone on');
  const merged = { bytes: 1, taken: [] };
  expect(await simulation.complete(merges.run(() => merged))).toBe(merged);
});
