import { SimLogger } from '../../src/sim/sim-observation.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';
import { loggerContract } from './logger-contract.ts';

loggerContract('the trace', () => {
  const logger = new SimLogger(new Simulation(1, settle), 'n1');
  return { logger, entries: () => logger.entries };
});
