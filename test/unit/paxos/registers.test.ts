import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/kernel/errors.ts';
import { decodeAcceptorRecord, encodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { ballotText, ZERO } from '../../../src/paxos/ballot.ts';
import { evaluate } from '../../../src/paxos/evaluate.ts';
import { CHANGES_MAX, type Register } from '../../../src/paxos/register.ts';
import { decodeRegister, encodeRegister } from '../../../src/paxos/register-codec.ts';
import { INCREMENT, putOf, RegisterCluster } from './register-cluster.ts';
import { ballot, holding, requestId } from './some.ts';

const THREE = ['n1', 'n2', 'n3'];

describe('a change of a register', () => {
  it('is read at every node from then on', async () => {
    const cluster = new RegisterCluster(4, THREE);
    const { outcome, version } = await cluster.put('n4', 'k', 'a');
    expect(outcome).toBe('applied');
    for (const id of cluster.ids) {
      const read = await cluster.done(cluster.read(id, 'k'));
      expect(Buffer.from(read.content?.value ?? []).toString()).toBe('a');
      expect(read.version).toEqual(version);
    }
  });

  it('is one round of accepts and one write at each acceptor, once the first was made', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    expect(cluster.sent).toEqual([
      ...Array(2).fill('paxos.prepare'),
      ...Array(2).fill('paxos.accept'),
    ]);
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    cluster.writes = 0;
    await cluster.put('n1', 'k', 'b');
    await cluster.simulation.advance(10);
    expect(cluster.sent).toEqual(['paxos.accept', 'paxos.accept']);
    expect(cluster.writes).toBe(3);
  });
});

describe('a read of a register', () => {
  it('is one round trip without a write where a majority agrees', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    cluster.writes = 0;
    expect(await cluster.get('n2', 'k')).toBe('a');
    expect(cluster.sent).toEqual(['paxos.read']);
    expect(cluster.writes).toBe(0);
  });

  it('finds nothing under a key that was never written, and writes nothing', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const read = await cluster.done(cluster.read('n1', 'k'));
    expect(read).toMatchObject({ version: ZERO, content: undefined });
    expect(cluster.writes).toBe(0);
  });
});

describe('increments', () => {
  it('count every one of them, side by side at all nodes', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const each = THREE.flatMap((id) =>
      Array.from({ length: 5 }, () => cluster.change(id, 'k', INCREMENT)),
    );
    const results = await cluster.done(Promise.all(each));
    const numbers = results.map(({ result }) => result).sort((a = 0, b = 0) => a - b);
    expect(numbers).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(await cluster.get('n2', 'k')).toBe('15');
  });
});

describe('a condition', () => {
  it('holds for the version that is there, and no other', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const first = await cluster.put('n1', 'k', 'a');
    const again = { condition: { ifMatch: [first.version] } };
    const second = await cluster.done(cluster.change('n2', 'k', putOf('b', again)));
    expect(second.outcome).toBe('applied');
    const third = await cluster.done(cluster.change('n3', 'k', putOf('c', again)));
    expect(third.outcome).toBe('condition_failed');
    expect(ballotText(third.version)).toBe(ballotText(second.version));
    expect(await cluster.get('n1', 'k')).toBe('b');
  });
});

type Kept = Parameters<typeof encodeAcceptorRecord>[0];

async function keep(cluster: RegisterCluster, record: Kept, ...nodes: string[]): Promise<void> {
  const value = encodeAcceptorRecord(record);
  const key = cluster.storedKey('k');
  const writes = nodes.map((id) => cluster.node(id).store.write([{ type: 'put', key, value }]));
  await cluster.done(Promise.all(writes));
}

/** As a proposer that died left it: these acceptors have the value, and no others. */
function acceptedAlone(cluster: RegisterCluster, text: string, copied = false, counter = 50): Kept {
  const at = ballot(counter, cluster.ring.epoch, 9);
  return { promised: at, accepted: at, copied, register: encodeRegister(holding(text, at)) };
}

describe('what was begun and not completed', () => {
  it('is completed by a read that needs those who have it, and stays', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    await keep(cluster, acceptedAlone(cluster, 'b'), 'n3');
    cluster.lose('n2');
    expect(await cluster.get('n3', 'k')).toBe('b');
    cluster.bringBack();
    cluster.lose('n3');
    expect(await cluster.get('n2', 'k')).toBe('b');
  });

  it('is no evidence where it came by copying: a read writes before it tells', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await keep(cluster, acceptedAlone(cluster, 'b', true), 'n1', 'n2');
    cluster.writes = 0;
    expect(await cluster.get('n1', 'k')).toBe('b');
    expect(cluster.writes).toBeGreaterThan(0);
    await cluster.simulation.advance(10);
    cluster.writes = 0;
    expect(await cluster.get('n2', 'k')).toBe('b');
    expect(cluster.writes).toBe(0);
  });
});

