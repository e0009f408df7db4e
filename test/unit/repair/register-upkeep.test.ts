/** Registers without a value are erased everywhere or nowhere, and damaged ones are rebuilt. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { timeOfRequest } from '../../../src/kernel/request-id.ts';
import { BLANK, encodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { listOfBallot } from '../../../src/paxos/ballot.ts';
import type { Change } from '../../../src/paxos/change.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import { REGISTERS_AGREE, REGISTERS_ERASE } from '../../../src/repair/register-messages.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimStore } from '../../../src/sim/sim-store.ts';
import { MovingRegisters } from '../paxos/moving-registers.ts';
import { INCREMENT, PARTITION, putOf } from '../paxos/register-cluster.ts';

const HOUR_MS = 3_600_000;
const LIST = ['n1', 'n2', 'n3'];
const DELETE: Change = { type: 'delete', condition: 'none' };

let cluster: MovingRegisters;

function start(reapEveryMs: number | 'never', wasRecovered = false): void {
  cluster = new MovingRegisters(4, LIST);
  cluster.wasRecovered = wasRecovered;
  cluster.reapEveryMs = reapEveryMs;
  cluster.attachAll();
}

const remove = (key: string) => cluster.done(cluster.change('n1', key, DELETE));
const keepersOf = (key: string) => LIST.filter((id) => cluster.record(id, key) !== undefined);
const mint = () => mintRequestId(cluster.node('n1').clock, new SeededRandom(9));
const later = (ms: number) => cluster.simulation.advance(ms);

/** A majority without this one changes the key. */
async function without(id: NodeId, work: () => Promise<unknown>): Promise<void> {
  cluster.lose(id);
  await work();
  cluster.bringBack();
  await later(1_000);
}

