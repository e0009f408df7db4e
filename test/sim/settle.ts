/** How tests give the simulator its one thing from the real world: the end of a turn. */

import type { Simulation } from '../../src/sim/simulation.ts';

export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Lets virtual time run on beside a test that waits for real promises, until told to stop. */
export function letRun(simulation: Simulation): () => Promise<void> {
  let running = true;
  const loop = async () => {
    while (running) {
      await simulation.advance(1);
      await settle();
    }
  };
  const ended = loop();
  return () => {
    running = false;
    return ended;
  };
}