describe('an outcome', () => {
  it('is unknown where the acceptances were lost, and the value may surface', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.network.cutOneWay(['n2', 'n3'], ['n1']);
    const lost = cluster.done(cluster.change('n1', 'k', putOf('b')));
    await expect(lost).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
    cluster.lose('n1');
    expect(await cluster.get('n2', 'k')).toBe('b');
  });

  it('is definite where nothing was sent to be accepted', async () => {
    const cluster = new RegisterCluster(3, THREE);
    cluster.lose('n2', 'n3');
    const lost = cluster.done(cluster.change('n1', 'k', putOf('b')));
    await expect(lost).rejects.toMatchObject({ code: 'paxos_unavailable', definite: true });
  });

  it('is definite where the node has a ballot to propose at once and knows that most are gone', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    cluster.writes = 0;
    cluster.lose('n2', 'n3');
    const lost = cluster.done(cluster.change('n1', 'k', putOf('b')));
    await expect(lost).rejects.toMatchObject({ code: 'paxos_unavailable', definite: true });
    expect(cluster.sent).toEqual([]);
    expect(cluster.writes).toBe(0);
    cluster.bringBack();
    expect(await cluster.get('n2', 'k')).toBe('a');
    cluster.sent.length = 0;
    await cluster.put('n1', 'k', 'c');
    expect(cluster.sent).toEqual(['paxos.accept', 'paxos.accept']);
  });

  it('stays unknown where that is known only after the change was sent', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.network.cutOneWay(['n2', 'n3'], ['n1']);
    const doubtful = cluster.done(cluster.change('n1', 'k', putOf('b')));
    doubtful.catch(() => {});
    await cluster.simulation.advance(100);
    cluster.lose('n2', 'n3');
    await expect(doubtful).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
  });

  it('is unknown where an earlier request sent the change, though nothing can be sent now', async () => {
    const cluster = new RegisterCluster(4, THREE);
    cluster.enter('write_both', [THREE, ['n4', 'n2', 'n3']]);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    const id = requestId(cluster.node('n1').clock.wallTime());
    cluster.network.cutOneWay(['n1'], ['n2', 'n3', 'n4']);
    const first = cluster.done(cluster.change('n1', 'k', putOf('b'), { id, timeoutMs: 300 }));
    await expect(first).rejects.toMatchObject({ code: 'outcome_unknown' });
    cluster.bringBack();
    await cluster.simulation.advance(2_000);
    cluster.lose('n3', 'n4');
    const again = cluster.done(cluster.change('n1', 'k', putOf('b'), { id }));
    await expect(again).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
    cluster.bringBack();
    await cluster.simulation.advance(2_000);
    expect(await cluster.get('n1', 'k')).toBe('b');
  });

  it('is unknown where the node that took the change is lost with it', async () => {
    const cluster = new RegisterCluster(4, THREE);
    const change = cluster.change('n4', 'k', putOf('b'));
    const refused = expect(change).rejects.toMatchObject({ code: 'outcome_unknown' });
    await cluster.simulation.advance(1.5);
    cluster.crash('n1');
    await cluster.simulation.advance(3_000);
    await refused;
  });

  it('is heard again by whoever gives the id again, and the change runs once', async () => {
    const cluster = new RegisterCluster(4, THREE);
    const id = requestId(cluster.node('n1').clock.wallTime(), 7);
    const first = await cluster.done(cluster.change('n1', 'k', INCREMENT, { id }));
    cluster.lose('n1');
    const again = await cluster.done(cluster.change('n4', 'k', INCREMENT, { id }));
    expect(again).toMatchObject({ outcome: 'applied', result: 1, version: first.version });
    expect(await cluster.get('n2', 'k')).toBe('1');
  });

  it('is found out by the next node where the one that took it is lost, if the id was given', async () => {
    const cluster = new RegisterCluster(4, THREE);
    const id = requestId(cluster.node('n1').clock.wallTime(), 7);
    const change = cluster.change('n4', 'k', INCREMENT, { id });
    await cluster.simulation.advance(1.5);
    cluster.crash('n1');
    expect(await cluster.done(change)).toMatchObject({ outcome: 'applied', result: 1 });
    expect(await cluster.get('n2', 'k')).toBe('1');
  });

  it('is not a refusal on the strength of what this node proposed last', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.lose('n1');
    const { version } = await cluster.put('n2', 'k', 'b');
    cluster.bringBack();
    const change = cluster.change('n1', 'k', putOf('c', { condition: { ifMatch: [version] } }));
    expect(await cluster.done(change)).toMatchObject({ outcome: 'applied' });
    expect(await cluster.get('n2', 'k')).toBe('c');
  });

  it('that is a refusal costs no write where replicas agree, nor the next change a prepare', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const { version } = await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    const change = putOf('b', { condition: { ifNoneMatch: 'any' } });
    cluster.writes = 0;
    for (let i = 0; i < 2; i++) {
      const refused = await cluster.done(cluster.change('n1', 'k', change));
      expect(refused).toMatchObject({ outcome: 'condition_failed', version });
    }
    expect(cluster.writes).toBe(0);
    cluster.sent.length = 0;
    await cluster.put('n1', 'k', 'c');
    expect(cluster.sent).toEqual(['paxos.accept', 'paxos.accept']);
  });
});

