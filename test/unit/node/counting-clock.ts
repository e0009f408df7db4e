/** A clock that tells whose timers were cancelled: who waits no longer must not cancel any. */

import type { Timer } from '../../../src/ports/clock.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';

export class CountingClock extends SimClock {
  cancelled = 0;

  override setTimer(delayMs: number, fire: () => void): Timer {
    const timer = super.setTimer(delayMs, fire);
    return {
      cancel: () => {
        this.cancelled++;
        timer.cancel();
      },
    };
  }
}
