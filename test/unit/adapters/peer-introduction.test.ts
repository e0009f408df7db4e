/** Introductions over real sockets: secrets, strangers, and ports of something else. */

import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { request } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PEER_PROTOCOL } from '../../../src/adapters/peer/handshake.ts';
import { createIntroducer } from '../../../src/adapters/peer/introduction.ts';
import {
  INTRODUCTION_BODY_BYTES_MAX,
  proofHeaders,
} from '../../../src/adapters/peer/introduction-wire.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { InvariantError } from '../../../src/kernel/invariant.ts';
import { INTRODUCTION_BYTES_MAX, IntroductionRefused } from '../../../src/ports/transport.ts';
import { fastClock, loopback, type TestNode, testNode } from '../../contract/transport-nodes.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startB(secret?: string): Promise<TestNode & { readonly heard: unknown[] }> {
  const b = testNode('b', { clusterId: 'c-hidden', ...(secret !== undefined && { secret }) });
  cleanups.push(() => b.transport.close());
  await b.transport.start();
  const heard: unknown[] = [];
  b.transport.serveIntroductions(async (body) => {
    heard.push(body);
    return 'welcome';
  });
  return { ...b, heard };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function introduce(port: number, secret?: string, body: unknown = 'hello', ms = 5_000) {
  const introducer = createIntroducer({
    clock: systemClock,
    ...(secret !== undefined && { secret }),
  });
  const deadline = systemClock.now() + ms;
  return introducer.introduce(loopback(port), body, { deadline });
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(IntroductionRefused);
  return (error as Error).message;
}

describe('a cluster secret', () => {
  it('that both have is proved by both and never travels', async () => {
    const b = await startB('sesame');
    let wire = '';
    const tap = createHttpServer(async (incoming, response) => {
      const headers = incoming.rawHeaders.join(' ');
      const path = `http://127.0.0.1:${b.transport.port}${incoming.url}`;
      const { host: _, connection: __, ...forward } = incoming.headers;
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const answer = await request(path, { method: 'POST', headers: forward, body });
      const text = await answer.body.text();
      wire += headers + body + JSON.stringify(answer.headers) + text;
      delete answer.headers.connection;
      response.writeHead(answer.statusCode, answer.headers).end(text);
    });
    expect(await introduce(await listening(tap), 'sesame')).toBe('welcome');
    expect(wire.match(/quorate-proof/g)).toHaveLength(2);
    expect(wire).not.toContain('sesame');
    expect(b.heard).toEqual(['hello']);
  });

  it.each([
    ['another', 'sesame', 'mellon', /\(403\): the caller has another cluster secret/],
    ['none here', undefined, 'mellon', /\(403\): the node called has a cluster secret .* none/],
    ['none there', 'sesame', undefined, /\(403\): the caller has a cluster secret .* none/],
  ])('that is not the same is refused: %s', async (_, mine, theirs, text) => {
    const b = await startB(theirs);
    const message = await refusal(introduce(b.transport.port, mine));
    expect(message).toMatch(text);
    expect(message).toContain(`127.0.0.1:${b.transport.port}`);
    expect(message).not.toMatch(/sesame|mellon|c-hidden/);
    expect(b.heard).toEqual([]);
    expect(b.logger.reasons('introduction refused')).toHaveLength(1);
  });

  it('must be proved by the answer too, about this answer', async () => {
    let proof: Record<string, string> = {};
    const liar = createHttpServer((incoming, response) => {
      incoming.resume().on('end', () => {
        const headers = { 'quorate-protocol': PEER_PROTOCOL, ...proof };
        response.writeHead(200, headers).end('{"reply":"welcome"}');
      });
    });
    const port = await listening(liar);
    expect(await refusal(introduce(port, 'sesame'))).toContain('the node called has none');
    proof = proofHeaders('server', 'other nonce', Buffer.from('{"reply":"welcome"}'), 'sesame');
    expect(await refusal(introduce(port, 'sesame'))).toContain('another cluster secret');
    expect(await refusal(introduce(port))).toContain('the caller has none');
  });

  it('does not vouch for a body that was changed', async () => {
    const b = await startB('sesame');
    const said = Buffer.from('{"timeLeftMs":5000,"request":"hello"}');
    const changed = Buffer.from('{"timeLeftMs":5000,"request":"jello"}');
    const headers = {
      'quorate-protocol': PEER_PROTOCOL,
      'quorate-nonce': 'once',
      ...proofHeaders('client', 'once', said, 'sesame'),
    };
    const url = `http://127.0.0.1:${b.transport.port}/peer/introduction`;
    const status = async (body: Buffer) => {
      const answer = await request(url, { method: 'POST', headers, body });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await status(changed)).toBe(403);
    expect(b.heard).toEqual([]);
    expect(await status(said)).toBe(200);
  });
});

