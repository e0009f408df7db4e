/** Simulated transports for the contract: three nodes on one simulated network. */

import { SimClock } from '../../src/sim/sim-clock.ts';
import { SimIntroducer } from '../../src/sim/sim-introducer.ts';
import { SimNetwork } from '../../src/sim/sim-network.ts';
import { simAddress } from '../../src/sim/sim-peer-book.ts';
import { type Exchange, SimTransport } from '../../src/sim/sim-transport.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';
import type { TransportFixture } from './transport-fixture.ts';

const NODES = ['a', 'b', 'c'];

export async function linkFixture(): Promise<TransportFixture> {
  const simulation = new Simulation(1, settle);
  const network = new SimNetwork(simulation);
  const exchange: Exchange = new Map();
  const transports = new Map<string, SimTransport>();
  const clock = new SimClock(simulation);
  for (const self of NODES) {
    const ports = { self, simulation, network, exchange, peers: NODES, clock };
    const transport = new SimTransport({ ...ports, onFatal: () => {} });
    transport.open();
    transports.set(self, transport);
  }
  return {
    transport: (id) => transports.get(id) as SimTransport,
    introducer: (self) => new SimIntroducer({ self, network, exchange, clock }),
    address: (_, to) => simAddress(to),
    nowhere: simAddress('nowhere'),
    clock: () => clock,
    cut: (a, b) => network.cutBothWays([a], [b]),
    hold: (a, b) => network.cutBothWays([a], [b]),
    heal: (a, b) => network.cutBothWays([a], [b], false),
    advance: (ms) => simulation.advance(ms),
    close: async () => {},
  };
}
