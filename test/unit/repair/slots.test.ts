import { expect, it } from 'vitest';
import { Slots } from '../../../src/repair/slots.ts';

it('lets no more work run at once than there are slots, and all of it in the end', async () => {
  const slots = new Slots(2);
  let running = 0;
  let most = 0;
  const work = async (fails: boolean) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (fails) throw new Error('failed');
    return 'done';
  };
  const outcomes = await Promise.allSettled(
    [false, true, false, true, false].map((fails) => slots.run(() => work(fails))),
  );
  expect(most).toBe(2);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});
