/** A proxy in front of a server that sends back what it hears. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WAITING_BYTES_MAX } from '../../../cluster/proxy-stream.ts';
import { TcpProxy } from '../../../cluster/tcp-proxy.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import type { Delay } from '../../../src/kernel/delay.ts';

const SOON_MS = 5_000;
const constant = (ms: number): Delay => ({ distribution: 'constant', ms });

let server: Server;
let served: Socket[];
/** What the server has heard. */
let heard: string;
let proxy: TcpProxy;
let clients: Caller[];

/** A client, and what has come back to it. */
class Caller {
  readonly socket: Socket;
  received = '';
  ending: 'open' | 'ended' | string = 'open';

  constructor() {
    this.socket = connect(proxy.address);
    this.socket.setNoDelay(true);
    this.socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
    });
    this.socket.on('end', () => {
      this.ending = 'ended';
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ending = error.code ?? 'error';
    });
    clients.push(this);
  }

  async untilReceived(text: string): Promise<void> {
    await waitFor(`${text.slice(0, 20)} to come back`, SOON_MS, () => this.received === text);
  }
}

async function connected(): Promise<Caller> {
  const caller = new Caller();
  await once(caller.socket, 'connect');
  return caller;
}

/** Long enough for what is not held to have come: there and back past the proxy, five times. */
async function meanwhile(): Promise<void> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  for (let i = 0; i < 5; i++) {
    socket.write('.');
    await once(socket, 'data');
  }
  socket.destroy();
  heard = heard.replaceAll('.', '');
}

beforeEach(async () => {
  [served, heard, clients] = [[], '', []];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      socket.write(bytes);
    });
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port } });
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  for (const socket of served) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

describe('a proxy without faults', () => {
  it('passes everything on in both directions, and the ends of connections', async () => {
    const caller = await connected();
    const text = 'x'.repeat(3 * WAITING_BYTES_MAX);
    caller.socket.write(text);
    await caller.untilReceived(text);
    caller.socket.end();
    await waitFor('the end to come back', SOON_MS, () => caller.ending === 'ended');
    await waitFor('the connection to be forgotten', SOON_MS, () => proxy.connections === 0);
  });

  it('passes on that a side broke off, and that nobody listens behind it', async () => {
    const caller = await connected();
    caller.socket.write('hello');
    await caller.untilReceived('hello');
    served[0]?.resetAndDestroy();
    await waitFor('the reset to come', SOON_MS, () => caller.ending === 'ECONNRESET');
    await new Promise((resolve) => server.close(resolve));
    const second = new Caller();
    await waitFor('to hear of nobody', SOON_MS, () => second.ending === 'ECONNRESET');
  });
});

describe('a delay', () => {
  it('befalls each direction, keeps the order, and ends at once', async () => {
    const caller = await connected();
    await proxy.setFaults({ delay: { distribution: 'uniform', minMs: 30, maxMs: 60 } });
    const startedAt = performance.now();
    for (const letter of 'abcdef') {
      caller.socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await caller.untilReceived('abcdef');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(60);

    await proxy.setFaults({ delay: constant(60_000) });
    caller.socket.write('g');
    caller.socket.write('h');
    await proxy.setFaults({});
    await caller.untilReceived('abcdefgh');
  });

  it('holds up the end of a connection as well', async () => {
    const caller = await connected();
    await proxy.setFaults({ delay: constant(40) });
    const startedAt = performance.now();
    caller.socket.end('bye');
    await waitFor('the end to come back', SOON_MS, () => caller.ending === 'ended');
    expect(caller.received).toBe('bye');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(80);
  });
});

describe('a limit of bytes a second', () => {
  it('holds in each direction', async () => {
    const caller = await connected();
    await proxy.setFaults({ bytesPerSecond: 1_000_000 });
    const piece = 'y'.repeat(5_000);
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) {
      caller.socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await caller.untilReceived(piece.repeat(20));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(100);
  });
});

describe('a cut', () => {
  it('that refuses breaks connections and takes no new ones until it is healed', async () => {
    const caller = await connected();
    caller.socket.write('hello');
    await caller.untilReceived('hello');
    await proxy.setFaults({ cut: 'refused' });
    await waitFor('the reset', SOON_MS, () => caller.ending === 'ECONNRESET');
    const refused = new Caller();
    await waitFor('the refusal', SOON_MS, () => refused.ending === 'ECONNREFUSED');
    await proxy.setFaults({});
    const again = await connected();
    again.socket.write('again');
    await again.untilReceived('again');
  });

  it('that is silent keeps connections, and what was sent comes when it is healed', async () => {
    const caller = await connected();
    await proxy.setFaults({ cut: 'silent' });
    caller.socket.write('held');
    const second = await connected();
    second.socket.write('new');
    await meanwhile();
    expect([heard, caller.received, caller.ending]).toEqual(['', '', 'open']);
    await proxy.setFaults({});
    await caller.untilReceived('held');
    await second.untilReceived('new');
  });

  it('does not read on for ever from who sends into it', async () => {
    const caller = await connected();
    await proxy.setFaults({ cut: 'silent' });
    const text = 'z'.repeat(24 * WAITING_BYTES_MAX);
    expect(caller.socket.write(text)).toBe(false);
    let [before, looks] = [-1, 0];
    await waitFor('nothing more to be taken', SOON_MS, () => {
      const left = caller.socket.writableLength;
      looks = left === before ? looks + 1 : 0;
      before = left;
      return looks >= 10;
    });
    expect(before).toBeGreaterThan(0);
    await proxy.setFaults({});
    await caller.untilReceived(text);
  });

  it('of replies alone lets requests be carried out', async () => {
    const caller = await connected();
    await proxy.setFaults({ cut: 'silent-replies' });
    caller.socket.write('done');
    await waitFor('the server to hear it', SOON_MS, () => heard === 'done');
    expect(caller.received).toBe('');
    await proxy.setFaults({ cut: 'silent-requests' });
    await caller.untilReceived('done');
    caller.socket.write('more');
    await meanwhile();
    expect(heard).toBe('done');
  });
});
