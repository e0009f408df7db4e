import { systemClock } from '../../src/adapters/system-clock.ts';
import { clockContract } from './clock-contract.ts';

clockContract('the system clock', () => ({
  clock: systemClock,
  // One more millisecond, so that this timer falls due after all that were set for `ms`.
  advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1)),
}));