describe('requests that wait for one key', () => {
  const REFUSED = putOf('b', { condition: { ifNoneMatch: 'any' } });

  it('are refused without a message by a change that began after they came', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    const first = cluster.change('n1', 'k', putOf('b'));
    const second = cluster.change('n1', 'k', putOf('c'));
    const refused = Array.from({ length: 5 }, () => cluster.change('n1', 'k', REFUSED));
    const [, changed, ...others] = await cluster.done(Promise.all([first, second, ...refused]));
    for (const other of others) {
      expect(other).toMatchObject({ outcome: 'condition_failed', version: changed?.version });
    }
    expect(cluster.sent).toEqual(Array(4).fill('paxos.accept'));
  });

  it('are asked about where the change began before they came', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    const change = cluster.change('n1', 'k', putOf('b'));
    await cluster.simulation.advance(0.1);
    const refused = Array.from({ length: 5 }, () => cluster.change('n1', 'k', REFUSED));
    await cluster.done(Promise.all([change, ...refused]));
    expect(cluster.sent).toEqual(['paxos.accept', 'paxos.accept', 'paxos.read']);
  });

  it('do not hold up a change while others are asked about them', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    cluster.sent.length = 0;
    const refused = cluster.change('n1', 'k', REFUSED);
    await cluster.simulation.advance(0);
    expect(cluster.sent).toEqual(['paxos.read']);
    const changed = cluster.change('n1', 'k', putOf('b'));
    await cluster.simulation.advance(0);
    expect(cluster.sent).toEqual(['paxos.read', 'paxos.accept', 'paxos.accept']);
    expect(await cluster.done(changed)).toMatchObject({ outcome: 'applied' });
    expect(await cluster.done(refused)).toMatchObject({ outcome: 'condition_failed' });
  });

  it('are answered with what another proposer wrote before they came', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.simulation.advance(10);
    const early = cluster.change('n1', 'k', REFUSED);
    await cluster.simulation.advance(0);
    cluster.lose('n1');
    const { version } = await cluster.put('n2', 'k', 'b');
    cluster.bringBack();
    const late = Array.from({ length: 5 }, () => cluster.change('n1', 'k', REFUSED));
    for (const one of await cluster.done(Promise.all(late))) {
      expect(one).toMatchObject({ outcome: 'condition_failed', version });
    }
    await cluster.done(early);
  });
});

