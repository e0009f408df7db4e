/** What every `Transport` does about addresses: its address book, and introductions. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import { InvariantError } from '../../src/kernel/invariant.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import {
  callType,
  INTRODUCTION_BYTES_MAX,
  type PeerAddress,
  type Transport,
} from '../../src/ports/transport.ts';
import type { TransportFixture } from './transport-fixture.ts';

/** In the fixture's time; far more than anything here takes. */
const PATIENCE_MS = 20_000;

const ECHO = callType<unknown, unknown>('contract.echo', 'data');
const STUCK = callType<null, null>('contract.stuck', 'data');
const NOTE = callType<string, void>('contract.note', 'control');

export function addressContract(name: string, make: () => Promise<TransportFixture>): void {
  let fixture: TransportFixture;
  let a: Transport;
  let b: Transport;
  let c: Transport;

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
    const result = promise.catch((error: unknown) => error);
    void result.then(() => {
      settled = true;
    });
    await until('a call is settled', () => settled);
    return result;
  }

  async function untilAnswered(from: Transport, peer: NodeId): Promise<void> {
    const giveUpAt = fixture.clock('a').now() + PATIENCE_MS;
    while ((await outcome(from.call(peer, ECHO, 'hello', within(500)))) !== 'hello') {
      if (fixture.clock('a').now() > giveUpAt) throw new Error(`${peer} never answered`);
      await fixture.advance(1);
    }
  }

  function serveStuck(node: Transport): () => number {
    let seen = 0;
    node.serve(STUCK, () => {
      seen++;
      return new Promise<null>(() => {});
    });
    return () => seen;
  }

  beforeEach(async () => {
    fixture = await make();
    [a, b, c] = [fixture.transport('a'), fixture.transport('b'), fixture.transport('c')];
  });

  afterEach(async () => {
    await fixture.close();
  });

  describe(`address book contract: ${name}`, () => {
    /** The address book of a, as it is at the beginning, with changes; null takes a peer out. */
    function bookOfA(change: Readonly<Record<NodeId, PeerAddress | null>>) {
      const book = { b: fixture.address('a', 'b'), c: fixture.address('a', 'c'), ...change };
      return new Map(Object.entries(book).flatMap(([id, at]) => (at === null ? [] : [[id, at]])));
    }

    beforeEach(() => {
      for (const node of [a, b, c]) node.serve(ECHO, (body) => body);
    });

    it('who is taken out is unreachable at once, and calls to it end', async () => {
      const seen = serveStuck(b);
      const call = outcome(a.call('b', STUCK, null, within(10_000)));
      await until('the request has arrived', () => seen() > 0);
      a.setPeers(bookOfA({ b: null }));
      const error = await call;
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ failure: 'disconnected', neverSent: false });
      expect(a.reachable('b')).toBe(false);
      const later = await outcome(a.call('b', ECHO, null, within(5_000)));
      expect(later).toMatchObject({ failure: 'unreachable', neverSent: true });
    });

    it('who stays keeps its calls, and the node itself need not be in it', async () => {
      let release = () => {};
      const held = callType<null, string>('contract.held', 'data');
      c.serve(held, () => new Promise((resolve) => (release = () => resolve('late'))));
      let settled = false;
      const call = a.call('c', held, null, within(15_000)).finally(() => {
        settled = true;
      });
      await fixture.advance(50);
      a.setPeers(bookOfA({ b: null }));
      await fixture.advance(50);
      expect(settled).toBe(false);
      release();
      expect(await outcome(call)).toBe('late');
      expect(a.reachable('a')).toBe(true);
      expect(await outcome(a.call('a', ECHO, 'self', within(5_000)))).toBe('self');
    });

    it('who is taken out may still call', async () => {
      a.setPeers(bookOfA({ b: null }));
      await untilAnswered(b, 'a');
    });

    it('who is put in is reached', async () => {
      a.setPeers(new Map());
      expect(a.reachable('b')).toBe(false);
      a.setPeers(bookOfA({}));
      await untilAnswered(a, 'b');
      await until('b counts as reachable', () => a.reachable('b'));
    });

    it('who moves is reached where it is said to be, and nowhere else', async () => {
      a.setPeers(bookOfA({ b: fixture.nowhere }));
      const error = await outcome(a.call('b', ECHO, null, within(5_000)));
      expect(error).toMatchObject({ failure: 'unreachable', neverSent: true });
      await until('b counts as unreachable', () => !a.reachable('b'));
      a.setPeers(bookOfA({}));
      await untilAnswered(a, 'b');
    });

    it('that nobody listens is found out without a call, too', async () => {
      a.setPeers(bookOfA({ b: fixture.nowhere }));
      a.send('b', NOTE, 'lost');
      await until('b counts as unreachable', () => !a.reachable('b'));
    });

    it('who is at the address of another is not reached', async () => {
      a.setPeers(bookOfA({ b: fixture.address('a', 'c') }));
      const error = await outcome(a.call('b', ECHO, null, within(5_000)));
      expect(error).toBeInstanceOf(TransportError);
      await until('b counts as unreachable', () => !a.reachable('b'));
      expect(await outcome(a.call('c', ECHO, 'c', within(5_000)))).toBe('c');
    });
  });

  describe(`introduction contract: ${name}`, () => {
    const introduce = (request: unknown, ms = 5_000, address = fixture.address('a', 'b')) =>
      outcome(fixture.introducer('a').introduce(address, request, within(ms)));

    it('carries plain data there and back, with what time is left', async () => {
      const request = { name: 'n4', port: 9101, zones: ['x', 'Grüße 🜂'], none: null, ok: true };
      const seen: unknown[] = [];
      b.serveIntroductions(async (body, { deadline }) => {
        const leftMs = deadline - fixture.clock('b').now();
        expect(leftMs).toBeGreaterThan(3_000);
        expect(leftMs).toBeLessThanOrEqual(5_001);
        seen.push(body);
        return { clusterId: '00c0ffee', members: [{ id: 'n1', weight: 1.5 }] };
      });
      const answer = { clusterId: '00c0ffee', members: [{ id: 'n1', weight: 1.5 }] };
      expect(await introduce(request)).toEqual(answer);
      expect(seen).toEqual([request]);
    });

    it('works without any address book', async () => {
      for (const node of [a, b, c]) node.setPeers(new Map());
      b.serveIntroductions(async () => null);
      expect(await introduce('hello')).toBe(null);
    });

    it('is not ready before there is a handler', async () => {
      const error = await introduce('hello');
      expect(error).toBeInstanceOf(QuorateError);
      expect(error).toMatchObject({ code: 'not_ready', retry: true });
    });

    it('has one handler', () => {
      b.serveIntroductions(async () => null);
      expect(() => b.serveIntroductions(async () => null)).toThrow(InvariantError);
    });

    it('brings errors of the handler back as they are', async () => {
      b.serveIntroductions(async () => {
        throw new QuorateError('overloaded', 'one after the other', { needed: 2 });
      });
      const error = await introduce('hello');
      expect(error).toBeInstanceOf(QuorateError);
      expect(error).toMatchObject({
        code: 'overloaded',
        message: 'one after the other',
        facts: { needed: 2 },
      });
    });

    it('tells no details of unexpected errors', async () => {
      b.serveIntroductions(async () => {
        throw new TypeError('the secret is xyzzy');
      });
      const error = await introduce('hello');
      expect(error).toMatchObject({ name: 'QuorateError', code: 'internal' });
      expect(String(error)).not.toContain('xyzzy');
    });

    it('that is too large is refused before it is sent', async () => {
      b.serveIntroductions(async () => 'heard');
      const largest = 'x'.repeat(INTRODUCTION_BYTES_MAX - 2);
      expect(await introduce(largest)).toBe('heard');
      expect(await introduce(`${largest}x`)).toMatchObject({ code: 'value_too_large' });
    });

    it('is unreachable where nobody listens', async () => {
      const error = await introduce('hello', 5_000, fixture.nowhere);
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ failure: 'unreachable' });
      expect(String(error)).toContain(fixture.nowhere.host);
    });

    it('ends by the deadline when there is no answer', async () => {
      let seen = 0;
      b.serveIntroductions(() => {
        seen++;
        return new Promise(() => {});
      });
      expect(await introduce('hello', 300)).toMatchObject({ failure: 'timeout' });
      expect(seen).toBe(1);
      expect(await introduce('hello', 0)).toMatchObject({ failure: 'timeout' });
      await fixture.advance(50);
      expect(seen).toBe(1);
    });

    it('does not pass a cut, and does when it is mended', async () => {
      b.serveIntroductions(async () => 'heard');
      fixture.cut('a', 'b');
      expect(await introduce('hello', 300)).toBeInstanceOf(TransportError);
      fixture.heal('a', 'b');
      expect(await introduce('hello')).toBe('heard');
    });

    it('is not answered by a node that has closed', async () => {
      b.serveIntroductions(async () => 'heard');
      await b.close();
      expect(await introduce('hello', 1_000)).toBeInstanceOf(TransportError);
    });
  });
}
