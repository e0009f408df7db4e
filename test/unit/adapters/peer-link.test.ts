/** The calling side over real sockets: connecting, losing, bounds, deadlines, and volume. */

import { createServer, type Server, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CALLS_IN_FLIGHT_MAX } from '../../../src/adapters/peer/calls-in-flight.ts';
import { FRAME_BYTES_MAX } from '../../../src/adapters/peer/frame.ts';
import type { PeerTransportOptions } from '../../../src/adapters/peer/peer-transport.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { callType } from '../../../src/ports/transport.ts';
import { fastClock, loopback, type TestNode, testNode } from '../../contract/transport-nodes.ts';
import { Wire } from '../../contract/transport-wire.ts';

const ECHO = callType<unknown, unknown>('test.echo', 'data');
const STUCK = callType<unknown, unknown>('test.stuck', 'data');
const BULK = callType<unknown, unknown>('test.bulk', 'bulk');

const PATIENCE = { timeout: 30_000, interval: 5 };

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const within = (ms: number) => ({ deadline: systemClock.now() + ms });

async function started(node: TestNode): Promise<TestNode> {
  cleanups.push(() => node.transport.close());
  await node.transport.start();
  return node;
}

async function startB(options: Partial<PeerTransportOptions> = {}): Promise<TestNode> {
  const b = await started(testNode('b', options));
  b.transport.serve(ECHO, (body) => body);
  b.transport.serve(BULK, (body) => body);
  b.transport.serve(STUCK, () => new Promise(() => {}));
  return b;
}

async function startA(
  port: number,
  options: Partial<PeerTransportOptions> = {},
): Promise<TestNode> {
  return started(testNode('a', { peers: new Map([['b', loopback(port)]]), ...options }));
}

async function startPair(): Promise<{ a: TestNode; b: TestNode }> {
  const b = await startB();
  const a = await startA(b.transport.port);
  await a.transport.call('b', ECHO, null, within(5_000));
  return { a, b };
}

async function startWired(options: Partial<PeerTransportOptions> = {}) {
  const wire = await Wire.create();
  cleanups.push(() => wire.close());
  const b = await startB();
  wire.leadTo(b.transport.port);
  const a = await startA(wire.port, options);
  await a.transport.call('b', ECHO, null, {
    deadline: (options.clock ?? systemClock).now() + 50_000,
  });
  return { a, b, wire };
}

/** Accepts connections and never says a word. */
async function startMute(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    connections++;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as { port: number }).port, connections: () => connections };
}

