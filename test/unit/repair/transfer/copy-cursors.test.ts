import { beforeEach, describe, expect, it } from 'vitest';
import { CopyCursors, type Copying } from '../../../../src/repair/transfer/copy-cursors.ts';
import { SimDisk, SimStore } from '../../../../src/sim/sim-store.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';

const moving = { partition: 3, epoch: 8, session: 7 };
const copying: Copying = { moving, table: 'objects', source: 'n1' };
const cursor = { complete: false, keys: 5, bytes: 500, after: Buffer.from('k') };
const nothing = { complete: false, keys: 0, bytes: 0, after: null };

let cursors: CopyCursors;

beforeEach(async () => {
  const simulation = new Simulation(1, settle);
  cursors = new CopyCursors(new SimStore(simulation, new SimDisk(), () => {}));
  await simulation.complete(cursors.write(copying, cursor));
});

describe('the cursor of a copying', () => {
  it('is what was written', () => {
    expect(cursors.read(copying)).toMatchObject({ keys: 5, bytes: 500, complete: false });
    expect(Buffer.from(cursors.read(copying).after as Uint8Array).toString()).toBe('k');
  });

  it.each([
    { ...copying, moving: { ...moving, session: 6 } },
    { ...copying, moving: { ...moving, epoch: 9 } },
    { ...copying, moving: { ...moving, partition: 4 } },
    { ...copying, table: 'hints' as const },
    { ...copying, source: 'n2' },
  ])('says nothing of another one: %o', (other) => {
    expect(cursors.read(other)).toEqual(nothing);
  });
});
