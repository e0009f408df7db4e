/**
 * What the watch over silence finds, whatever the wires are, where messages vanish and nobody
 * is told.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SilenceWatch } from '../../src/node/gossip/silence-watch.ts';
import { callType } from '../../src/ports/transport.ts';
import type { TransportFixture } from './transport-fixture.ts';
import { TestLogger, TestMetrics } from './transport-nodes.ts';

const ECHO = callType<unknown, unknown>('contract.echo', 'data');
const STUCK = callType<null, null>('contract.stuck', 'data');

/** In the fixture's time; far more than anything here takes. */
const PATIENCE_MS = 20_000;

export function silenceContract(name: string, make: () => Promise<TransportFixture>): void {
  describe(`silence contract: ${name}`, () => {
    let fixture: TransportFixture;
    let a: SilenceWatch;
    let b: SilenceWatch;

    beforeEach(async () => {
      fixture = await make();
      const watch = (node: string) =>
        new SilenceWatch({
          transport: fixture.transport(node),
          clock: fixture.clock(node),
          logger: new TestLogger(),
          metrics: new TestMetrics(),
        });
      [a, b] = [watch('a'), watch('b')];
      b.serve(ECHO, (request) => request);
      b.serve(STUCK, () => new Promise<null>(() => {}));
    });

    afterEach(async () => {
      a.stop();
      b.stop();
      await fixture.close();
    });

    const now = () => fixture.clock('a').now();

    /** A call whose answer does not matter, or that there is none. */
    function ask(type: typeof ECHO | typeof STUCK, forMs: number): void {
      a.call('b', type as typeof ECHO, null, { deadline: now() + forMs }).catch(() => {});
    }

    async function until(what: string, condition: () => boolean): Promise<number> {
      const begun = now();
      while (!condition()) {
        if (now() - begun > PATIENCE_MS) throw new Error(`never happened: ${what}`);
        await fixture.advance(5);
      }
      return now() - begun;
    }

    it('a peer that owes a reply and says nothing is silent soon, until it is heard', async () => {
      fixture.hold('a', 'b');
      ask(ECHO, 5_000);
      const tookMs = await until('b is silent', () => a.silent('b'));
      expect(tookMs).toBeGreaterThan(400);
      expect(tookMs).toBeLessThan(1_500);
      expect([a.silent('a'), a.silent('c')]).toEqual([false, false]);
      fixture.heal('a', 'b');
      // Nobody but the watch asks any more.
      await until('b is heard', () => a.reachable('b') && !a.silent('b'));
    });

    it('a peer that is slow to answer is not silent', async () => {
      ask(STUCK, 2_500);
      let wasSilent = false;
      const over = now() + 2_000;
      await until('two seconds are over', () => {
        wasSilent ||= a.silent('b');
        return now() > over;
      });
      expect(wasSilent).toBe(false);
    });

    it('a peer that owes nothing is not silent, whatever it says', async () => {
      fixture.hold('a', 'b');
      await fixture.advance(1_000);
      expect(a.silent('b')).toBe(false);
    });
  });
}