describe('a link that connects', () => {
  it('lets calls wait for the first attempt, and sends them when it succeeds', async () => {
    const b = await startB();
    const a = await startA(b.transport.port);
    expect(a.transport.reachable('b')).toBe(true);
    const calls = [1, 2, 3].map((n) => a.transport.call('b', ECHO, n, within(5_000)));
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  it('fails calls that wait at their deadline, as never sent', async () => {
    const mute = await startMute();
    const a = await startA(mute.port);
    const startedAt = systemClock.now();
    const error = await a.transport.call('b', ECHO, 1, within(100)).catch((caught) => caught);
    expect(error).toMatchObject({ failure: 'unreachable', neverSent: true });
    expect(systemClock.now() - startedAt).toBeLessThan(1_000);
    expect(a.transport.reachable('b')).toBe(true);
  });

  it('fails calls that wait as unreachable when the attempt fails', async () => {
    const wire = await Wire.create();
    const port = wire.port;
    await wire.close();
    const a = await startA(port);
    const call = a.transport.call('b', ECHO, 1, within(10_000));
    await expect(call).rejects.toMatchObject({ failure: 'unreachable' });
    expect(a.transport.reachable('b')).toBe(false);
    expect(String(a.logger.reasons('peer unreachable')[0])).toContain('ECONNREFUSED');
    expect(a.metrics.counts.get('peer_call_failures_total{data,unreachable}')).toBe(1);
  });

  it('gives up an attempt that nobody answers, and tries again', async () => {
    const mute = await startMute();
    const a = await startA(mute.port, { clock: fastClock(20) });
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(false), PATIENCE);
    expect(String(a.logger.reasons('peer unreachable')[0])).toContain('no answer from');
    await vi.waitFor(() => expect(mute.connections()).toBeGreaterThan(4), PATIENCE);
  });

  it('opens the bulk lane when it is first used', async () => {
    const { a, wire } = await startWired();
    await vi.waitFor(() => expect(wire.connections).toBe(2), PATIENCE);
    expect(await a.transport.call('b', BULK, 'much', within(5_000))).toBe('much');
    expect(wire.connections).toBe(3);
  });
});

describe('a link that is lost', () => {
  it('comes back when the peer restarts, on the same port', async () => {
    const b = await startB();
    const port = b.transport.port;
    const a = await startA(port);
    await a.transport.call('b', ECHO, null, within(5_000));
    const stuck = a.transport.call('b', STUCK, null, within(10_000)).catch((caught) => caught);
    await a.transport.call('b', ECHO, null, within(5_000));
    await b.transport.close();
    expect(await stuck).toMatchObject({ failure: 'disconnected', neverSent: false });
    expect(a.transport.reachable('b')).toBe(false);
    const refused = a.transport.call('b', ECHO, null, within(5_000));
    await expect(refused).rejects.toMatchObject({ failure: 'unreachable', neverSent: true });

    await startB({ listen: loopback(port) });
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(true), PATIENCE);
    expect(await a.transport.call('b', ECHO, 'back', within(5_000))).toBe('back');
  });

  it('hurries when the peer itself calls', async () => {
    const lost = await Wire.create();
    const port = lost.port;
    await lost.close();
    const a = await startA(port, { random: { float: () => 0, uint48: () => 0 } });
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(false), PATIENCE);
    const peers = new Map([['a', loopback(a.transport.port)]]);
    await startB({ listen: loopback(port), peers });
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(true), PATIENCE);
    expect(await a.transport.call('b', ECHO, 'back', within(5_000))).toBe('back');
  });

  it('tells calls that were not written from those that perhaps arrived', async () => {
    const { a, wire } = await startWired();
    wire.hold();
    const body = Buffer.alloc(8 * 1024 * 1024);
    const failures = Array.from({ length: 6 }, () =>
      a.transport.call('b', STUCK, body, within(20_000)).then(
        () => undefined,
        (error: TransportError) => error.failure,
      ),
    );
    const sent = () => a.metrics.counts.get('peer_bytes_total{data,sent}') ?? 0;
    await vi.waitFor(() => expect(sent()).toBeGreaterThan(body.length), PATIENCE);
    wire.cut();
    const seen = await Promise.all(failures);
    expect(seen[0]).toBe('disconnected');
    expect(seen.at(-1)).toBe('unreachable');
  });

  it('is noticed when the peer falls silent, and found again', async () => {
    // The peer's own clock runs as fast, so that its heartbeats do.
    const clock = fastClock(5);
    const wire = await Wire.create();
    cleanups.push(() => wire.close());
    const b = await startB({ clock });
    wire.leadTo(b.transport.port);
    const a = await startA(wire.port, { clock });
    const within = (ms: number) => ({ deadline: clock.now() + ms });
    await a.transport.call('b', ECHO, null, within(50_000));

    wire.hold();
    const timedOut = a.transport.call('b', ECHO, null, within(2_000));
    await expect(timedOut).rejects.toMatchObject({ failure: 'timeout', neverSent: false });
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(false), PATIENCE);
    expect(a.logger.reasons('peer unreachable')).toContain('nothing was heard for 5000 ms');
    wire.mend();
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(true), PATIENCE);
    expect(await a.transport.call('b', ECHO, 'back', within(50_000))).toBe('back');
  });

  it('is not given up while it is only idle', async () => {
    const clock = fastClock(10);
    const b = await startB({ clock });
    const a = await startA(b.transport.port, { clock });
    await a.transport.call('b', ECHO, null, { deadline: clock.now() + 100_000 });
    const idleUntil = clock.now() + 20_000;
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(idleUntil), PATIENCE);
    expect(a.logger.lines.filter((line) => line.level === 'warn')).toEqual([]);
    expect(a.transport.reachable('b')).toBe(true);
  });
});

