/** Three nodes, a, b and c, that can all reach each other, whatever their wires are. */

import type { NodeId } from '../../src/kernel/names.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Introducer, PeerAddress, Transport } from '../../src/ports/transport.ts';

export interface TransportFixture {
  transport(node: NodeId): Transport;
  /** Of the node, or of one to be that sits where it does. */
  introducer(node: NodeId): Introducer;
  /** Where the one reaches the other. */
  address(from: NodeId, to: NodeId): PeerAddress;
  /** Nobody listens there. */
  readonly nowhere: PeerAddress;
  clock(node: NodeId): Clock;
  /** Nothing passes between the two nodes any more, in either direction. */
  cut(a: NodeId, b: NodeId): void;
  /** As `cut`, and nobody is told: what is connected stays so. */
  hold(a: NodeId, b: NodeId): void;
  heal(a: NodeId, b: NodeId): void;
  /** Lets so much time pass, and everything happen that is due in it. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}
