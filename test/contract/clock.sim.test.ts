import { SimClock } from '../../src/sim/sim-clock.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';
import { clockContract } from './clock-contract.ts';

clockContract('virtual time', () => {
  const simulation = new Simulation(1, settle);
  return { clock: new SimClock(simulation), advance: (ms) => simulation.advance(ms + 1) };
});

clockContract('virtual time that runs fast', () => {
  const simulation = new Simulation(1, settle);
  const clock = new SimClock(simulation, { offsetMs: 5_000, rate: 1.1 });
  return { clock, advance: (ms) => simulation.advance(ms + 1) };
});
