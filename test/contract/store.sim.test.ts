import { SimDisk, SimStore } from '../../src/sim/sim-store.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { letRun, settle } from '../sim/settle.ts';
import { storeContract } from './store-contract.ts';

storeContract('the simulated disk', async () => {
  const simulation = new Simulation(1, settle);
  const disk = new SimDisk();
  const open = () => new SimStore(simulation, disk, () => {});
  const first = open();
  let newest = first;
  const stopRunning = letRun(simulation);
  return {
    store: first,
    async reopen() {
      await newest.close();
      newest = open();
      return newest;
    },
    destroy: stopRunning,
  };
});