describe('the address book', () => {
  it('can be replaced: nodes come, move and leave', async () => {
    const { a, b } = await startPair();
    const c = await started(testNode('c'));
    c.transport.serve(ECHO, () => 'from c');
    const book = new Map([
      ['a', loopback(a.transport.port)],
      ['b', loopback(b.transport.port)],
      ['c', loopback(c.transport.port)],
    ]);
    a.transport.setPeers(book);
    expect(await a.transport.call('c', ECHO, null, within(5_000))).toBe('from c');
    const stuck = a.transport.call('b', STUCK, null, within(5_000)).catch((caught) => caught);
    await a.transport.call('b', ECHO, null, within(5_000));

    book.delete('b');
    a.transport.setPeers(book);
    expect(await stuck).toMatchObject({ failure: 'disconnected' });
    expect(a.transport.reachable('b')).toBe(false);
    const gone = a.transport.call('b', ECHO, null, within(5_000));
    await expect(gone).rejects.toMatchObject({ failure: 'unreachable' });
    expect(await a.transport.call('c', ECHO, null, within(5_000))).toBe('from c');

    await b.transport.close();
    const moved = await startB();
    a.transport.setPeers(book.set('b', loopback(moved.transport.port)));
    expect(await a.transport.call('b', ECHO, 'moved', within(5_000))).toBe('moved');
  });
});

