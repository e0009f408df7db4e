import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

describe('virtual time', () => {
  it('runs events by their times, those of one time as they were planned', async () => {
    const simulation = new Simulation(1, settle);
    const order: string[] = [];
    simulation.schedule(5, () => order.push('c'));
    simulation.schedule(1, () => order.push('a'));
    simulation.schedule(5, () => order.push('d'));
    simulation.schedule(1, () => void Promise.resolve().then(() => order.push('b')));
    await simulation.advance(10);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(simulation.nowMs).toBe(10);
  });

  it('says when nothing is left that could settle a promise', async () => {
    const simulation = new Simulation(7, settle);
    await expect(simulation.complete(new Promise(() => {}))).rejects.toThrow(/seed 7: stuck/);
  });

  it('says when a promise is not settled however much happens', async () => {
    const simulation = new Simulation(7, settle);
    const beat = () => void simulation.schedule(60_000, beat);
    beat();
    const never = simulation.complete(new Promise(() => {}));
    await expect(never).rejects.toThrow(/seed 7: not settled after 3600000 ms/);
  });

  it('is hashed with everything traced, and with when', async () => {
    const hashOf = async (delayMs: number, line: string) => {
      const simulation = new Simulation(1, settle);
      simulation.schedule(delayMs, () => simulation.trace(line));
      await simulation.advance(10);
      return simulation.traceHash;
    };
    expect(await hashOf(1, 'x')).toBe(await hashOf(1, 'x'));
    expect(await hashOf(1, 'x')).not.toBe(await hashOf(2, 'x'));
    expect(await hashOf(1, 'x')).not.toBe(await hashOf(1, 'y'));
  });
});

describe('seeded chance', () => {
  it('is the same for a seed, and another in a fork', () => {
    const draw = (random: SeededRandom) => Array.from({ length: 5 }, () => random.uint48());
    expect(draw(new SeededRandom(3))).toEqual(draw(new SeededRandom(3)));
    expect(draw(new SeededRandom(3))).not.toEqual(draw(new SeededRandom(4)));
    const parent = new SeededRandom(3);
    expect(draw(parent.fork())).not.toEqual(draw(parent));
  });
});

describe('links', () => {
  const arrivals = async (faults: Parameters<SimNetwork['setLink']>[2], messages = 1_000) => {
    const simulation = new Simulation(5, settle);
    const network = new SimNetwork(simulation);
    network.setLink('a', 'b', faults);
    const order: number[] = [];
    for (let i = 0; i < messages; i++) network.deliver('a', 'b', `${i}`, () => order.push(i));
    await simulation.advance(1_000);
    return order;
  };

  it('lose, repeat, delay and reorder as they are told', async () => {
    expect((await arrivals({ drop: 0.3 })).length).toBeGreaterThan(600);
    expect((await arrivals({ drop: 0.3 })).length).toBeLessThan(800);
    expect((await arrivals({ duplicate: 0.5 })).length).toBeGreaterThan(1_400);
    const reordered = await arrivals({});
    expect(reordered).toHaveLength(1_000);
    expect(reordered).not.toEqual([...reordered].sort((a, b) => a - b));
    expect(await arrivals({ delayMsMin: 2_000, delayMsMax: 3_000 })).toEqual([]);
  });

  it('are cut in one direction by itself', async () => {
    const simulation = new Simulation(5, settle);
    const network = new SimNetwork(simulation);
    const arrived: string[] = [];
    network.cutOneWay(['a'], ['b']);
    network.deliver('a', 'b', '', () => arrived.push('ab'));
    network.deliver('b', 'a', '', () => arrived.push('ba'));
    await simulation.advance(10);
    expect(arrived).toEqual(['ba']);
  });
});

describe('disks', () => {
  const key = Buffer.from('k');
  const writeAt = async (stopAfterMs: number) => {
    const simulation = new Simulation(9, settle);
    const disk = new SimDisk();
    disk.timing = { commitMsMax: 10, flushMsMax: 1_000 };
    const store = new SimStore(simulation, disk, () => {});
    store.write([{ type: 'put', key, value: Buffer.from('v') }]);
    await simulation.advance(stopAfterMs);
    store.halt();
    return disk;
  };

  it('keep what was committed when the process is killed, and lose it with the power', async () => {
    const killed = await writeAt(11);
    expect(killed.committed.size).toBe(1);
    expect(killed.flushed.size).toBe(0);
    killed.loseWhatIsNotFlushed();
    expect(killed.committed.size).toBe(0);
  });

  it('end a process once, and not one that is gone', async () => {
    const simulation = new Simulation(9, settle);
    const disk = new SimDisk();
    const failures: unknown[] = [];
    const stores = [1, 2].map(
      () => new SimStore(simulation, disk, (error) => failures.push(error)),
    );
    const write = (store: SimStore) => store.write([{ type: 'put', key, value: key }]);
    disk.failing = true;
    stores[1]?.halt();
    for (const store of stores) write(store).catch(() => {});
    for (const store of stores) write(store).catch(() => {});
    await simulation.advance(10);
    expect(failures).toHaveLength(1);
    expect(disk.committed.size).toBe(0);
  });

  it('keep what was flushed whatever happens', async () => {
    const disk = await writeAt(2_000);
    disk.loseWhatIsNotFlushed();
    expect(disk.committed.size).toBe(1);
  });
});
