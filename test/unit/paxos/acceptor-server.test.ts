import { beforeEach, describe, expect, it } from 'vitest';
import { mapKeyOf, utf8 } from '../../../src/kernel/bytes.ts';
import { ZERO } from '../../../src/paxos/ballot.ts';
import {
  ACCEPT,
  acceptRequest,
  PREPARE,
  prepareRequest,
  READ_REGISTER,
  readRegisterRequest,
} from '../../../src/paxos/messages.ts';
import { encodeRegister } from '../../../src/paxos/register-codec.ts';
import type { CallType } from '../../../src/ports/transport.ts';
import { PARTITION, RegisterCluster } from './register-cluster.ts';
import { ballot, holding } from './some.ts';

const KEY = utf8('k');
let cluster: RegisterCluster;
let epoch: number;

beforeEach(() => {
  cluster = new RegisterCluster(4, ['n1', 'n2', 'n3']);
  epoch = cluster.ring.epoch;
});

const address = (at = epoch) => ({ partition: PARTITION, bucketNumber: 1, key: KEY, epoch: at });
const register = encodeRegister(holding('v', ballot(5)));
const b = (counter: number) => ballot(counter, epoch);
const list = (counter: number) => [epoch, counter, 1, 1];
const toPrepare = (counter: number) => prepareRequest(address(), b(counter), undefined);
const toAccept = (counter: number, next?: number) =>
  acceptRequest(address(), b(counter), register, next === undefined ? undefined : b(next));

/** As n4 asks n1. */
function ask<Request, Reply>(type: CallType<Request, Reply>, request: Request): Promise<Reply> {
  const { simulation } = cluster;
  const { transport } = cluster.node('n4');
  return simulation.complete(
    transport.call('n1', type, request, { deadline: simulation.nowMs + 500 }),
  );
}

/** n1 loses what was not flushed, and is there again. */
async function powerCut(): Promise<void> {
  const { transport } = cluster.node('n4');
  cluster.crash('n1');
  while (transport.reachable('n1')) await cluster.simulation.advance(1);
  cluster.start('n1');
  while (!transport.reachable('n1')) await cluster.simulation.advance(10);
}

describe('an acceptor', () => {
  it('keeps promise and register over a power cut that follows its reply', async () => {
    expect(await ask(PREPARE, toPrepare(3))).toEqual([list(0).fill(0), false, expect.anything()]);
    await powerCut();
    expect(await ask(PREPARE, toPrepare(2))).toEqual([list(3)]);
    expect(await ask(ACCEPT, toAccept(3, 8))).toBe(true);
    await powerCut();
    expect(await ask(ACCEPT, toAccept(7))).toEqual(list(8));
    const read = await ask(READ_REGISTER, readRegisterRequest(address(), undefined));
    expect(read).toEqual([list(3), false, register]);
  });

  it('tells nothing that a power cut could take back', async () => {
    const { simulation } = cluster;
    cluster.disk('n1').timing = { commitMsMax: 0, flushMsMax: 200 };
    const told: string[] = [];
    const { transport } = cluster.node('n4');
    const deadline = simulation.nowMs + 1_000;
    const tell = (name: string, promise: Promise<unknown>) => {
      promise.then(() => {
        const key = cluster.storedKey('k');
        told.push(`${name} ${cluster.node('n1').store.durable(key) === undefined}`);
      });
      return promise;
    };
    const promised = tell('promised', transport.call('n1', PREPARE, toPrepare(3), { deadline }));
    await simulation.advance(5);
    const again = tell('again', transport.call('n1', PREPARE, toPrepare(3), { deadline }));
    await simulation.complete(Promise.all([promised, again]));
    const accepted = tell('accepted', transport.call('n1', ACCEPT, toAccept(3), { deadline }));
    await simulation.advance(5);
    const request = readRegisterRequest(address(), undefined);
    const read = tell('read', transport.call('n1', READ_REGISTER, request, { deadline }));
    await simulation.complete(Promise.all([accepted, read]));
    expect(told.toSorted()).toEqual(['accepted true', 'again true', 'promised true', 'read true']);
  });

  it('leaves out the register that the asker has', async () => {
    await ask(ACCEPT, toAccept(3));
    expect(await ask(READ_REGISTER, readRegisterRequest(address(), b(3)))).toEqual([
      list(3),
      false,
      'same',
    ]);
    expect(await ask(PREPARE, prepareRequest(address(), b(4), b(3)))).toEqual([
      list(3),
      false,
      'same',
    ]);
    expect(await ask(READ_REGISTER, readRegisterRequest(address(), ZERO))).toEqual([
      list(3),
      false,
      register,
    ]);
  });

  it('refuses another epoch, an unknown bucket, and keys that are not its own', async () => {
    cluster.settleOn(['n1', 'n2', 'n3']);
    const stale = { code: 'stale_epoch', facts: { epoch: epoch + 1 } };
    await expect(ask(PREPARE, toPrepare(3))).rejects.toMatchObject(stale);
    await expect(ask(ACCEPT, toAccept(3))).rejects.toMatchObject(stale);
    const read = readRegisterRequest(address(), undefined);
    await expect(ask(READ_REGISTER, read)).rejects.toMatchObject(stale);
    const strange = { ...address(epoch + 1), bucketNumber: 0 };
    const ofNone = readRegisterRequest(strange, undefined);
    await expect(ask(READ_REGISTER, ofNone)).rejects.toMatchObject({ code: 'no_such_bucket' });
    cluster.settleOn(['n4', 'n2', 'n3']);
    const ofOthers = readRegisterRequest(address(epoch + 2), undefined);
    await expect(ask(READ_REGISTER, ofOthers)).rejects.toMatchObject({ code: 'not_a_replica' });
  });

  it('promises nothing for a list that it is not of, while it accepts for both', async () => {
    cluster.settleOn(['n2', 'n3', 'n4']);
    cluster.enter('prepare', [
      ['n2', 'n3', 'n4'],
      ['n2', 'n3', 'n1'],
    ]);
    cluster.enter('write_both');
    epoch = cluster.ring.epoch;
    const refused = { code: 'not_a_replica' };
    await expect(ask(PREPARE, toPrepare(3))).rejects.toMatchObject(refused);
    expect(await ask(ACCEPT, toAccept(3))).toBe(false);
  });

  it('takes no part before its start is registered', async () => {
    cluster.node('n1').view.counted = false;
    const refused = { code: 'not_ready' };
    await expect(ask(PREPARE, toPrepare(3))).rejects.toMatchObject(refused);
    await expect(ask(ACCEPT, toAccept(3))).rejects.toMatchObject(refused);
  });

  it('refuses a key whose record is damaged, and never takes it for missing', async () => {
    await ask(ACCEPT, toAccept(3));
    const { store } = cluster.node('n1');
    const key = cluster.storedKey('k');
    const damaged = Buffer.from(store.get(key) as Uint8Array);
    damaged[12] = (damaged[12] as number) ^ 1;
    cluster.disk('n1').committed.set(mapKeyOf(key), damaged);
    const refused = { code: 'corrupt_record' };
    await expect(ask(PREPARE, toPrepare(4))).rejects.toMatchObject(refused);
    await expect(ask(ACCEPT, toAccept(4))).rejects.toMatchObject(refused);
    expect(store.get(key)).toEqual(damaged);
  });
});
