import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/kernel/errors.ts';
import { NodeLife } from '../../../src/replica/node-life.ts';
import { LIFE_KEY } from '../../../src/replica/store-keys.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const random = new SeededRandom(1);
let simulation: Simulation;
let disk: SimDisk;
let store: SimStore;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
});

function begin(): Promise<NodeLife> {
  store = new SimStore(simulation, disk, () => {});
  return simulation.complete(NodeLife.begin(store, random));
}

describe('the life of a data directory', () => {
  it('raises the boot number at every start', async () => {
    expect((await begin()).bootNumber).toBe(1);
    expect((await begin()).bootNumber).toBe(2);
  });

  it('goes on after a clean stop, without ever repeating an actor epoch', async () => {
    const first = await begin();
    const epochs = [first.nextActorEpoch(), first.nextActorEpoch()];
    await simulation.complete(first.end());
    const second = await begin();
    expect(second.id).toBe(first.id);
    expect(epochs).not.toContain(second.nextActorEpoch());
  });

  it('is a new lineage after a start that was not stopped, and after a wiped disk', async () => {
    const first = await begin();
    const second = await begin();
    expect(second.id).not.toBe(first.id);
    await simulation.complete(second.end());
    disk.wipe();
    expect((await begin()).id).not.toBe(second.id);
  });

  it('clears the clean-stop mark on disk before it serves', async () => {
    await simulation.complete((await begin()).end());
    const second = await begin();
    disk.loseWhatIsNotFlushed();
    expect((await begin()).id).not.toBe(second.id);
  });

  it('leaves the clean-stop mark after everything else is on disk', async () => {
    const life = await begin();
    void store.write([{ type: 'put', key: Buffer.from('k'), value: Buffer.from('v') }]);
    const pendingAtMark: (Promise<void> | undefined)[] = [];
    const write = store.write.bind(store);
    store.write = (writes) => {
      pendingAtMark.push(store.durable());
      return write(writes);
    };
    await simulation.complete(life.end());
    expect(pendingAtMark).toEqual([undefined]);
  });

  it('tells of the starts before it, from the last that was registered on', async () => {
    const first = await begin();
    expect(first.since).toEqual([]);
    const second = await begin();
    expect(second.since).toEqual([first.life]);
    await simulation.complete(second.end());
    const third = await begin();
    expect(third.since).toEqual([first.life, second.life]);
    await simulation.complete(third.registered());
    expect(third.since).toEqual([]);
    const fourth = await begin();
    expect(fourth.since).toEqual([third.life]);
    expect(new Set([first, second, third, fourth].map(({ life }) => life)).size).toBe(4);
  });

  it.each(['a power cut', 'a clean stop'])(
    'remembers over %s that a start was registered',
    async (end) => {
      await begin();
      const second = await begin();
      await simulation.complete(second.registered());
      if (end === 'a clean stop') await simulation.complete(second.end());
      else disk.loseWhatIsNotFlushed();
      const third = await begin();
      expect(third).toMatchObject({ bootNumber: 3, since: [second.life] });
    },
  );

  it('registered leaves no clean-stop mark', async () => {
    await simulation.complete((await begin()).end());
    const second = await begin();
    await simulation.complete(second.registered());
    expect((await begin()).id).not.toBe(second.id);
  });

  it('refuses a damaged record instead of beginning anew', async () => {
    await begin();
    const record = Buffer.from(store.get(LIFE_KEY) as Uint8Array);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const damaged = Buffer.from(record);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      disk.committed.set('\u0001', damaged);
      await expect(begin()).rejects.toThrow(StoreError);
    }
  });
});
