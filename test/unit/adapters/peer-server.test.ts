/** The peer port as strangers and failing handlers meet it. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FRAME_BYTES_MAX } from '../../../src/adapters/peer/frame.ts';
import {
  greetingHeaders,
  newGreeting,
  PEER_PROTOCOL,
} from '../../../src/adapters/peer/handshake.ts';
import {
  INTRODUCTION_PATH,
  NONCE_HEADER,
  PROTOCOL_HEADER,
  questionBody,
} from '../../../src/adapters/peer/introduction-wire.ts';
import { callFrame, sendFrame } from '../../../src/adapters/peer/message.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { StoreError } from '../../../src/kernel/errors.ts';
import { InvariantError } from '../../../src/kernel/invariant.ts';
import { callType } from '../../../src/ports/transport.ts';
import { loopback, type TestNode, testNode } from '../../contract/transport-nodes.ts';

const ECHO = callType<unknown, unknown>('test.echo', 'data');
const NOTE = callType<string, void>('test.note', 'data');
const SLOW = callType<Buffer, null>('test.slow', 'data');
const PATIENCE = { timeout: 30_000, interval: 5 };

const nodes: TestNode[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(nodes.splice(0).map((node) => node.transport.close()));
});

async function startB(): Promise<TestNode> {
  const b = testNode('b');
  nodes.push(b);
  await b.transport.start();
  b.transport.serve(ECHO, (body) => body);
  return b;
}

async function startPair(): Promise<{ a: TestNode; b: TestNode }> {
  const b = await startB();
  const a = testNode('a', { peers: new Map([['b', loopback(b.transport.port)]]) });
  nodes.push(a);
  await a.transport.start();
  return { a, b };
}

const within = (ms: number) => ({ deadline: systemClock.now() + ms });

/** Sends an upgrade request by hand, `rest` in the same packet. */
function upgradeByHand(
  port: number,
  protocol: string,
  rest: Uint8Array = Buffer.alloc(0),
  more: Readonly<Record<string, string>> = {},
): Socket {
  const greeting = newGreeting({ self: 'x', clusterId: 'cluster-1' }, 'b', 'data');
  const fields = Object.entries({ ...greetingHeaders(greeting), ...more });
  const headers = fields.map((each) => `${each.join(': ')}\r\n`);
  const head = `GET /peer/data HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
  const socket = connect({ port, host: '127.0.0.1' });
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(Buffer.concat([Buffer.from(`${head}${headers.join('')}\r\n`), rest]));
  return socket;
}

async function textUntilEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('a web page', () => {
  const from = { origin: 'http://b' };

  it('opens no connection of a node, whatever it says', async () => {
    const b = await startB();
    const answer = await textUntilEnd(
      upgradeByHand(b.transport.port, PEER_PROTOCOL, undefined, from),
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain('for no web page');
    const node = upgradeByHand(b.transport.port, PEER_PROTOCOL);
    expect(String(await once(node, 'data'))).toMatch(/^HTTP\/1.1 101 /);
  });

  it('introduces nobody', async () => {
    const b = await startB();
    let introduced = 0;
    b.transport.serveIntroductions(async () => ++introduced);
    const introduce = (more: Readonly<Record<string, string>>) =>
      request(`http://127.0.0.1:${b.transport.port}${INTRODUCTION_PATH}`, {
        method: 'POST',
        headers: { [PROTOCOL_HEADER]: PEER_PROTOCOL, [NONCE_HEADER]: 'n', ...more },
        body: questionBody({ timeLeftMs: 10_000, request: {} }),
      });
    const refused = await introduce(from);
    expect(refused.statusCode).toBe(403);
    expect(await refused.body.text()).toContain('for no web page');
    expect(introduced).toBe(0);
    expect((await introduce({})).statusCode).toBe(200);
    expect(introduced).toBe(1);
  });
});

