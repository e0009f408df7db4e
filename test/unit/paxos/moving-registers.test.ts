/** Registers whose partition moves: what is copied, what is erased, and what is rescued. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { ACCEPT, acceptRequest, PREPARE, prepareRequest } from '../../../src/paxos/messages.ts';
import { NEVER_WRITTEN } from '../../../src/paxos/register.ts';
import { encodeRegister } from '../../../src/paxos/register-codec.ts';
import type { CallType } from '../../../src/ports/transport.ts';
import { COPY_PARTITION } from '../../../src/repair/transfer/transfer-messages.ts';
import { registerKey } from '../../../src/replica/store-keys.ts';
import { MovingRegisters } from './moving-registers.ts';
import { PARTITION, putOf } from './register-cluster.ts';

let cluster: MovingRegisters;

beforeEach(() => {
  cluster = new MovingRegisters(5, ['n1', 'n2', 'n3']).attachAll();
});

const move = (to: readonly string[]) => cluster.done(cluster.moveTo(to));
const stages = async (count: number) => {
  for (let i = 0; i < count; i++) await cluster.done(cluster.nextStage());
};

describe('a partition that moves', () => {
  it('takes its registers along, marked as copied, and they are nobody else’s', async () => {
    for (let i = 0; i < 20; i++) await cluster.put('n1', `k${i}`, `v${i}`);
    cluster.begin(['n4', 'n2', 'n3']);
    await stages(2);
    expect(cluster.record('n4', 'k7')?.copied).toBe(true);
    expect(cluster.valueAt('n4', 'k7')).toBe('v7');
    expect(cluster.record('n1', 'k7')?.copied).toBe(false);
    await stages(2);
    expect([...cluster.node('n1').store.range(all())]).toEqual([]);
    for (let i = 0; i < 20; i++) expect(await cluster.get('n5', `k${i}`)).toBe(`v${i}`);
  });

  it('keeps what was chosen by those alone that one leaves', async () => {
    cluster.lose('n3');
    await cluster.put('n1', 'k', 'v');
    cluster.bringBack();
    await move(['n4', 'n2', 'n3']);
    cluster.lose('n2');
    expect(await cluster.get('n4', 'k')).toBe('v');
  });

  it('keeps what was chosen where one is dead, of whom nobody can copy', async () => {
    cluster.lose('n3');
    await cluster.put('n1', 'k', 'v');
    cluster.bringBack();
    cluster.crash('n1');
    cluster.dead.add('n1');
    await move(['n4', 'n2', 'n3']);
    cluster.crash('n2');
    expect(await cluster.get('n4', 'k')).toBe('v');
  });

  it('grows and shrinks', async () => {
    await cluster.put('n1', 'k', 'v1');
    await move(['n1', 'n2']);
    expect(await cluster.get('n3', 'k')).toBe('v1');
    await cluster.put('n2', 'k', 'v2');
    await move(['n1', 'n2', 'n4']);
    cluster.crash('n1');
    expect(await cluster.get('n4', 'k')).toBe('v2');
  });

  it('goes back from every stage', async () => {
    await cluster.put('n1', 'k', 'v0');
    for (const count of [0, 1, 2]) {
      cluster.begin(['n4', 'n2', 'n3']);
      await stages(count);
      await cluster.put('n2', 'k', `v${count}`);
      cluster.turnBack();
      while (cluster.move !== undefined) await stages(1);
      expect(cluster.list).toEqual(['n1', 'n2', 'n3']);
      expect(await cluster.get('n1', 'k')).toBe(`v${count}`);
      expect(cluster.record('n4', 'k')).toBeUndefined();
    }
  });

  it('erases what a newcomer held of an earlier time before it counts', async () => {
    await cluster.put('n1', 'k', 'old');
    const stale = cluster.node('n1').store.get(cluster.storedKey('k')) as Uint8Array;
    await cluster.done(
      cluster
        .node('n1')
        .registers.change(
          { bucket: 'test', key: utf8('k'), change: { type: 'delete', condition: 'none' } },
          cluster.simulation.nowMs + 1_000,
        ),
    );
    const { store } = cluster.node('n4');
    await cluster.done(
      store.write([{ type: 'put', key: cluster.storedKey('other'), value: stale }]),
    );
    cluster.begin(['n4', 'n2', 'n3']);
    await stages(1);
    expect([...store.range(all())]).toEqual([]);
  });
});

describe('what came by copying', () => {
  it('proves nothing: a promise that was given before still counts', async () => {
    const created = await cluster.put('n1', 'k', 'v0');
    cluster.network.cutBothWays(['n2', 'n3'], cluster.ids);
    const alone = cluster.change('n1', 'k', putOf('v'), { timeoutMs: 300 });
    await expect(cluster.done(alone)).rejects.toMatchObject({ code: 'outcome_unknown' });
    cluster.bringBack();
    cluster.begin(['n2', 'n3']);
    await stages(1);
    // Somebody has n2 and n3 promise a ballot, before n2 takes over what n1 has.
    const ballot = { epoch: cluster.epoch, counter: 500, nodeNo: 4, boot: 9 };
    const address = { partition: PARTITION, bucketNumber: 1, key: utf8('k') };
    const addressed = { ...address, epoch: cluster.epoch };
    for (const id of ['n2', 'n3']) {
      await ask(id, PREPARE, prepareRequest(addressed, ballot, undefined));
    }
    const session = cluster.move?.session as number;
    const copying = { partition: PARTITION, epoch: cluster.epoch, session, sources: ['n1'] };
    while ((await ask('n2', COPY_PARTITION, copying)).state === 'running') {
      await cluster.simulation.advance(10);
    }
    expect(cluster.record('n2', 'k')).toMatchObject({ copied: true, promised: ballot });
    expect(await cluster.get('n1', 'k')).toBe('v');
    // Replaces v0 where v was read already.
    const content = { value: utf8('w'), contentType: '', meta: [] };
    const register = { ...NEVER_WRITTEN, version: ballot, content };
    expect(created.outcome).toBe('applied');
    for (const id of ['n2', 'n3']) {
      const request = acceptRequest(addressed, ballot, encodeRegister(register), undefined);
      await ask(id, ACCEPT, request);
    }
    expect(await cluster.get('n1', 'k')).toBe('v');
  });
});

function ask<Request, Reply>(id: string, type: CallType<Request, Reply>, request: Request) {
  const deadline = cluster.simulation.nowMs + 1_000;
  return cluster.done(cluster.node('n4').transport.call(id, type, request, { deadline }));
}

describe('a register that is damaged where it is copied from', () => {
  it('comes from all others', async () => {
    await cluster.put('n1', 'k', 'v');
    await cluster.damage('n1', 'k');
    await move(['n4', 'n2', 'n3']);
    expect(cluster.record('n4', 'k')).toMatchObject({ copied: true });
    cluster.lose('n2');
    expect(await cluster.get('n4', 'k')).toBe('v');
  });

  it('is waited for while one of them is silent, or has it damaged too', async () => {
    await cluster.put('n1', 'k', 'v');
    await cluster.damage('n1', 'k');
    await cluster.damage('n2', 'k');
    cluster.begin(['n4', 'n2', 'n3']);
    await stages(1);
    await expect(stages(1)).rejects.toThrow('write_both does not end');
    expect(cluster.record('n4', 'k')).toBeUndefined();
  });
});

function all() {
  const at = (bucketNumber: number) =>
    registerKey({ partition: PARTITION, bucketNumber, key: new Uint8Array(0) });
  return { from: at(0), to: at(100) };
}
