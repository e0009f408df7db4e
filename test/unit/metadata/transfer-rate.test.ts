/** How fast partitions may travel, as the group keeps it. */

import { expect, it } from 'vitest';
import { bytesOf, founded, Log, restored } from './cluster.ts';

it('is as fast as it goes until somebody says otherwise', () => {
  const log = new Log();
  expect(log.state.transferBytesPerSecond).toBeUndefined();
  expect(log.run({ type: 'set_transfer_rate', bytesPerSecond: 4_096 })).toEqual({
    ok: true,
    type: 'set_transfer_rate',
  });
  expect(log.state.transferBytesPerSecond).toBe(4_096);
  log.must({ type: 'set_transfer_rate', bytesPerSecond: undefined });
  expect(log.state.transferBytesPerSecond).toBeUndefined();
});

it.each([1, 2 ** 40, undefined])('is in a snapshot: %s', (bytesPerSecond) => {
  const log = new Log(founded({ drawRing: true }));
  log.must({ type: 'set_transfer_rate', bytesPerSecond });
  const copy = restored(log.state);
  expect(copy.transferBytesPerSecond).toBe(bytesPerSecond);
  expect(bytesOf(copy)).toBe(bytesOf(log.state));
});

it('changes neither the epoch of the cluster nor a plan', () => {
  const log = new Log(founded({ drawRing: true }));
  const before = [log.state.epoch, log.state.planEpoch];
  log.must({ type: 'set_transfer_rate', bytesPerSecond: 9 });
  expect([log.state.epoch, log.state.planEpoch]).toEqual(before);
});