describe('much at a time', () => {
  it('10,000 calls are all answered, each by its own reply', async () => {
    const { a } = await startPair();
    const calls = Array.from({ length: 10_000 }, (_, n) =>
      a.transport.call('b', ECHO, { n, body: Buffer.alloc(100, n) }, within(20_000)),
    );
    const replies = (await Promise.all(calls)) as { n: number }[];
    expect(replies.map(({ n }) => n)).toEqual(calls.map((_, n) => n));
  });

  it('calls of one turn leave in a few writes', async () => {
    const { a } = await startPair();
    const write = vi.spyOn(Socket.prototype, 'write');
    const calls = Array.from({ length: 1_000 }, (_, n) =>
      a.transport.call('b', ECHO, n, within(5_000)),
    );
    await Promise.all(calls);
    expect(write.mock.calls.length).toBeLessThan(20);
  });

  it('a body of 16 MiB goes there and back', async () => {
    const { a } = await startPair();
    const bytes = Buffer.alloc(16 * 1024 * 1024, 'quorate');
    const reply = (await a.transport.call('b', BULK, { bytes }, within(20_000))) as {
      bytes: Buffer;
    };
    expect(reply.bytes.equals(bytes)).toBe(true);
  });

  it('a body that is too large is refused by the sender, and the link lives on', async () => {
    const { a } = await startPair();
    const call = a.transport.call('b', ECHO, Buffer.alloc(FRAME_BYTES_MAX), within(5_000));
    await expect(call).rejects.toMatchObject({ code: 'value_too_large', definite: true });
    a.transport.send('b', callType('test.echo', 'data'), Buffer.alloc(FRAME_BYTES_MAX));
    expect(a.logger.reasons('peer message cannot be sent')).toHaveLength(1);
    expect(await a.transport.call('b', ECHO, 1, within(5_000))).toBe(1);
  });

  it('a reply that is too large becomes an error, and the link lives on', async () => {
    const { a, b } = await startPair();
    const type = callType<null, Buffer>('test.huge', 'data');
    b.transport.serve(type, () => Buffer.alloc(FRAME_BYTES_MAX + 1));
    const error = await a.transport.call('b', type, null, within(5_000)).catch((caught) => caught);
    expect(error).toBeInstanceOf(QuorateError);
    expect(error).toMatchObject({ code: 'internal', definite: false });
    expect(await a.transport.call('b', ECHO, 1, within(5_000))).toBe(1);
  });

  it('calls above the bound are overloaded', async () => {
    const { a } = await startPair();
    const stuck = Array.from({ length: CALLS_IN_FLIGHT_MAX }, () =>
      a.transport
        .call('b', STUCK, null, within(60_000))
        .catch((error: TransportError) => error.failure),
    );
    const call = a.transport.call('b', ECHO, null, within(5_000));
    await expect(call).rejects.toMatchObject({ failure: 'overloaded', neverSent: true });
    await a.transport.close();
    expect(new Set(await Promise.all(stuck))).toEqual(new Set(['disconnected']));
  });

  it('bytes above the bound are overloaded, and what was queued still arrives', async () => {
    const { a, wire } = await startWired();
    wire.hold();
    const body = Buffer.alloc(30 * 1024 * 1024, 1);
    const results = Array.from({ length: 12 }, () =>
      a.transport.call('b', ECHO, body, within(30_000)).then(
        (reply) => (reply as Buffer).length,
        (error: TransportError) => error.failure,
      ),
    );
    a.transport.send('b', callType('test.echo', 'data'), body);
    expect(a.metrics.counts.get('peer_call_failures_total{data,overloaded}')).toBe(7);
    wire.mend();
    const seen = await Promise.all(results);
    expect(seen.filter((each) => each === 'overloaded')).toHaveLength(6);
    expect(seen.filter((each) => each === body.length)).toHaveLength(6);
  });

  it('frames and bytes are counted on both sides', async () => {
    const { a, b } = await startPair();
    for (let n = 0; n < 9; n++) await a.transport.call('b', ECHO, n, within(5_000));
    const count = (node: TestNode, name: string) => node.metrics.counts.get(name) ?? 0;
    expect(count(a, 'peer_frames_total{data,sent}')).toBeGreaterThanOrEqual(10);
    expect(count(a, 'peer_frames_total{data,received}')).toBeGreaterThanOrEqual(10);
    expect(count(b, 'peer_bytes_total{data,received}')).toBeGreaterThanOrEqual(100);
    expect(count(b, 'peer_bytes_total{data,sent}')).toBeGreaterThanOrEqual(50);
  });
});

describe('deadlines', () => {
  it('of calls to a peer that takes nothing any more are kept', async () => {
    const { a, wire } = await startWired();
    wire.hold();
    const startedAt = systemClock.now();
    const late = await Promise.all(
      [100, 150, 220, 300].map(async (ms) => {
        const deadline = startedAt + ms;
        const error = await a.transport.call('b', ECHO, ms, { deadline }).catch((caught) => caught);
        expect(error).toBeInstanceOf(TransportError);
        expect(error).toMatchObject({ failure: 'timeout' });
        return systemClock.now() - deadline;
      }),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(250);
  });

  it('that passed before the request could be served drop it unanswered', async () => {
    const { a, b } = await startPair();
    const served: number[] = [];
    const type = callType<number, null>('test.slow', 'data');
    b.transport.serve(type, (blockMs) => {
      served.push(blockMs);
      const until = systemClock.now() + blockMs;
      while (systemClock.now() < until);
      return null;
    });
    // Both arrive in one read: the second is looked at when the first is done.
    const first = a.transport.call('b', type, 120, within(5_000));
    const second = a.transport.call('b', type, 0, within(60));
    await expect(second).rejects.toMatchObject({ failure: 'timeout' });
    await first;
    expect(served).toEqual([120]);
    expect(b.metrics.counts.get('peer_requests_expired_total{data}')).toBe(1);
  });
});