describe('a register without a value', () => {
  beforeEach(() => start(60_000));

  it('is erased everywhere when its ids are old, and the epoch rises', async () => {
    await cluster.put('n1', 'k', 'v');
    await cluster.put('n1', 'stays', 'v');
    await remove('k');
    const { epoch } = cluster;
    await later(HOUR_MS / 2);
    expect([keepersOf('k'), cluster.epoch]).toEqual([LIST, epoch]);
    await later(HOUR_MS);
    expect([keepersOf('k'), keepersOf('stays')]).toEqual([[], LIST]);
    expect(cluster.epoch).toBe(epoch + 1);
    expect(cluster.node('n1').metrics.value('registers_erased_total')).toBe(1);
    expect(await cluster.get('n2', 'k')).toBeUndefined();
    await cluster.put('n3', 'k', 'again');
    expect(await cluster.get('n2', 'k')).toBe('again');
  });

  it('is written to all first where one of them has missed the delete', async () => {
    await cluster.put('n1', 'k', 'v');
    await without('n3', () => remove('k'));
    expect(cluster.valueAt('n3', 'k')).toBe('v');
    await later(1.5 * HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
    expect(cluster.node('n1').metrics.value('registers_rewritten_total')).toBe(1);
    await without('n1', async () => expect(await cluster.get('n2', 'k')).toBeUndefined());
  });

  it('stays while one of its replicas is away', async () => {
    await cluster.put('n1', 'k', 'v');
    cluster.crash('n3');
    await remove('k');
    await later(2 * HOUR_MS);
    expect(cluster.record('n1', 'k')).toBeDefined();
    cluster.start('n3');
    await later(HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
  });

  it('is made absent and goes where its value has expired', async () => {
    const change = { ...putOf('v'), ttlMs: 10_000 } as Change;
    await cluster.done(cluster.change('n1', 'k', change));
    await later(1.5 * HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
  });

  it('goes with many others in one entry', async () => {
    for (let i = 0; i < 300; i++) {
      await cluster.put('n1', `k${i}`, 'v');
      await remove(`k${i}`);
    }
    const { epoch } = cluster;
    await later(1.5 * HOUR_MS);
    expect(LIST.map((id) => cluster.node(id).metrics.value('registers_erased_total') ?? 0)).toEqual(
      [300, 0, 0],
    );
    expect(keepersOf('k299')).toEqual([]);
    expect(cluster.epoch).toBe(epoch + 1);
  });

  it('goes where the first of the list has never heard of it, or of its delete', async () => {
    await cluster.put('n1', 'stale', 'v');
    await without('n1', async () => {
      for (const key of ['k', 'stale']) {
        await cluster.put('n2', key, 'v');
        await cluster.done(cluster.change('n2', key, DELETE));
      }
    });
    expect([keepersOf('k'), cluster.valueAt('n1', 'stale')]).toEqual([['n2', 'n3'], 'v']);
    await later(5 * HOUR_MS);
    expect([keepersOf('k'), keepersOf('stale')]).toEqual([[], []]);
  });

  it('goes where it is a promise that one of them alone has given', async () => {
    const { epoch } = cluster;
    const promised = { epoch, counter: 9, nodeNo: 9, boot: 1 };
    const value = encodeAcceptorRecord({ ...BLANK, promised });
    const key = cluster.storedKey('k');
    await cluster.done(cluster.node('n3').store.write([{ type: 'put', key, value }]));
    await later(8 * HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
  });

  it('does not stay since another one cannot be written once more', async () => {
    for (const key of ['k', 'refused']) {
      await cluster.put('n1', key, 'v');
      await without('n3', () => remove(key));
    }
    const { registers } = cluster.node('n1');
    const rewrite = registers.rewrite.bind(registers);
    registers.rewrite = async (request, deadline) => {
      const isRefused = Buffer.from(request.key).toString() === 'refused';
      if (isRefused) throw new QuorateError('paxos_unavailable', 'not now');
      return rewrite(request, deadline);
    };
    await later(1.5 * HOUR_MS);
    expect([keepersOf('k'), keepersOf('refused')]).toEqual([[], LIST]);
    registers.rewrite = rewrite;
    await later(HOUR_MS);
    expect(keepersOf('refused')).toEqual([]);
  });

  it('leaves no mark of ids that nodes made themselves, however far their clocks are ahead', async () => {
    cluster.node('n1').clock.wallTime = () => cluster.node('n2').clock.wallTime() + 2 * HOUR_MS;
    await cluster.put('n1', 'k', 'v');
    await remove('k');
    await later(2 * HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
    expect(cluster.marks[PARTITION]).toBe(0);
    const id = mintRequestId(cluster.node('n2').clock, new SeededRandom(9));
    const change = cluster.done(cluster.change('n2', 'k', INCREMENT, { id }));
    expect(await change).toMatchObject({ outcome: 'applied' });
  });

  it('stays while its partition moves', async () => {
    await cluster.put('n1', 'k', 'v');
    await remove('k');
    cluster.begin(['n4', 'n2', 'n3']);
    const { epoch } = cluster;
    await later(2 * HOUR_MS);
    expect([keepersOf('k'), cluster.epoch]).toEqual([LIST, epoch]);
  });

  it('leaves a mark: a change of its time is not run again', async () => {
    const id = mint();
    await cluster.done(cluster.change('n1', 'counter', INCREMENT, { id }));
    await remove('counter');
    await later(1.5 * HOUR_MS);
    expect(keepersOf('counter')).toEqual([]);
    expect(cluster.marks[PARTITION]).toBeGreaterThanOrEqual(timeOfRequest(id));
    const again = cluster.done(cluster.change('n2', 'counter', INCREMENT, { id }));
    await expect(again).rejects.toMatchObject({ code: 'outcome_unknown' });
    const fresh = cluster.done(cluster.change('n2', 'counter', INCREMENT, { id: mint() }));
    expect(await fresh).toMatchObject({ outcome: 'applied', result: 1 });
  });
});

describe('a register without a value, in a cluster that was recovered', () => {
  beforeEach(() => start(60_000, true));

  /** As an entry left it of which the recovered directory had not heard. */
  async function leaveAt(id: NodeId, key: string): Promise<void> {
    const { store } = cluster.node(id);
    const value = cluster.node('n1').store.get(cluster.storedKey(key)) as Uint8Array;
    const write = SimStore.prototype.write.bind(store);
    await cluster.done(write([{ type: 'put', key: cluster.storedKey(key), value }]));
  }

  it('stays while a member that does not keep the key has something left of it', async () => {
    for (const key of ['k', 'other']) await cluster.put('n1', key, 'v');
    await leaveAt('n4', 'k');
    for (const key of ['k', 'other']) await remove(key);
    await later(1.5 * HOUR_MS);
    expect([keepersOf('k'), keepersOf('other')]).toEqual([LIST, []]);
    // So what is left does not bring the value back when that one is a replica again.
    await cluster.done(cluster.moveTo(['n4', 'n2', 'n3']));
    cluster.lose('n2');
    expect(await cluster.get('n3', 'k')).toBeUndefined();
  });

  it('stays while any member is away', async () => {
    await cluster.put('n1', 'k', 'v');
    await remove('k');
    cluster.crash('n4');
    await later(1.5 * HOUR_MS);
    expect(keepersOf('k')).toEqual(LIST);
    cluster.start('n4');
    await later(HOUR_MS);
    expect(keepersOf('k')).toEqual([]);
  });

  it('is no loss: what a newcomer has left stands where nothing higher was accepted', async () => {
    for (const key of ['untouched', 'changed']) {
      await cluster.put('n1', key, 'v');
      await leaveAt('n4', key);
    }
    // The lists that had chosen this are unknown to the recovered state.
    const { store } = cluster.node('n1');
    for (const id of LIST) {
      const write = SimStore.prototype.write.bind(cluster.node(id).store);
      const key = cluster.storedKey('untouched');
      await cluster.done(write([{ type: 'delete', key }]));
    }
    expect(store.get(cluster.storedKey('untouched'))).toBeUndefined();
    await cluster.put('n2', 'changed', 'since');
    await cluster.done(cluster.moveTo(['n4', 'n2', 'n3']));
    expect(cluster.valueAt('n4', 'untouched')).toBe('v');
    cluster.lose('n2');
    expect(await cluster.get('n4', 'untouched')).toBe('v');
    expect(await cluster.get('n4', 'changed')).toBe('since');
    cluster.bringBack();
    cluster.lose('n4');
    expect(await cluster.get('n3', 'untouched')).toBe('v');
  });
});

describe('an acceptor that is asked to erase', () => {
  beforeEach(() => start('never'));

  const batchOf = (key: string, accepted = cluster.record('n1', key)?.accepted) => {
    if (accepted === undefined) throw new Error(`n1 has no ${key}`);
    const { epoch } = cluster;
    return {
      partition: PARTITION,
      epoch,
      items: [[1, utf8(key), listOfBallot(accepted)]] as const,
    };
  };
  const ask = async (
    id: NodeId,
    type: typeof REGISTERS_AGREE | typeof REGISTERS_ERASE,
    batch: ReturnType<typeof batchOf>,
  ): Promise<unknown> => {
    const { transport } = cluster.node('n4');
    const deadline = cluster.simulation.nowMs + 1_000;
    return cluster.done(
      transport.call<typeof batch, unknown>(id, type as never, batch, { deadline }),
    );
  };
  const raise = () =>
    cluster.done(cluster.raise([{ partition: PARTITION, epoch: cluster.epoch, idMark: 0 }]));

  it('agrees to the ballot that it has, and to no other', async () => {
    await cluster.put('n1', 'k', 'v');
    await without('n3', () => remove('k'));
    const batch = batchOf('k');
    expect(await ask('n2', REGISTERS_AGREE, batch)).toEqual([true]);
    expect(await ask('n3', REGISTERS_AGREE, batch)).toEqual([false]);
    await cluster.put('n1', 'k', 'new');
    expect(await ask('n2', REGISTERS_AGREE, batch)).toEqual([false]);
  });

  it('agrees with nothing at all only to a ballot of an earlier epoch', async () => {
    await without('n3', async () => {
      await cluster.put('n1', 'k', 'v');
      await remove('k');
    });
    const accepted = cluster.record('n1', 'k')?.accepted;
    expect(await ask('n3', REGISTERS_AGREE, batchOf('k', accepted))).toEqual([false]);
    await raise();
    expect(await ask('n3', REGISTERS_AGREE, batchOf('k', accepted))).toEqual([true]);
  });

  it('erases at a later epoch alone, what has neither changed nor been promised since', async () => {
    for (const key of ['k', 'changed', 'promised']) {
      await cluster.put('n1', key, 'v');
      await remove(key);
    }
    const before = ['k', 'changed', 'promised'].map((key) => batchOf(key));
    expect(await ask('n2', REGISTERS_ERASE, before[0] as never)).toBe(0);
    await raise();
    const stale = ask('n2', REGISTERS_ERASE, before[0] as never);
    await expect(stale).rejects.toMatchObject({ code: 'stale_epoch' });
    await cluster.put('n1', 'changed', 'new');
    const promised = cluster.record('n2', 'promised');
    if (promised === undefined) throw new Error('n2 has it');
    const { epoch } = cluster;
    const value = encodeAcceptorRecord({
      ...promised,
      promised: { ...promised.promised, epoch },
    });
    const key = cluster.storedKey('promised');
    await cluster.done(cluster.node('n2').store.write([{ type: 'put', key, value }]));
    const items = before.map(({ items: [item] }) => item) as never;
    expect(await ask('n2', REGISTERS_ERASE, { partition: PARTITION, epoch, items })).toBe(1);
    expect(cluster.record('n2', 'k')).toBeUndefined();
    expect(cluster.valueAt('n2', 'changed')).toBe('new');
    expect(cluster.record('n2', 'promised')).toBeDefined();
    cluster.crash('n2');
    cluster.start('n2');
    expect(cluster.record('n2', 'k')).toBeUndefined();
  });
});

describe('a damaged register', () => {
  beforeEach(() => start('never'));

  it('is refused until the epoch has risen and all others have answered, and is copied then', async () => {
    await without('n3', () => cluster.put('n1', 'k', 'v'));
    await cluster.damage('n1', 'k');
    cluster.crash('n3');
    const { epoch } = cluster;
    await expect(cluster.get('n1', 'k')).rejects.toMatchObject({ code: 'paxos_unavailable' });
    expect(cluster.node('n1').damagedRegisters.size).toBe(1);
    await later(60_000);
    expect(cluster.epoch).toBe(epoch);
    cluster.start('n3');
    await later(400_000);
    expect(cluster.epoch).toBe(epoch + 1);
    expect(cluster.record('n1', 'k')).toMatchObject({ copied: true });
    expect(cluster.valueAt('n1', 'k')).toBe('v');
    expect(cluster.node('n1').damagedRegisters.size).toBe(0);
    cluster.crash('n2');
    expect(await cluster.get('n1', 'k')).toBe('v');
  });

  it('goes where nobody else has accepted anything', async () => {
    cluster.lose('n2', 'n3');
    await cluster.done(cluster.change('n1', 'k', putOf('v'), { timeoutMs: 300 })).catch(() => {});
    cluster.bringBack();
    if (cluster.record('n1', 'k') === undefined) throw new Error('n1 has promised');
    await cluster.damage('n1', 'k');
    await cluster.get('n1', 'k').catch(() => {});
    await later(20_000);
    expect(cluster.node('n1').damagedRegisters.size).toBe(0);
    expect(await cluster.get('n1', 'k')).toBeUndefined();
  });
});

describe('a loss of registers that an operator accepts', () => {
  beforeEach(() => start('never'));

  const damagedAt = (id: NodeId) => cluster.node(id).damagedRegisters.size;

  it('leaves what those have accepted who can read it, and the others are rebuilt from that', async () => {
    await cluster.put('n1', 'k', 'old');
    await without('n3', () => cluster.put('n1', 'k', 'new'));
    for (const id of ['n1', 'n2']) await cluster.damage(id, 'k');
    await expect(cluster.get('n1', 'k')).rejects.toMatchObject({ code: 'paxos_unavailable' });
    await later(400_000);
    expect([damagedAt('n1'), damagedAt('n2')]).toEqual([1, 1]);
    expect(await cluster.acceptLoss('n1', 'k')).toBe('rebuilt');
    expect(cluster.record('n1', 'k')).toMatchObject({ copied: true });
    expect(await cluster.get('n3', 'k')).toBe('old');
    await later(400_000);
    expect([damagedAt('n1'), damagedAt('n2')]).toEqual([0, 0]);
    cluster.lose('n3');
    expect(await cluster.get('n1', 'k')).toBe('old');
  });

  it('leaves nothing where nobody can, and what may have run with an id is not run again', async () => {
    const id = mint();
    await cluster.done(cluster.change('n1', 'k', INCREMENT, { id }));
    for (const node of LIST) await cluster.damage(node, 'k');
    for (const node of LIST) expect(await cluster.acceptLoss(node, 'k')).toBe('gone');
    expect(await cluster.get('n2', 'k')).toBeUndefined();
    const again = cluster.done(cluster.change('n2', 'k', INCREMENT, { id }));
    await expect(again).rejects.toMatchObject({
      code: 'outcome_unknown',
      facts: { forgotten: true },
    });
    const fresh = cluster.done(cluster.change('n2', 'k', INCREMENT, { id: mint() }));
    expect(await fresh).toMatchObject({ outcome: 'applied', result: 1 });
  });

  it('is refused while somebody is silent who may have it, and changes nothing', async () => {
    await cluster.put('n1', 'k', 'v');
    for (const id of ['n1', 'n2']) await cluster.damage(id, 'k');
    cluster.crash('n3');
    const { epoch } = cluster;
    await expect(cluster.acceptLoss('n1', 'k')).rejects.toThrow();
    expect(cluster.epoch).toBe(epoch);
    cluster.start('n3');
    await later(2_000);
    expect(await cluster.acceptLoss('n1', 'k')).toBe('rebuilt');
    expect(await cluster.get('n1', 'k')).toBe('v');
  });

  it('is refused while the partition moves, and none where the register is whole', async () => {
    await cluster.put('n1', 'k', 'v');
    expect(await cluster.acceptLoss('n1', 'k')).toBe('whole');
    for (const id of LIST) await cluster.damage(id, 'k');
    cluster.begin(['n4', 'n2', 'n3']);
    const accepting = cluster.acceptLoss('n1', 'k');
    await expect(accepting).rejects.toMatchObject({ code: 'partition_moving' });
    await expect(cluster.get('n1', 'k')).rejects.toMatchObject({ code: 'paxos_unavailable' });
  });

  it('is over with it: what is promised afterwards is not forgotten when it is damaged again', async () => {
    await cluster.put('n1', 'k', 'v');
    for (const id of ['n1', 'n2']) await cluster.damage(id, 'k');
    await expect(cluster.get('n1', 'k')).rejects.toMatchObject({ code: 'paxos_unavailable' });
    await later(10_000);
    await cluster.acceptLoss('n1', 'k');
    await later(400_000);
    await cluster.put('n1', 'k', 'since');
    const { epoch } = cluster;
    await cluster.damage('n1', 'k');
    await cluster.get('n1', 'k');
    await later(10_000);
    expect(damagedAt('n1')).toBe(0);
    expect(cluster.epoch).toBe(epoch + 1);
  });
});
