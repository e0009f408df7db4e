import { beforeEach, describe, expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { SilenceWatch } from '../../../src/node/gossip/silence-watch.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { callType, type Handler, type Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimGate } from '../../../src/sim/sim-gate.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const ASK = callType<null, null>('test.ask', 'data');
const TELL = callType<null, null>('test.tell', 'data');

interface Sent {
  readonly kind: string;
  readonly resolve: (reply: null) => void;
  readonly reject: (error: Error) => void;
}

let simulation: Simulation;
let gate: SimGate;
let metrics: SimMetrics;
let watch: SilenceWatch;
let sent: Sent[];
let handlers: Map<string, Handler<unknown, unknown>>;
/** How long pings take there and back; undefined: they vanish. */
let roundTripMs: number | undefined;
let isReachable: boolean;
let timersSet: number;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  gate = new SimGate(simulation);
  const sim = new SimClock(simulation, undefined, gate);
  timersSet = 0;
  const clock: Clock = {
    now: () => sim.now(),
    wallTime: () => sim.wallTime(),
    setTimer: (delayMs, fire) => {
      timersSet++;
      return sim.setTimer(delayMs, fire);
    },
  };
  metrics = new SimMetrics();
  sent = [];
  handlers = new Map();
  roundTripMs = undefined;
  isReachable = true;
  const transport = {
    call: (_: NodeId, { kind }: { kind: string }, __: null, { deadline }: { deadline: number }) =>
      new Promise((resolve, reject) => {
        sent.push({ kind, resolve, reject });
        const late = new TransportError('timeout', 'late');
        simulation.schedule(deadline - clock.now(), () => reject(late));
        if (kind !== ASK.kind && roundTripMs !== undefined) {
          simulation.schedule(roundTripMs, () => gate.pass(() => resolve(null)));
        }
      }),
    serve: ({ kind }: { kind: string }, handler: Handler<unknown, unknown>) =>
      handlers.set(kind, handler),
    setPeers: () => {},
    reachable: () => isReachable,
  } as unknown as Transport;
  const logger = new SimLogger(simulation, 'n1');
  watch = new SilenceWatch({ transport, clock, logger, metrics });
});

/** A call that is answered by nobody, unless told to. */
function ask(forMs = 10_000): Sent {
  watch.call('n2', ASK, null, { deadline: simulation.nowMs + forMs }).catch(() => {});
  return sent.at(-1) as Sent;
}

/** For how many of the next milliseconds n2 counts as silent. */
async function silentFor(ms: number): Promise<number> {
  let silentMs = 0;
  for (let i = 0; i < ms; i += 10) {
    await simulation.advance(10);
    if (watch.silent('n2')) silentMs += 10;
  }
  return silentMs;
}

async function untilSilent(): Promise<void> {
  ask();
  await simulation.advance(700);
  expect(watch.silent('n2')).toBe(true);
}

describe('the watch over silence', () => {
  it('finds one silent that owes a reply for half a second, counts it, and pings on', async () => {
    ask();
    expect(await silentFor(490)).toBe(0);
    expect(await silentFor(200)).toBeGreaterThan(0);
    expect(metrics.value('peer_silences_total')).toBe(1);
    const before = sent.length;
    await simulation.advance(20_000);
    expect(sent.length - before).toBeGreaterThan(50);
    expect(metrics.value('peer_silences_total')).toBe(1);
  });

  it('hears a late reply, a refusal and a call of the peer, each at once', async () => {
    await untilSilent();
    (sent[0] as Sent).resolve(null);
    await simulation.advance(0);
    expect(watch.silent('n2')).toBe(false);

    await untilSilent();
    (sent.at(-1) as Sent).reject(new QuorateError('overloaded', 'later'));
    await simulation.advance(0);
    expect(watch.silent('n2')).toBe(false);

    watch.serve(TELL, () => null);
    await untilSilent();
    await handlers.get(TELL.kind)?.(null, { from: 'n3', deadline: 0 });
    expect(watch.silent('n2')).toBe(true);
    await handlers.get(TELL.kind)?.(null, { from: 'n2', deadline: 0 });
    expect(watch.silent('n2')).toBe(false);
  });

  it('waits for one that is slow as long as it answers pings', async () => {
    roundTripMs = 50;
    ask();
    expect(await silentFor(8_000)).toBe(0);
  });

  it('waits longer on a link that was found to be long, and at most two seconds', async () => {
    roundTripMs = 600;
    const answered = async () => {
      const { resolve } = ask();
      simulation.schedule(600, () => resolve(null));
      const silentMs = await silentFor(2_000);
      return silentMs;
    };
    await answered();
    expect([await answered(), await answered()]).toEqual([0, 0]);
    roundTripMs = undefined;
    ask();
    expect(await silentFor(1_000)).toBe(0);
    expect(await silentFor(1_200)).toBeGreaterThan(0);
  });

  it('does not take a pause of its own process for the silence of others', async () => {
    roundTripMs = 10;
    ask();
    await simulation.advance(150);
    gate.pause();
    await simulation.advance(5_000);
    gate.resume();
    expect(await silentFor(1_000)).toBe(0);
  });

  it('leaves those alone that the transport cannot reach', async () => {
    await untilSilent();
    isReachable = false;
    await simulation.advance(100);
    const before = sent.length;
    expect(await silentFor(2_000)).toBe(0);
    expect(sent.length).toBe(before);
  });

  it('does not look once nobody owes anything, nor after the stop', async () => {
    const { resolve } = ask();
    resolve(null);
    await simulation.advance(5_000);
    expect(timersSet).toBe(1);
    ask();
    watch.stop();
    expect(await silentFor(2_000)).toBe(0);
  });
});