describe('at a key where many compare and set', () => {
  const REFUSED = putOf('r', { condition: { ifNoneMatch: 'any' } });

  /** One was refused and the version changed since: who is refused now waits for the next change. */
  async function contested(): Promise<RegisterCluster> {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    await cluster.done(cluster.change('n1', 'k', REFUSED));
    await cluster.put('n1', 'k', 'b');
    await cluster.done(cluster.change('n1', 'k', REFUSED));
    await cluster.simulation.advance(5);
    cluster.sent.length = 0;
    return cluster;
  }

  it('who is refused hears of the change that lets it go, without a message of its own', async () => {
    const cluster = await contested();
    const refused = Array.from({ length: 3 }, () => cluster.change('n1', 'k', REFUSED));
    await cluster.simulation.advance(0);
    for (const one of refused) {
      const { version } = await cluster.put('n1', 'k', 'c');
      expect(await cluster.done(one)).toMatchObject({ outcome: 'condition_failed', version });
    }
    expect(cluster.sent).toEqual(Array(6).fill('paxos.accept'));
  });

  it('who is refused under an id of its own does not wait: it could come to be forgotten', async () => {
    const cluster = await contested();
    const heard: string[] = [];
    const ask = async (name: string, id?: Uint8Array) => {
      await cluster.change('n1', 'k', REFUSED, id && { id });
      heard.push(name);
    };
    const all = [
      ask('a'),
      ask('b'),
      ask('with an id', requestId(cluster.node('n1').clock.wallTime())),
    ];
    await cluster.done(Promise.all(all));
    expect(heard).toEqual(['with an id', 'a', 'b']);
  });

  it('what was sent is not refused before it certainly never happens', async () => {
    const cluster = await contested();
    const { version } = await cluster.done(cluster.read('n1', 'k'));
    cluster.sent.length = 0;
    await keep(cluster, acceptedAlone(cluster, 'c'), ...THREE);
    const change = putOf('d', { condition: { ifMatch: [version] } });
    const refused = await cluster.done(cluster.change('n1', 'k', change));
    expect(refused.outcome).toBe('condition_failed');
    expect(cluster.sent).toEqual([
      ...Array(2).fill('paxos.accept'),
      ...Array(2).fill('paxos.prepare'),
      ...Array(2).fill('paxos.accept'),
    ]);
  });

  it('nobody hears of what is not chosen', async () => {
    const cluster = await contested();
    cluster.raiseEpoch(THREE, ...THREE);
    await keep(cluster, acceptedAlone(cluster, 'c', false, 1), 'n3');
    cluster.lose('n2');
    const { version } = await cluster.done(cluster.change('n1', 'k', REFUSED));
    expect(version).toEqual(ballot(1, cluster.ring.epoch, 9));
    cluster.bringBack();
    cluster.lose('n3');
    expect(await cluster.get('n2', 'k')).toBe('c');
  });
});

describe('a value that has expired', () => {
  it('is written as absent before a read tells so', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.done(cluster.change('n1', 'k', putOf('a', { ttlMs: 100 })));
    expect(await cluster.get('n2', 'k')).toBe('a');
    await cluster.simulation.advance(200);
    cluster.writes = 0;
    expect(await cluster.get('n2', 'k')).toBeUndefined();
    expect(cluster.writes).toBeGreaterThan(1);
    await cluster.simulation.advance(10);
    cluster.writes = 0;
    expect(await cluster.get('n3', 'k')).toBeUndefined();
    expect(cluster.writes).toBe(0);
  });
});

describe('a register whose partition changes', () => {
  const TO = ['n1', 'n2', 'n4'];

  it('is changed and read in every stage of a move', async () => {
    const cluster = new RegisterCluster(5, THREE);
    await cluster.put('n5', 'k', 'begin');
    const stages = ['prepare', 'write_both', 'read_new', 'stable'] as const;
    for (const stage of stages) {
      cluster.enter(stage, stage === 'prepare' ? [THREE, TO] : undefined);
      const increments = cluster.ids.map((id) => cluster.change(id, 'count', INCREMENT));
      await cluster.done(Promise.all(increments));
      for (const id of cluster.ids) expect(await cluster.get(id, 'k')).toBe('begin');
    }
    cluster.settleOn(TO);
    for (const id of cluster.ids) expect(await cluster.get(id, 'count')).toBe('20');
  });

  it('is proposed again, by its new epoch, where the proposer had not heard of it', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    cluster.raiseEpoch(THREE, 'n2', 'n3');
    const change = cluster.change('n1', 'k', putOf('b'));
    await cluster.simulation.advance(20);
    cluster.hear('n1');
    expect(await cluster.done(change)).toMatchObject({ outcome: 'applied' });
    expect(await cluster.get('n3', 'k')).toBe('b');
    const increments = Array.from({ length: 3 }, () => cluster.change('n1', 'count', INCREMENT));
    expect((await cluster.done(Promise.all(increments))).at(-1)?.result).toBe(3);
  });
});

