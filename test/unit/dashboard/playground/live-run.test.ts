/** What the page says of its clients is of those that run, and nothing runs that nobody sees. */

import { expect, it } from 'vitest';
import { ApiError } from '../../../../src/dashboard/answer.ts';
import { LiveRun } from '../../../../src/dashboard/playground/live-run.ts';
import { bucketOf, isOurBucket, PRESETS } from '../../../../src/dashboard/playground/presets.ts';

const SETTINGS = { writer: 'n1', readers: ['n1'], perSecond: 3 };

/** Clients that are refused at once, in a time that goes on with each question. */
function refusedRun() {
  let now = 0;
  let asked = 0;
  const run = new LiveRun({
    ask: () => {
      asked++;
      return Promise.reject(new ApiError(0, 'no_answer', true, 'no connection'));
    },
    now: () => ++now,
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  });
  return { run, asked: () => asked };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

it('a run that was closed begins no clients, whatever was on its way', async () => {
  const { run, asked } = refusedRun();
  run.close();
  run.start(PRESETS[0], SETTINGS, 'late');
  await turns(5);
  expect([run.isRunning, asked()]).toEqual([false, 0]);
});

it('what is recent is of the clients that run now, not of those before', async () => {
  const { run } = refusedRun();
  run.start(PRESETS[0], SETTINGS, 'a');
  await turns(5);
  const before = run.since(0).length;
  expect(before).toBeGreaterThan(0);
  run.start(PRESETS[2] ?? PRESETS[0], SETTINGS, 'b');
  expect(run.since(0)).toEqual([]);
  await turns(5);
  expect(run.since(0).length).toBeGreaterThan(0);
  expect(run.judged.length).toBeGreaterThan(run.since(0).length);
  run.stop();
});

it('a bucket of somebody else is none of the playground’s, though it is called alike', () => {
  expect(PRESETS.every((preset) => isOurBucket(bucketOf(preset)))).toBe(true);
  expect(isOurBucket('playground-orders')).toBe(false);
});