describe('the peer port', () => {
  it.each([
    ['/', 404],
    ['/kv/bucket/key', 404],
    ['/peer/data', 426],
  ])('answers plain HTTP at %s with %i and says what it is', async (path, status) => {
    const b = await startB();
    const answer = await request(`http://127.0.0.1:${b.transport.port}${path}`);
    expect(answer.statusCode).toBe(status);
    expect(await answer.body.text()).toContain('this port is for other nodes');
  });

  it('answers other upgrades with 426 and closes', async () => {
    const b = await startB();
    const text = await textUntilEnd(upgradeByHand(b.transport.port, 'websocket'));
    expect(text).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(text.toLowerCase()).toContain(`upgrade: ${PEER_PROTOCOL}\r\n`);
    expect(text).toContain('this port is for other nodes');
  });

  it('takes frames that came in the packet of the upgrade', async () => {
    const b = await startB();
    const notes: string[] = [];
    b.transport.serve(NOTE, (text) => void notes.push(text));
    const frames = Buffer.concat([
      Buffer.from(sendFrame('test.note', 'one')),
      Buffer.from(sendFrame('test.note', 'two')),
    ]);
    upgradeByHand(b.transport.port, PEER_PROTOCOL, frames);
    await vi.waitFor(() => expect(notes).toEqual(['one', 'two']), PATIENCE);
  });

  it('names the address that it cannot listen on', async () => {
    const b = await startB();
    const other = testNode('other', { listen: loopback(b.transport.port) });
    const failure = expect(other.transport.start()).rejects;
    await failure.toThrow(
      `cannot listen for peers on 127.0.0.1:${b.transport.port}: the port is in use`,
    );
    await other.transport.close();
  });

  it('is free again once closed, with connections open', async () => {
    const { a, b } = await startPair();
    await a.transport.call('b', ECHO, 1, within(5_000));
    const port = b.transport.port;
    const startedAt = systemClock.now();
    await b.transport.close();
    expect(systemClock.now() - startedAt).toBeLessThan(1_000);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});

describe('a connection whose bytes make no sense', () => {
  const oversized = Buffer.alloc(4);
  oversized.writeUInt32BE(FRAME_BYTES_MAX + 1);

  it.each<[string, Uint8Array]>([
    ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame that is too large', oversized],
    ['a frame that is no MessagePack', Buffer.from([0, 0, 0, 2, 0xa5, 0x61])],
    ['a message that is no request', Buffer.from([0, 0, 0, 1, 0xc0])],
    ['a request without a kind', Buffer.from(callFrame(1, null as unknown as string, 5, null))],
  ])('is closed, and nothing else happens: %s', async (_, bytes) => {
    const { a, b } = await startPair();
    const socket = upgradeByHand(b.transport.port, PEER_PROTOCOL, bytes);
    expect(await textUntilEnd(socket)).toMatch(/^HTTP\/1\.1 101 /);
    const left = () => b.logger.lines.find((line) => line.event === 'peer left');
    await vi.waitFor(() => expect(left()?.fields).toMatchObject({ peer: 'x' }), PATIENCE);
    expect(String(left()?.fields.reason)).toContain('bad input');
    expect(await a.transport.call('b', ECHO, 'fine', within(5_000))).toBe('fine');
    expect(b.fatal).toEqual([]);
  });
});

describe('a handler that fails', () => {
  it.each([
    ['a bug', new TypeError('x is not a function'), 0],
    ['a broken invariant', new InvariantError('the clock went back'), 1],
    ['a failed disk', new StoreError('fsync failed'), 1],
  ])('with %s is logged, and fatal where it must be', async (_, error, fatal) => {
    const { a, b } = await startPair();
    const type = callType<null, null>('test.failing', 'data');
    b.transport.serve(type, () => {
      throw error;
    });
    const call = a.transport.call('b', type, null, within(5_000));
    await expect(call).rejects.toMatchObject({ name: 'QuorateError', code: 'internal' });
    const logged = b.logger.lines.filter((line) => line.level === 'error');
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({ kind: 'test.failing', from: 'a' });
    expect(String(logged[0]?.fields.stack)).toContain('peer-server.test.ts');
    expect(b.fatal).toEqual(fatal === 0 ? [] : [error]);
    expect(a.fatal).toEqual([]);
  });

  it('is fatal as well when nobody waits for a reply', async () => {
    const { a, b } = await startPair();
    const error = new InvariantError('broken');
    b.transport.serve(NOTE, async () => {
      throw error;
    });
    a.transport.send('b', NOTE, 'hello');
    await vi.waitFor(() => expect(b.fatal).toEqual([error]), PATIENCE);
  });
});

describe('a peer that does not read its replies', () => {
  it('is not read from until it does', async () => {
    const b = await startB();
    let served = 0;
    const type = callType<number, Buffer>('test.large', 'data');
    b.transport.serve(type, () => {
      served++;
      return Buffer.alloc(1024 * 1024);
    });
    const socket = upgradeByHand(b.transport.port, PEER_PROTOCOL);
    await once(socket, 'data');
    socket.pause();
    const padding = 'x'.repeat(100_000);
    for (let id = 0; id < 200; id++) {
      socket.write(Buffer.from(callFrame(id, 'test.large', 60_000, padding)));
    }
    await vi.waitFor(() => expect(served).toBeGreaterThanOrEqual(16), PATIENCE);
    expect(served).toBeLessThan(100);
    socket.resume();
    await vi.waitFor(() => expect(served).toBe(200), PATIENCE);
  });
});

describe('a peer whose requests take long', () => {
  it('makes this node hold so many bytes of them, and is not read from until they are served', async () => {
    const { a, b } = await startPair();
    let served = 0;
    const finish: (() => void)[] = [];
    b.transport.serve(SLOW, () => {
      served++;
      return new Promise<null>((resolve) => finish.push(() => resolve(null)));
    });
    const calls = Promise.allSettled(
      Array.from({ length: 100 }, () =>
        a.transport.call('b', SLOW, Buffer.alloc(1024 * 1024), within(60_000)),
      ),
    );
    await vi.waitFor(() => expect(served).toBeGreaterThanOrEqual(64), PATIENCE);
    await sleep(500);
    expect(served).toBeLessThan(70);
    await vi.waitFor(() => {
      for (const each of finish.splice(0)) each();
      expect(served).toBe(100);
    }, PATIENCE);
    for (const each of finish.splice(0)) each();
    expect((await calls).every(({ status }) => status === 'fulfilled')).toBe(true);
  });
});
