import { beforeEach, describe, expect, it } from 'vitest';
import type { Content } from '../../../src/causality/sibling-object.ts';
import { type Grant, Grants } from '../../../src/paxos/grants.ts';
import { KeyQueue } from '../../../src/paxos/key-queue.ts';
import { encodeRegister } from '../../../src/paxos/register-codec.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { ballot, holding, requestId } from './some.ts';

describe('the queue of a key', () => {
  let simulation: Simulation;
  let queue: KeyQueue;
  let log: string[];

  beforeEach(() => {
    simulation = new Simulation(1, settle);
    queue = new KeyQueue({ clock: new SimClock(simulation), metrics: new SimMetrics() });
    log = [];
  });

  const work = (name: string, ms: number) => async () => {
    log.push(`${name} begins`);
    await new Promise<void>((resolve) => simulation.schedule(ms, resolve));
    log.push(`${name} ends`);
    return name;
  };

  it('lets one in at a time, in their order, and other keys pass', async () => {
    const all = [
      queue.run('k', 1_000, work('a', 10)),
      queue.run('k', 1_000, work('b', 1)),
      queue.run('other', 1_000, work('c', 1)),
    ];
    expect(await simulation.complete(Promise.all(all))).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends']);
  });

  it('lets the next one in after a failure', async () => {
    const failing = queue.run('k', 1_000, () => Promise.reject(new Error('x')));
    await expect(failing).rejects.toThrow('x');
    expect(await simulation.complete(queue.run('k', 1_000, work('a', 1)))).toBe('a');
  });

  it('tells who waits in vain that nothing was begun, and passes it over', async () => {
    const first = queue.run('k', 1_000, work('a', 100));
    const second = queue.run('k', 50, work('b', 1));
    const third = queue.run('k', 1_000, work('c', 1));
    const refused = { code: 'out_of_time', definite: true };
    await simulation.complete(expect(second).rejects.toMatchObject(refused));
    expect(simulation.nowMs).toBe(50);
    await simulation.complete(Promise.all([first, third]));
    expect(log).toEqual(['a begins', 'a ends', 'c begins', 'c ends']);
  });

  it('has an end', async () => {
    const waiting = Array.from({ length: 1_001 }, () => queue.run('k', 5, work('a', 10)));
    const outcomes = Promise.allSettled(waiting);
    await expect(queue.run('k', 5, work('a', 1))).rejects.toMatchObject({ code: 'overloaded' });
    await simulation.complete(outcomes);
  });
});

describe('grants', () => {
  const grant = (counter: number, bytes = 1, epoch = 1): Grant => ({
    ballot: ballot(counter, epoch),
    accepted: ballot(1),
    register: holding('v'.repeat(bytes), ballot(1)),
    asOf: 1,
    reached: ['n1', 'n2'],
  });

  it('are taken out once, and only in their epoch', () => {
    const grants = new Grants(new SimMetrics());
    grants.put('k', grant(2));
    expect(grants.take('k', 1)).toEqual(grant(2));
    expect(grants.take('k', 1)).toBeUndefined();
    grants.put('k', grant(3));
    expect(grants.take('k', 2)).toBeUndefined();
    expect(grants.take('k', 1)).toBeUndefined();
  });

  it('keep nothing alive of the messages that registers came in', () => {
    const grants = new Grants(new SimMetrics());
    const message = Buffer.alloc(1_000_000);
    const id = message.subarray(0, 16);
    const change = {
      id,
      given: true,
      at: ballot(1),
      outcome: 'applied',
      version: ballot(1),
    } as const;
    const carried = message.subarray(16, 32);
    const { register, ...rest } = grant(2);
    const content = { ...register.content, value: message.subarray(32, 40), carried } as Content;
    grants.put('k', { ...rest, register: { ...register, content, changes: [change] } });
    const kept = grants.take('k', 1)?.register;
    const bytes = [kept?.changes[0]?.id, kept?.content?.value, kept?.content?.carried];
    expect(bytes.map((one) => one?.buffer.byteLength)).toEqual([16, 8, 16]);
  });

  it('count all that they keep, and forget what they counted', () => {
    const metrics = new SimMetrics();
    const grants = new Grants(metrics);
    const { register, ...rest } = grant(2, 1_000);
    const id = requestId(1);
    const change = {
      id,
      given: true,
      at: ballot(1),
      outcome: 'applied',
      version: ballot(1),
    } as const;
    grants.put('k', { ...rest, register: { ...register, changes: [change, change] } });
    grants.put('k', { ...rest, register: { ...register, changes: [change, change] } });
    expect(metrics.value('register_grants_bytes')).toBeGreaterThan(
      encodeRegister({ ...register, changes: [change, change] }).length,
    );
    grants.take('k', 1);
    expect(metrics.value('register_grants_bytes')).toBe(0);
  });

  it('are confirmed by what shows their own ballot to be the latest, and nothing else', () => {
    const grants = new Grants(new SimMetrics());
    grants.put('k', grant(2));
    grants.confirm('k', { accepted: ballot(9), asOf: 7, reached: ['n3'] });
    expect(grants.get('k', 1)).toMatchObject({ asOf: 1, reached: ['n1', 'n2'] });
    grants.confirm('k', { accepted: ballot(1), asOf: 7, reached: ['n3'] });
    grants.confirm('k', { accepted: ballot(1), asOf: 5, reached: ['n1'] });
    expect(grants.get('k', 1)).toMatchObject({ asOf: 7, reached: ['n3'] });
    grants.take('k', 1);
    grants.confirm('k', { accepted: ballot(1), asOf: 8, reached: ['n3'] });
    expect(grants.get('k', 1)).toBeUndefined();
  });

  it('are forgotten, the oldest first, where they are too many or too large', () => {
    const grants = new Grants(new SimMetrics());
    for (let i = 0; i <= 10_000; i++) grants.put(`k${i}`, grant(2));
    expect(grants.take('k0', 1)).toBeUndefined();
    expect(grants.take('k1', 1)).toBeDefined();
    for (const key of ['a', 'b', 'c']) grants.put(key, grant(2, 16 * 1024 * 1024));
    expect(grants.take('a', 1)).toBeUndefined();
    expect(grants.take('c', 1)).toBeDefined();
  });
});
