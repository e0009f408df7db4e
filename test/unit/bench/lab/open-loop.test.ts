import { expect, it } from 'vitest';
import { evenTimes, runOpenLoop } from '../../../../bench/lab/open-loop.ts';

it('spreads requests evenly, from the beginning and before the end', () => {
  expect(evenTimes(4, { fromMs: 100, untilMs: 1_100, phase: 0 })).toEqual([100, 350, 600, 850]);
  expect(evenTimes(4, { fromMs: 0, untilMs: 1_000, phase: 0.5 })).toEqual([125, 375, 625, 875]);
  expect(evenTimes(4, { fromMs: 0, untilMs: 0, phase: 0 })).toEqual([]);
});

it('sends when its time has come, whether or not earlier requests were answered', async () => {
  const sent: number[] = [];
  let answerFirst = () => {};
  const first = new Promise<void>((resolve) => {
    answerFirst = resolve;
  });
  await runOpenLoop({
    timesMs: [1, 2, 3],
    now: () => 10,
    signal: new AbortController().signal,
    send: async (atMs, number) => {
      sent.push(atMs);
      if (number === 0) await first;
      else answerFirst();
    },
  });
  expect(sent).toEqual([1, 2, 3]);
});

it('sends nothing more once the signal is given, and waits for what was sent', async () => {
  const ending = new AbortController();
  const sent: number[] = [];
  await runOpenLoop({
    timesMs: [1, 2, 3],
    now: () => 10,
    signal: ending.signal,
    send: async (atMs) => {
      sent.push(atMs);
      ending.abort();
    },
  });
  expect(sent).toEqual([1]);
});
