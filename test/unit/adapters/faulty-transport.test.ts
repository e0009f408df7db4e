/** Faults on simulated wires, in virtual time: what becomes of each message. */

import { beforeEach, describe, expect, it } from 'vitest';
import { FaultyTransport } from '../../../src/adapters/peer/faulty-transport.ts';
import type { LinkFaults } from '../../../src/kernel/fault-table.ts';
import { callType } from '../../../src/ports/transport.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { simAddress } from '../../../src/sim/sim-peer-book.ts';
import { type Exchange, SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { TestLogger, TestMetrics } from '../../contract/transport-nodes.ts';
import { settle } from '../../sim/settle.ts';

const ECHO = callType<unknown, unknown>('test.echo', 'data');
const SLOW = callType<null, string>('test.slow', 'data');
const NOTE = callType<number, void>('test.note', 'control');
const BULK = callType<unknown, unknown>('test.bulk', 'bulk');

const NODES = ['a', 'b'];
/** Wires without faults take so long there and back, at most. */
const WIRE_MS = 2;

let simulation: Simulation;
let clock: SimClock;
let a: FaultyTransport;
let b: FaultyTransport;
let logger: TestLogger;
let metrics: TestMetrics;
let notes: number[];
let served: number;

beforeEach(() => {
  simulation = new Simulation(3, settle);
  clock = new SimClock(simulation);
  const network = new SimNetwork(simulation);
  const exchange: Exchange = new Map();
  const random = new SeededRandom(11);
  [logger, metrics, notes, served] = [new TestLogger(), new TestMetrics(), [], 0];
  const make = (self: string) => {
    const ports = { self, simulation, network, exchange, peers: NODES, clock };
    const inner = new SimTransport({ ...ports, onFatal: (error) => expect.fail(String(error)) });
    inner.open();
    const transport = new FaultyTransport({ inner, self, clock, random, logger, metrics });
    transport.setPeers(new Map(NODES.map((peer) => [peer, simAddress(peer)])));
    return transport;
  };
  [a, b] = [make('a'), make('b')];
  for (const node of [a, b]) {
    node.serve(ECHO, (body) => {
      served++;
      return body;
    });
    node.serve(BULK, (body) => body);
  }
  b.serve(NOTE, (n) => void notes.push(n));
  b.serve(SLOW, () => new Promise((resolve) => simulation.schedule(50, () => resolve('slow'))));
});

function give(from: FaultyTransport, to: string, faults: LinkFaults): void {
  from.setFaults({ [to]: faults });
}

interface Ended {
  readonly reply?: unknown;
  readonly error?: unknown;
  readonly tookMs: number;
}

function call(from: FaultyTransport, to: string, ms = 1_000, type = ECHO): Promise<Ended> {
  const startedAt = clock.now();
  const took = () => clock.now() - startedAt;
  return simulation.complete(
    from.call(to, type, 'hello', { deadline: startedAt + ms }).then(
      (reply) => ({ reply, tookMs: took() }),
      (error: unknown) => ({ error, tookMs: took() }),
    ),
  );
}

const constant = (ms: number): LinkFaults => ({ delay: { distribution: 'constant', ms } });

describe('delays', () => {
  it('hold requests up in one direction, and replies in the other', async () => {
    give(a, 'b', constant(40));
    const there = await call(a, 'b');
    expect(there.reply).toBe('hello');
    expect(there.tookMs).toBeGreaterThanOrEqual(40);
    expect(there.tookMs).toBeLessThan(40 + WIRE_MS);
    give(b, 'a', constant(25));
    const both = await call(a, 'b');
    expect(both.tookMs).toBeGreaterThanOrEqual(65);
    expect(both.tookMs).toBeLessThan(65 + WIRE_MS);
    const other = await call(b, 'a');
    expect(other.tookMs).toBeGreaterThanOrEqual(65);
    expect(metrics.counts.get('faults_messages_total{delayed}')).toBeGreaterThanOrEqual(5);
  });

  it('that are equal keep the order of messages', async () => {
    give(a, 'b', constant(30));
    // The simulated wire itself reorders what is sent at the same time.
    for (let n = 0; n < 20; n++) {
      a.send('b', NOTE, n);
      await simulation.advance(2);
    }
    await simulation.advance(100);
    expect(notes).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('that differ let messages overtake each other, and lose none', async () => {
    give(a, 'b', { delay: { distribution: 'uniform', minMs: 0, maxMs: 100 } });
    for (let n = 0; n < 50; n++) a.send('b', NOTE, n);
    await simulation.advance(200);
    expect(notes).not.toEqual(notes.toSorted((x, y) => x - y));
    expect(notes.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('beyond the deadline end the call on time, and it is never carried out', async () => {
    give(a, 'b', constant(500));
    const ended = await call(a, 'b', 100);
    expect(ended.error).toMatchObject({ failure: 'timeout' });
    expect(ended.tookMs).toBe(100);
    await simulation.advance(1_000);
    expect(served).toBe(0);
  });

  it('hold up what a handler takes its time for, and what it throws', async () => {
    give(b, 'a', constant(30));
    const slow = await call(a, 'b', 1_000, SLOW as typeof ECHO);
    expect(slow.reply).toBe('slow');
    expect(slow.tookMs).toBeGreaterThanOrEqual(80);
    const unknown = await call(a, 'b', 1_000, callType('test.nobody', 'data'));
    expect(unknown.error).toMatchObject({ code: 'internal' });
  });
});

describe('losses', () => {
  it('of requests are silence until the deadline; so are those of replies', async () => {
    give(a, 'b', { loss: 1 });
    const request = await call(a, 'b', 200);
    expect(request.error).toMatchObject({ failure: 'timeout', neverSent: false });
    expect(request.tookMs).toBe(200);
    expect(served).toBe(0);
    a.setFaults({ links: {} });
    give(b, 'a', { loss: 1 });
    const reply = await call(a, 'b', 200);
    expect(reply.error).toMatchObject({ failure: 'timeout' });
    expect(reply.tookMs).toBe(200);
    expect(served).toBe(1);
  });

  it('are as frequent as they are told to be', async () => {
    give(a, 'b', { loss: 0.3 });
    for (let n = 0; n < 1_000; n++) a.send('b', NOTE, n);
    await simulation.advance(10);
    expect(notes.length).toBeGreaterThan(640);
    expect(notes.length).toBeLessThan(760);
    expect(metrics.counts.get('faults_messages_total{lost}')).toBe(1_000 - notes.length);
  });
});

describe('cuts', () => {
  it('are silence first, then unreachable, and the link comes back when it is healed', async () => {
    give(a, 'b', { cut: true });
    const early = await call(a, 'b', 500);
    expect(early.error).toMatchObject({ failure: 'timeout' });
    expect(a.reachable('b')).toBe(true);
    const open = call(a, 'b', 60_000);
    expect((await open).error).toMatchObject({ failure: 'disconnected', neverSent: false });
    expect(clock.now()).toBeGreaterThan(5_000);
    expect(clock.now()).toBeLessThan(7_000);
    expect(a.reachable('b')).toBe(false);
    const late = await call(a, 'b');
    expect(late.error).toMatchObject({ failure: 'unreachable', neverSent: true });
    expect(late.tookMs).toBe(0);

    a.setFaults({ links: {} });
    await simulation.advance(2_000);
    expect(a.reachable('b')).toBe(true);
    expect((await call(a, 'b')).reply).toBe('hello');
    const events = logger.lines.map(({ event }) => event);
    expect(events).toContain('peer fell silent');
    expect(events).toContain('peer is heard again');
  });

  it('in one direction are noticed on both sides, and only one side is heard', async () => {
    give(a, 'b', { cut: true });
    await call(b, 'a', 300);
    expect(served).toBe(1);
    await simulation.advance(8_000);
    expect([a.reachable('b'), b.reachable('a')]).toEqual([false, false]);
    await call(a, 'b', 300);
    expect(served).toBe(1);
  });

  it('take what is under way', async () => {
    give(a, 'b', constant(100));
    a.send('b', NOTE, 1);
    await simulation.advance(50);
    give(a, 'b', { cut: true });
    await simulation.advance(500);
    expect(notes).toEqual([]);
  });

  it('of one lane leave the others alone', async () => {
    give(a, 'b', { lanes: { bulk: { cut: true } } });
    expect((await call(a, 'b', 200, BULK)).error).toMatchObject({ failure: 'timeout' });
    expect((await call(a, 'b')).reply).toBe('hello');
    await simulation.advance(8_000);
    expect(a.reachable('b')).toBe(true);
  });
});

describe('the table', () => {
  it('says to whom messages have faults', () => {
    give(a, 'b', { cut: true });
    expect(a.faultyPeers).toEqual(['b']);
    a.setFaults({ b: { loss: 0 }, '*': { cut: true } });
    expect(a.faultyPeers).toEqual([]);
  });

  it('holds for peers that come later, and calls to those that go end', async () => {
    a.setPeers(new Map());
    give(a, '*', { cut: true });
    a.setPeers(new Map([['b', simAddress('b')]]));
    const open = a.call('b', ECHO, null, { deadline: clock.now() + 10_000 });
    const ended = expect(open).rejects.toMatchObject({ failure: 'disconnected' });
    a.setPeers(new Map());
    await ended;
  });

  it('never comes between a node and itself', async () => {
    give(a, '*', { cut: true });
    expect((await call(a, 'a')).reply).toBe('hello');
  });

  it('leaves calls that are open at the close disconnected', async () => {
    give(a, 'b', { cut: true });
    const open = a.call('b', ECHO, null, { deadline: clock.now() + 10_000 });
    const ended = expect(open).rejects.toMatchObject({ failure: 'disconnected' });
    await a.close();
    await ended;
    expect((await call(a, 'b')).error).toMatchObject({ failure: 'unreachable' });
  });
});