describe('a port that is no peer port', () => {
  it.each([404, 200])('is told from one when it answers %i', async (status) => {
    const other = createHttpServer((_, response) => response.writeHead(status).end('{"reply":1}'));
    const message = await refusal(introduce(await listening(other)));
    expect(message).toMatch(/127\.0\.0\.1:\d+ is not a peer port .*not the one for clients/);
    expect(message).toContain(`it answered ${status}`);
  });

  it('is told from one when it speaks something else', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('220 mail.example ESMTP\r\n');
    });
    const message = await refusal(introduce(await listening(other)));
    expect(message).toMatch(/is not a peer port .*it speaks no HTTP/);
  });

  it('is a peer port of another version', async () => {
    const other = createHttpServer((_, response) => {
      response.writeHead(426, { 'quorate-protocol': 'quorate-peer/7' }).end('too old');
    });
    const message = await refusal(introduce(await listening(other)));
    expect(message).toContain('it refused (426): too old');
  });
});

describe('the asking side', () => {
  it('names the address that nobody listens at', async () => {
    const error = await introduce(1).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'TransportError', failure: 'unreachable' });
    expect(String(error)).toMatch(/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  });

  it('is disconnected when the answer breaks off', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.destroy());
    });
    const error = await introduce(await listening(other)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failure: 'disconnected', neverSent: false });
  });

  it('counts the deadline in its own clock, also while an answer trickles in', async () => {
    const other = createHttpServer((_, response) => {
      response.writeHead(200, { 'quorate-protocol': PEER_PROTOCOL });
      response.write('{"reply":');
    });
    cleanups.push(() => other.closeAllConnections());
    const clock = fastClock(100);
    const startedAt = systemClock.now();
    const introducer = createIntroducer({ clock });
    const options = { deadline: clock.now() + 10_000 };
    const asked = introducer.introduce(loopback(await listening(other)), null, options);
    await expect(asked).rejects.toMatchObject({ failure: 'timeout' });
    expect(systemClock.now() - startedAt).toBeLessThan(5_000);
  });

  it('reads no more than an answer may be', async () => {
    const other = createHttpServer((_, response) => {
      response.writeHead(200, { 'quorate-protocol': PEER_PROTOCOL });
      response.end(Buffer.alloc(INTRODUCTION_BODY_BYTES_MAX + 1, 'x'));
    });
    const message = await refusal(introduce(await listening(other)));
    expect(message).toContain('too large');
  });
});

describe('the answering side', () => {
  it.each([
    ['no protocol', {}, '{}', 426, 'this port is for other nodes'],
    ['another version', { 'quorate-protocol': 'quorate-peer/9' }, '{}', 426, 'the same version'],
    ['no nonce', { 'quorate-protocol': PEER_PROTOCOL }, '{}', 400, 'quorate-nonce is missing'],
    ['a body that is too large', 'all', 'x'.repeat(INTRODUCTION_BODY_BYTES_MAX + 1), 413, 'large'],
    ['no JSON', 'all', '{"timeLeftMs"', 400, 'no introduction'],
    ['no object', 'all', 'null', 400, 'no introduction'],
    ['no time', 'all', '{"request":1}', 400, 'no introduction'],
  ])('refuses %s', async (_, given, body, status, text) => {
    const b = await startB();
    const all = { 'quorate-protocol': PEER_PROTOCOL, 'quorate-nonce': 'n' };
    const headers = given === 'all' ? all : (given as Record<string, string>);
    const url = `http://127.0.0.1:${b.transport.port}/peer/introduction`;
    const answer = await request(url, { method: 'POST', headers, body });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['quorate-protocol']).toBe(PEER_PROTOCOL);
    expect(await answer.body.text()).toContain(text);
    expect(b.heard).toEqual([]);
  });

  it('says that an answer cannot be sent', async () => {
    const b = testNode('b');
    cleanups.push(() => b.transport.close());
    await b.transport.start();
    b.transport.serveIntroductions(async () => 'x'.repeat(INTRODUCTION_BYTES_MAX));
    await expect(introduce(b.transport.port)).rejects.toMatchObject({ code: 'internal' });
    expect(b.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('stops the node at a broken invariant', async () => {
    const b = testNode('b');
    cleanups.push(() => b.transport.close());
    await b.transport.start();
    const broken = new InvariantError('two leaders');
    b.transport.serveIntroductions(async () => {
      throw broken;
    });
    await expect(introduce(b.transport.port)).rejects.toMatchObject({ code: 'internal' });
    expect(b.fatal).toEqual([broken]);
  });

  it('takes so many at a time, and is there for the next when one ends', async () => {
    const b = testNode('b');
    cleanups.push(() => b.transport.close());
    await b.transport.start();
    const waiting: (() => void)[] = [];
    b.transport.serveIntroductions(
      () => new Promise((resolve) => waiting.push(() => resolve('welcome'))),
    );
    const asked = Array.from({ length: 64 }, () =>
      introduce(b.transport.port, undefined, 1, 20_000),
    );
    await vi.waitFor(() => expect(waiting).toHaveLength(64), { timeout: 15_000, interval: 5 });
    await expect(introduce(b.transport.port)).rejects.toMatchObject({ code: 'overloaded' });
    for (const answer of waiting.splice(0)) answer();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['welcome']));
    const next = introduce(b.transport.port);
    await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 15_000, interval: 5 });
    waiting[0]?.();
    expect(await next).toBe('welcome');
  });
});
