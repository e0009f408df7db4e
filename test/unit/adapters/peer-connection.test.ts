import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../src/adapters/peer/outbox.ts';
import { PeerConnection } from '../../../src/adapters/peer/peer-connection.ts';
import { peerMetrics } from '../../../src/adapters/peer/peer-metrics.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';

const MIB = 1024 * 1024;

let server: Server;
let far: Socket;

afterEach(() => {
  far.destroy();
  server.close();
});

/** Two ends of a connection; the far one is not read from by itself. */
async function startPair(): Promise<Socket> {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as { port: number }).port, '127.0.0.1');
  [far] = (await once(server, 'connection')) as [Socket];
  return near;
}

/** Takes at least so many bytes off the far end. */
async function read(bytes: number): Promise<number> {
  let taken = 0;
  while (taken < bytes) {
    const chunk = far.read() as Buffer | null;
    if (chunk === null) await nextTurn();
    else taken += chunk.length;
  }
  return taken;
}

describe('a connection whose other side is not read from', () => {
  it('is kept while what it is sent goes on arriving, however large and slow', async () => {
    const simulation = new Simulation(1, nextTurn);
    const closed: string[] = [];
    const connection = new PeerConnection(await startPair(), {
      clock: new SimClock(simulation),
      logger: new SimLogger(simulation, 'a'),
      metrics: peerMetrics(new SimMetrics()).data,
      outbox: new Outbox(),
      onMessage: () => {},
      onClose: (reason) => closed.push(reason),
    });
    connection.post({ frame: Buffer.alloc(60 * MIB) });
    // As a server does that is owed too many bytes by a slow reader.
    connection.pause();
    await nextTurn();
    for (let left = 60 * MIB; left > 0 && closed.length === 0; ) {
      await simulation.advance(1_000);
      left -= await read(Math.min(left, 3 * MIB));
    }
    expect(closed).toEqual([]);
    connection.close('the test is over');
  });
});
