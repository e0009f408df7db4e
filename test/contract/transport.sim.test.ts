import { describe, expect, it } from 'vitest';
import { SimClock } from '../../src/sim/sim-clock.ts';
import { SimIntroducer } from '../../src/sim/sim-introducer.ts';
import { SimNetwork } from '../../src/sim/sim-network.ts';
import { simAddress } from '../../src/sim/sim-peer-book.ts';
import { type Exchange, SimTransport } from '../../src/sim/sim-transport.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';
import { transportContract } from './transport-contract.ts';
import { linkFixture } from './transport-links.ts';

describe('simulated introductions', () => {
  function pair() {
    const simulation = new Simulation(1, settle);
    const network = new SimNetwork(simulation);
    const exchange: Exchange = new Map();
    const clock = new SimClock(simulation);
    const ports = { simulation, network, exchange, peers: [], clock };
    const b = new SimTransport({ ...ports, self: 'b', onFatal: () => {} });
    b.open();
    const introducer = new SimIntroducer({ self: 'a', network, exchange, clock });
    const heard: unknown[] = [];
    b.serveIntroductions(async (body) => heard.push(body));
    const outcomes: unknown[] = [];
    const introduce = () =>
      void introducer
        .introduce(simAddress('b'), 'hello', { deadline: clock.now() + 100 })
        .then((value) => outcomes.push(value))
        .catch((error) => outcomes.push(error.failure));
    return { simulation, network, introducer, b, heard, outcomes, introduce };
  }

  it('may be heard though the answer is lost', async () => {
    const { simulation, network, heard, outcomes, introduce } = pair();
    network.setLink('b', 'a', { cut: true });
    introduce();
    await simulation.advance(99);
    expect(heard).toEqual(['hello']);
    expect(outcomes).toEqual([]);
    await simulation.advance(2);
    expect(outcomes).toEqual(['timeout']);
  });

  it('take time, and are heard once on links that repeat', async () => {
    const { simulation, network, heard, outcomes, introduce } = pair();
    const slow = { delayMsMin: 20, delayMsMax: 30, duplicate: 1 };
    network.setLink('a', 'b', slow);
    network.setLink('b', 'a', slow);
    introduce();
    await simulation.advance(39);
    expect(outcomes).toEqual([]);
    await simulation.advance(60);
    expect(outcomes).toEqual([1]);
    expect(heard).toEqual(['hello']);
  });

  it.each(['asking', 'asked'])('end in silence when the process %s dies', async (which) => {
    const { simulation, introducer, b, outcomes, introduce } = pair();
    introduce();
    await simulation.advance(0);
    if (which === 'asking') introducer.halt();
    else b.halt();
    await simulation.advance(200);
    expect(outcomes).toEqual(which === 'asking' ? [] : ['timeout']);
  });
});

transportContract('simulated links', linkFixture);
