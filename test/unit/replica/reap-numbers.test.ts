import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/kernel/errors.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { reapNumberKey } from '../../../src/replica/store-keys.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;
let disk: SimDisk;
let numbers: ReapNumbers;

const open = () => new ReapNumbers(new SimStore(simulation, disk, () => {}));
const adoption = (partition: number, number: number, heldNothing = true) => [
  { partition, number, heldNothing },
];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
  numbers = open();
});

describe('reap numbers', () => {
  it('are 0 at first, and hold from the turn in which they are adopted', () => {
    expect([numbers.of(3), numbers.completed(3), numbers.heldNothing(3)]).toEqual([0, 0, false]);
    numbers.adopt(adoption(3, 7));
    expect([numbers.of(3), numbers.of(4), numbers.heldNothing(3)]).toEqual([7, 0, true]);
  });

  it('never fall', async () => {
    await simulation.complete(numbers.adopt(adoption(3, 7)));
    await simulation.complete(numbers.adopt(adoption(3, 6, false)));
    expect([numbers.of(3), numbers.heldNothing(3)]).toEqual([7, true]);
  });

  it('outlive a power loss, with what was held when they were adopted', async () => {
    await simulation.complete(numbers.adopt(adoption(3, 7)));
    await simulation.complete(numbers.complete(3, 7));
    await simulation.complete(numbers.adopt(adoption(3, 9, false)));
    disk.loseWhatIsNotFlushed();
    const again = open();
    expect([again.of(3), again.completed(3), again.heldNothing(3)]).toEqual([9, 7, false]);
  });

  it('refuse what was read under a lower one, and say which is known', () => {
    numbers.adopt(adoption(3, 7));
    numbers.refuseOlder(3, 7);
    numbers.refuseOlder(3, 8);
    numbers.refuseOlder(4, 0);
    expect(() => numbers.refuseOlder(3, 6)).toThrow(
      expect.objectContaining({ code: 'stale_reap', definite: true, facts: { reap: 7 } }),
    );
  });

  it('are completed in their own round only', async () => {
    await simulation.complete(numbers.adopt(adoption(3, 7)));
    await simulation.complete(numbers.complete(3, 6));
    expect(numbers.completed(3)).toBe(0);
    await simulation.complete(numbers.complete(3, 7));
    expect(numbers.completed(3)).toBe(7);
  });

  it('stop the node where they are damaged', async () => {
    await simulation.complete(numbers.adopt(adoption(3, 7)));
    const key = Buffer.from(reapNumberKey(3)).toString('latin1');
    const damaged = Buffer.from(disk.committed.get(key) as Uint8Array);
    damaged[3] = 99;
    disk.committed.set(key, damaged);
    expect(open).toThrow(StoreError);
  });
});
