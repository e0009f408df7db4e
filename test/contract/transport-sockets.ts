/** Real peer transports for the contract: three nodes, a wire for each direction. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '../../src/adapters/peer/handshake.ts';
import { createIntroducer } from '../../src/adapters/peer/introduction.ts';
import type { PeerTransport } from '../../src/adapters/peer/peer-transport.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { QuorateError } from '../../src/kernel/errors.ts';
import { callType, type Transport } from '../../src/ports/transport.ts';
import type { TransportFixture } from './transport-fixture.ts';
import { loopback, testNode } from './transport-nodes.ts';
import { Wire } from './transport-wire.ts';

const NODES = ['a', 'b', 'c'];

/** tcpmux: long forgotten, and not for anybody but root to listen on. */
const PORT_OF_NOBODY = 1;

/** What a node calls through: its peer transport, or something in front of it. */
export type InFront = (peerTransport: Transport, self: string) => Transport;

export async function socketFixture(
  inFront: InFront = (plain) => plain,
  identity: Pick<Identity, 'credentials'> = {},
): Promise<TransportFixture> {
  const wires = new Map<string, Wire>();
  for (const from of NODES) {
    for (const to of NODES) if (from !== to) wires.set(from + to, await Wire.create());
  }
  const wire = (from: string, to: string) => wires.get(from + to) as Wire;
  const sockets = new Map<string, PeerTransport>();
  const transports = new Map<string, Transport>();
  for (const self of NODES) {
    const others = NODES.filter((id) => id !== self);
    const peers = new Map(others.map((id) => [id, loopback(wire(self, id).port)]));
    const { transport } = testNode(self, identity);
    sockets.set(self, transport);
    transports.set(self, inFront(transport, self));
    transports.get(self)?.setPeers(peers);
  }
  const transport = (id: string) => transports.get(id) as Transport;
  for (const [to, socket] of sockets) {
    await socket.start();
    for (const from of NODES) wires.get(from + to)?.leadTo(socket.port);
  }
  for (const from of NODES) {
    for (const to of NODES) await untilConnected(transport(from), to);
  }
  return {
    transport,
    introducer: () => createIntroducer({ clock: systemClock, ...identity }),
    address: (from, to) => loopback(wire(from, to).port),
    nowhere: loopback(PORT_OF_NOBODY),
    clock: () => systemClock,
    cut: (a, b) => {
      wire(a, b).cut();
      wire(b, a).cut();
    },
    hold: (a, b) => {
      wire(a, b).hold();
      wire(b, a).hold();
    },
    heal: (a, b) => {
      wire(a, b).mend();
      wire(b, a).mend();
    },
    advance: (ms) => sleep(ms),
    close: async () => {
      await Promise.all(NODES.map((id) => transport(id).close()));
      await Promise.all([...wires.values()].map((each) => each.close()));
    },
  };
}

/** Connected once the peer itself says that it has no such handler, on both lanes. */
async function untilConnected(from: Transport, to: string): Promise<void> {
  const giveUpAt = systemClock.now() + 10_000;
  for (const lane of ['control', 'data'] as const) {
    const type = callType<null, null>('contract.nothing', lane);
    for (;;) {
      const deadline = systemClock.now() + 1_000;
      const error = await from.call(to, type, null, { deadline }).catch((caught) => caught);
      if (error instanceof QuorateError) break;
      if (systemClock.now() > giveUpAt) throw new Error(`never connected: ${error}`);
      await sleep(2);
    }
  }
}
