/**
 * What every `Transport` does, whether its wires are real or simulated.
 *
 * A fixture has three nodes, a, b and c, that can all reach each other. Tests never wait for
 * real time themselves: they let the fixture advance until something has happened.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import { InvariantError } from '../../src/kernel/invariant.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { callType, type Incoming, type Lane, type Transport } from '../../src/ports/transport.ts';
import { addressContract } from './transport-address-contract.ts';
import type { TransportFixture } from './transport-fixture.ts';

/** How late a timeout may be: a few milliseconds of the transport, the rest for a busy machine. */
const LATE_MS_MAX = 250;

/** In the fixture's time; far more than anything here takes. */
const PATIENCE_MS = 20_000;

const ECHO = callType<unknown, unknown>('contract.echo', 'data');
const STUCK = callType<null, null>('contract.stuck', 'data');
const NOTE = callType<string, void>('contract.note', 'control');

export function transportContract(name: string, make: () => Promise<TransportFixture>): void {
  addressContract(name, make);
  describe(`transport contract: ${name}`, () => {
    let fixture: TransportFixture;
    let a: Transport;
    let b: Transport;
    let c: Transport;

    beforeEach(async () => {
      fixture = await make();
      a = fixture.transport('a');
      b = fixture.transport('b');
      c = fixture.transport('c');
    });

    afterEach(async () => {
      await fixture.close();
    });

    /** A deadline of node a, so many milliseconds from now. */
    const within = (ms: number) => ({ deadline: fixture.clock('a').now() + ms });

    async function until(what: string, condition: () => boolean): Promise<void> {
      const giveUpAt = fixture.clock('a').now() + PATIENCE_MS;
      while (!condition()) {
        if (fixture.clock('a').now() > giveUpAt) throw new Error(`never happened: ${what}`);
        await fixture.advance(1);
      }
    }

    /** The promise's value or error, once it has one. */
    async function outcome(promise: Promise<unknown>): Promise<unknown> {
      let settled = false;
      const result = promise.then(
        (value) => value,
        (error: unknown) => error,
      );
      void result.then(() => {
        settled = true;
      });
      await until('a call is settled', () => settled);
      return result;
    }

    function serveEcho(node: Transport): void {
      node.serve(ECHO, (request) => request);
    }

    function serveStuck(node: Transport): Incoming[] {
      const seen: Incoming[] = [];
      node.serve(STUCK, (_, incoming) => {
        seen.push(incoming);
        return new Promise<null>(() => {});
      });
      return seen;
    }

    /** Calls until one is answered. */
    async function untilAnswered(from: Transport, peer: NodeId): Promise<void> {
      const giveUpAt = fixture.clock('a').now() + PATIENCE_MS;
      for (;;) {
        const result = await outcome(from.call(peer, ECHO, 'hello', within(500)));
        if (result === 'hello') return;
        if (fixture.clock('a').now() > giveUpAt) throw new Error(`never answered: ${result}`);
        await fixture.advance(1);
      }
    }

    describe('calls', () => {
      it('carry a request there and the reply back, in both directions', async () => {
        const froms: NodeId[] = [];
        for (const node of [a, b]) {
          node.serve(callType<number, number>('contract.double', 'data'), (n, { from }) => {
            froms.push(from);
            return 2 * n;
          });
        }
        const double = callType<number, number>('contract.double', 'data');
        expect(await outcome(a.call('b', double, 21, within(5_000)))).toBe(42);
        expect(await outcome(b.call('a', double, 4, within(5_000)))).toBe(8);
        expect(froms).toEqual(['a', 'b']);
      });

      it('carry plain data of every kind unchanged', async () => {
        serveEcho(b);
        const body = {
          text: 'Grüße 🜂',
          numbers: [0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, -(2 ** 40)],
          bigints: [0n, 5n, -7n, 2n ** 63n - 1n, 2n ** 64n - 1n],
          nothing: null,
          truth: [true, false],
          nested: { list: [[], {}, [{ deep: 'x'.repeat(1_000) }]] },
        };
        expect(await outcome(a.call('b', ECHO, body, within(5_000)))).toEqual(body);
      });

      it('carry bytes as bytes', async () => {
        serveEcho(b);
        const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
        const reply = await outcome(a.call('b', ECHO, { bytes }, within(5_000)));
        const back = (reply as { bytes: Uint8Array }).bytes;
        expect(back).toBeInstanceOf(Uint8Array);
        expect(Buffer.compare(back, bytes)).toBe(0);
      });

      it.each<Lane>(['control', 'data', 'bulk'])('travel on the %s lane', async (lane) => {
        const type = callType<string, string>(`contract.${lane}`, lane);
        b.serve(type, (text) => text.toUpperCase());
        expect(await outcome(a.call('b', type, 'hello', within(5_000)))).toBe('HELLO');
      });

      it('get the reply that belongs to them when replies come out of order', async () => {
        const waiting: (() => void)[] = [];
        const type = callType<number, string>('contract.held', 'data');
        b.serve(type, (n) => new Promise((resolve) => waiting.push(() => resolve(`reply ${n}`))));
        const calls = Array.from({ length: 50 }, (_, n) => a.call('b', type, n, within(10_000)));
        await until('all requests have arrived', () => waiting.length === calls.length);
        for (const answer of waiting.reverse()) answer();
        const replies = await Promise.all(calls.map(outcome));
        expect(replies).toEqual(calls.map((_, n) => `reply ${n}`));
      });

      it('may be many at a time', async () => {
        serveEcho(b);
        const calls = Array.from({ length: 2_000 }, (_, n) => a.call('b', ECHO, n, within(15_000)));
        const replies = await outcome(Promise.all(calls));
        expect(replies).toEqual(calls.map((_, n) => n));
      });

      it('to the node itself are served asynchronously by its own handlers', async () => {
        let served = false;
        const type = callType<string, string>('contract.self', 'data');
        a.serve(type, (text, { from }) => {
          served = true;
          return `${text} from ${from}`;
        });
        const call = a.call('a', type, 'hello', within(5_000));
        expect(served).toBe(false);
        expect(await outcome(call)).toBe('hello from a');
        expect(a.reachable('a')).toBe(true);
      });
    });

    describe('errors', () => {
      it.each(['a', 'b'])(
        'of handlers that clients may see cross as they are (to %s)',
        async (to) => {
          const facts = { parameter: 'w', reached: ['a', 'b'], needed: 3, definite: true };
          fixture.transport(to).serve(ECHO, () => {
            throw new QuorateError('write_quorum_not_met', 'two of three answered', facts);
          });
          const error = await outcome(a.call(to, ECHO, null, within(5_000)));
          expect(error).toBeInstanceOf(QuorateError);
          expect(error).toMatchObject({
            code: 'write_quorum_not_met',
            message: 'two of three answered',
            facts,
            definite: true,
          });
        },
      );

      it.each(['a', 'b'])(
        'of any other kind are internal and tell no details (to %s)',
        async (to) => {
          fixture.transport(to).serve(ECHO, async () => {
            throw new TypeError('the secret is xyzzy');
          });
          const error = await outcome(a.call(to, ECHO, null, within(5_000)));
          expect(error).toBeInstanceOf(QuorateError);
          expect(error).toMatchObject({ code: 'internal' });
          expect(String(error)).not.toContain('xyzzy');
        },
      );

      it.each(['a', 'b'])('name the kind that nobody serves (at %s)', async (to) => {
        const error = await outcome(a.call(to, ECHO, null, within(5_000)));
        expect(error).toBeInstanceOf(QuorateError);
        expect(error).toMatchObject({ code: 'internal' });
        expect(String(error)).toContain('contract.echo');
      });

      it('refuse a second handler of one kind', () => {
        serveEcho(a);
        expect(() => serveEcho(a)).toThrow(InvariantError);
      });
    });

    describe('deadlines', () => {
      it.each(['a', 'b'])('end a call that is not answered, on time (to %s)', async (to) => {
        const seen = serveStuck(fixture.transport(to));
        const clock = fixture.clock('a');
        const startedAt = clock.now();
        let endedAt = 0;
        const call = a.call(to, STUCK, null, { deadline: startedAt + 200 }).finally(() => {
          endedAt = clock.now();
        });
        const error = await outcome(call);
        expect(error).toBeInstanceOf(TransportError);
        expect(error).toMatchObject({ failure: 'timeout', neverSent: false });
        expect(endedAt - startedAt).toBeGreaterThanOrEqual(200);
        expect(endedAt - startedAt).toBeLessThan(200 + LATE_MS_MAX);
        expect(seen).toHaveLength(1);
      });

      it('travel with the call, in the clock of the node that serves', async () => {
        const seen = serveStuck(b);
        const before = fixture.clock('b').now();
        const call = outcome(a.call('b', STUCK, null, within(300)));
        await until('the request has arrived', () => seen.length > 0);
        const after = fixture.clock('b').now();
        expect(seen[0]?.deadline).toBeGreaterThan(before + 200);
        expect(seen[0]?.deadline).toBeLessThanOrEqual(after + 301);
        await call;
      });

      it('in the past end a call before it is sent', async () => {
        const seen = serveStuck(b);
        const error = await outcome(a.call('b', STUCK, null, within(0)));
        expect(error).toMatchObject({ failure: 'timeout' });
        await fixture.advance(20);
        expect(seen).toHaveLength(0);
      });

      it('of many calls are kept one by one', async () => {
        serveStuck(b);
        const clock = fixture.clock('a');
        const delays = Array.from({ length: 100 }, (_, n) => 50 + ((n * 37) % 100) * 3);
        const lateness = delays.map(async (delay) => {
          const deadline = clock.now() + delay;
          const error = await a.call('b', STUCK, null, { deadline }).catch((e: unknown) => e);
          expect(error).toMatchObject({ failure: 'timeout' });
          return clock.now() - deadline;
        });
        const late = (await outcome(Promise.all(lateness))) as number[];
        expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...late)).toBeLessThan(LATE_MS_MAX);
      });
    });

    describe('sends', () => {
      it.each(['a', 'b'])('arrive without a reply (at %s)', async (to) => {
        const notes: string[] = [];
        fixture.transport(to).serve(NOTE, (text, { from, deadline }) => {
          expect(deadline).toBeGreaterThan(fixture.clock(to).now());
          notes.push(`${from}: ${text}`);
        });
        a.send(to, NOTE, 'one');
        a.send(to, NOTE, 'two');
        await until('both have arrived', () => notes.length === 2);
        expect(notes.sort()).toEqual(['a: one', 'a: two']);
      });

      it('say nothing when they fail', async () => {
        b.serve(NOTE, () => {
          throw new QuorateError('internal', 'not today');
        });
        serveEcho(b);
        a.send('b', NOTE, 'refused');
        a.send('nobody', NOTE, 'lost');
        await untilAnswered(a, 'b');
      });
    });

    describe('peers that cannot be reached', () => {
      it('are unreachable at once when nobody knows them', async () => {
        const error = await outcome(a.call('nobody', ECHO, null, within(5_000)));
        expect(error).toBeInstanceOf(TransportError);
        expect(error).toMatchObject({ failure: 'unreachable', neverSent: true });
        expect(a.reachable('nobody')).toBe(false);
      });

      it('fail calls in flight by the deadline, as perhaps carried out', async () => {
        const seen = serveStuck(b);
        const call = outcome(a.call('b', STUCK, null, within(2_000)));
        await until('the request has arrived', () => seen.length > 0);
        fixture.cut('a', 'b');
        const error = await call;
        expect(error).toBeInstanceOf(TransportError);
        expect(error).toMatchObject({ neverSent: false });
      });

      it('fail new calls, leave others alone, and come back', async () => {
        serveEcho(b);
        serveEcho(c);
        fixture.cut('a', 'b');
        const error = await outcome(a.call('b', ECHO, null, within(300)));
        expect(error).toBeInstanceOf(TransportError);
        await until('b counts as unreachable', () => !a.reachable('b'));
        expect(await outcome(a.call('c', ECHO, 'still here', within(5_000)))).toBe('still here');
        expect(await outcome(c.call('b', ECHO, 'still here', within(5_000)))).toBe('still here');

        fixture.heal('a', 'b');
        await untilAnswered(a, 'b');
        await until('b counts as reachable', () => a.reachable('b'));
      });

      it('are unreachable at once while they count as such', async () => {
        serveEcho(b);
        fixture.cut('a', 'b');
        await outcome(a.call('b', ECHO, null, within(300)));
        await until('b counts as unreachable', () => !a.reachable('b'));
        const startedAt = fixture.clock('a').now();
        const error = await outcome(a.call('b', ECHO, null, within(10_000)));
        expect(error).toMatchObject({ failure: 'unreachable', neverSent: true });
        expect(fixture.clock('a').now() - startedAt).toBeLessThan(1_000);
      });
    });

    describe('closing', () => {
      it('ends calls in flight as disconnected, and later ones as unreachable', async () => {
        const seen = serveStuck(b);
        const remote = outcome(a.call('b', STUCK, null, within(10_000)));
        await until('the request has arrived', () => seen.length > 0);
        serveStuck(a);
        const local = outcome(a.call('a', STUCK, null, within(10_000)));
        await a.close();
        expect(await remote).toMatchObject({ failure: 'disconnected' });
        expect(await local).toMatchObject({ failure: 'disconnected' });
        const later = await outcome(a.call('b', STUCK, null, within(1_000)));
        expect(later).toMatchObject({ failure: 'unreachable' });
        a.send('b', NOTE, 'lost');
        await a.close();
      });

      it('disconnects those who were calling', async () => {
        const seen = serveStuck(b);
        const call = outcome(a.call('b', STUCK, null, within(5_000)));
        await until('the request has arrived', () => seen.length > 0);
        await b.close();
        const error = await call;
        expect(error).toBeInstanceOf(TransportError);
        expect(error).toMatchObject({ neverSent: false });
        await until('b counts as unreachable', () => !a.reachable('b'));
      });
    });
  });
}