describe('a change that is asked for again', () => {
  it('is in doubt where asking again is what may complete it', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.done(cluster.change('n1', 'k', INCREMENT));
    await cluster.simulation.advance(10);
    const id = requestId(cluster.node('n1').clock.wallTime(), 7);
    const { store, transport } = cluster.node('n2');
    const stored = store.get(cluster.storedKey('k')) as Uint8Array;
    const before = decodeRegister(decodeAcceptorRecord(stored).register);
    // As a proposer that died left it: one acceptor alone has the change.
    const at = ballot(50, cluster.ring.epoch, 9);
    const requested = { change: INCREMENT, id, given: true };
    const { write } = evaluate(before, requested, { ballot: at, now: 0, ttlMs: undefined });
    const register = encodeRegister(write as Register);
    await keep(cluster, { promised: at, accepted: at, copied: false, register }, 'n3');
    cluster.lose('n1');
    const call = transport.call.bind(transport);
    let isLost = false;
    transport.call = async (peer, type, request, options) => {
      const reply = await call(peer, type, request, options);
      isLost ||= type.kind === 'paxos.accept';
      if (isLost) throw new TransportError('disconnected', 'the reply was lost');
      return reply;
    };
    const again = cluster.done(cluster.change('n2', 'k', INCREMENT, { id }));
    await expect(again).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
    expect(isLost).toBe(true);
    expect(await cluster.get('n3', 'k')).toBe('2');
  });

  it('is refused where its id is that of another change', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const id = requestId(cluster.node('n1').clock.wallTime(), 7);
    await cluster.done(cluster.change('n1', 'k', putOf('5'), { id }));
    const other = cluster.done(cluster.change('n2', 'k', INCREMENT, { id }));
    const parameter = { parameter: 'Idempotency-Key' };
    await expect(other).rejects.toMatchObject({ code: 'bad_parameter', facts: parameter });
    expect(await cluster.get('n1', 'k')).toBe('5');
  });

  it('is found among many others that came since, by clients whose clocks differ', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const wallTime = () => cluster.node('n1').clock.wallTime();
    const mine = requestId(wallTime(), 255);
    const first = await cluster.done(cluster.change('n1', 'k', INCREMENT, { id: mine }));
    for (let i = 0; i < 40; i++) {
      const slowMs = i % 10 === 5 ? 1_000 : 0;
      const id = requestId(wallTime() - slowMs, i);
      const change = cluster.change('n1', 'k', INCREMENT, { id });
      expect(await cluster.done(change)).toMatchObject({ outcome: 'applied', result: i + 2 });
      await cluster.simulation.advance(20);
    }
    const again = await cluster.done(cluster.change('n1', 'k', INCREMENT, { id: mine }));
    expect(again).toMatchObject({ result: 1, version: first.version });
  });

  it('is said to be forgotten where the key cannot tell any more', async () => {
    const cluster = new RegisterCluster(3, THREE);
    const wallTime = () => cluster.node('n1').clock.wallTime();
    const mine = requestId(wallTime(), 255);
    await cluster.done(cluster.change('n1', 'k', INCREMENT, { id: mine }));
    for (let i = 0; i < CHANGES_MAX; i++) {
      const id = requestId(wallTime(), i);
      await cluster.done(cluster.change('n1', 'k', INCREMENT, { id }));
    }
    const again = cluster.done(cluster.change('n1', 'k', INCREMENT, { id: mine }));
    const forgotten = { code: 'outcome_unknown', facts: { forgotten: true } };
    await expect(again).rejects.toMatchObject(forgotten);
  });
});

describe('a node', () => {
  it('does not hand on to those out of reach what it has refused', async () => {
    const cluster = new RegisterCluster(3, THREE);
    cluster.lose('n1', 'n3');
    const id = requestId(cluster.node('n2').clock.wallTime(), 7);
    for (const asking of [{}, { id }]) {
      const change = cluster.done(cluster.change('n2', 'k', putOf('b'), asking));
      await expect(change).rejects.toMatchObject({ code: 'paxos_unavailable', definite: true });
    }
    expect(cluster.sent).not.toContain('paxos.propose');
  });

  it('reports how many had to answer', async () => {
    const cluster = new RegisterCluster(4, THREE);
    for (const id of ['n1', 'n4']) {
      expect((await cluster.put(id, 'k', 'a')).quorum.needed).toBe(2);
      expect((await cluster.done(cluster.read(id, 'k'))).quorum.needed).toBe(2);
    }
  });

  it('that stops with a change in doubt reads its store no more', async () => {
    const cluster = new RegisterCluster(3, THREE);
    await cluster.put('n1', 'k', 'a');
    cluster.network.cutOneWay(['n2', 'n3'], ['n1']);
    const change = cluster.change('n1', 'k', putOf('b'), { timeoutMs: 60_000 });
    const ended = expect(change).rejects.toMatchObject({ code: 'outcome_unknown' });
    await cluster.simulation.advance(5_000);
    const { registers, store } = cluster.node('n1');
    registers.close();
    await cluster.done(store.close());
    await cluster.simulation.advance(60_000);
    await ended;
  });
});
