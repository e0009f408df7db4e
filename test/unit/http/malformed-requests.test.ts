/** What is no HTTP, or none that can be answered, and what comes at the edge of a request. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from './fuzzed-requests.ts';
import { type HttpNode, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 10_000 });
  await send(node, 'PUT', '/kv/safe/canary', { body: 'alive' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const put = (...headers: string[]) => `PUT /kv/safe/k HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
const get = (path: string, ...headers: string[]) =>
  `GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;

/** What is wrong, what is sent, and how it is answered. */
const WRONG: readonly (readonly [what: string, sent: string, status: number, code: string])[] = [
  ['garbage', 'garbage\r\n\r\n', 400, 'bad_request'],
  ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad_request'],
  ['no host', get('/healthz', 'a: b'), 400, 'bad_request'],
  ['a host that is none', get('/healthz', 'host: a b'), 400, 'bad_request'],
  ['a target that is none', get('http://a b/healthz', 'host: x'), 400, 'bad_request'],
  ['another scheme', get('ftp://x/healthz', 'host: x'), 400, 'bad_request'],
  ['a huge header', get('/healthz', `a: ${'b'.repeat(20_000)}`), 431, 'headers_too_large'],
  ['a huge target', get(`/kv/b/${'b'.repeat(20_000)}`), 431, 'headers_too_large'],
  ['two lengths', put('host: x', 'content-length: 1', 'content-length: 2'), 400, 'bad_request'],
  [
    'a length and chunks',
    `${put('host: x', 'content-length: 1', 'transfer-encoding: chunked')}0\r\n\r\n`,
    400,
    'bad_request',
  ],
  ['a length that is none', put('host: x', 'content-length: -1'), 400, 'bad_request'],
  [
    'chunks that are none',
    `${put('host: x', 'transfer-encoding: chunked')}zz\r\n`,
    400,
    'bad_request',
  ],
  [
    'an expectation',
    `${put('host: x', 'expect: wonders', 'content-length: 1')}a`,
    400,
    'bad_request',
  ],
  [
    'a malformed escape',
    'PUT /kv/b/%zz HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\na',
    400,
    'bad_key',
  ],
  ['a method of proxies', 'TRACE /healthz HTTP/1.1\r\nhost: x\r\n\r\n', 405, 'method_not_allowed'],
];

describe('what cannot be answered', () => {
  it.each(WRONG)('%s is refused in the form of every refusal', async (_, sent, status, code) => {
    const answer = await sendRaw(node.port, sent);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
    expect((await send(node, 'GET', '/kv/safe/k')).status).toBe(404);
  });

  it('behind a request that is under way is not told as the answer to that', async () => {
    const body = 'x'.repeat(9_000);
    const head = `PUT /kv/safe/first HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendRaw(node.port, `${head}${body}\0garbage\r\n\r\n`)),
    );
    for (const answer of answers) expect(answer).not.toMatch(/^HTTP\/1.1 400/);
    const stored = await send(node, 'GET', '/kv/safe/first');
    expect([200, 300]).toContain(stored.status);
  });

  it('behind one that is answered is refused after that', async () => {
    const answer = await sendRaw(node.port, `${get('/healthz', 'host: x')}garbage\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 (200|400) /);
    expect((await send(node, 'GET', '/kv/safe/canary')).body.toString()).toBe('alive');
  });
});

describe('a page in a browser', () => {
  const from = (origin: string) => ({ headers: { host: 'localhost:8101', origin }, body: 'v' });

  it.each(['https://elsewhere.test', 'http://localhost:8102', 'null', 'no origin'])(
    'of %s changes nothing',
    async (origin) => {
      const answer = await send(node, 'PUT', '/kv/safe/by-a-page', from(origin));
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'forbidden' });
      const batch = { ...from(origin), body: '{"operations":[]}' };
      expect((await send(node, 'POST', '/batch', batch)).status).toBe(403);
      expect((await send(node, 'GET', '/kv/safe/by-a-page')).status).toBe(404);
    },
  );

  it('of the node itself does', async () => {
    const own = from('http://localhost:8101');
    expect((await send(node, 'PUT', '/kv/safe/by-our-page', own)).status).toBe(204);
    const { headers } = from('https://elsewhere.test');
    expect((await send(node, 'GET', '/kv/safe/canary', { headers })).status).toBe(200);
  });
});

describe('requests in one go', () => {
  it('are answered one after the other', async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      get(`/kv/safe/${i % 2 ? 'canary' : 'none'}`, 'host: x'),
    );
    const answer = await sendRaw(node.port, many.join(''));
    const statuses = [...answer.matchAll(/HTTP\/1.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).toEqual(many.map((_, i) => (i % 2 ? '200' : '404')));
  });
});

describe('a client that', () => {
  it('has said all it will is answered still', async () => {
    const answer = await sendRaw(node.port, get('/kv/safe/canary', 'host: x', 'connection: close'));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toContain('alive');
  });

  it('goes away in the middle of a value stores nothing of it', async () => {
    const head = 'PUT /kv/safe/half HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n';
    const chunked = 'PUT /kv/safe/half HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    for (const begun of [`${head}${'x'.repeat(8_999)}`, `${chunked}5\r\nhello\r\n`]) {
      await new Promise<void>((resolve) => {
        const socket = connect(node.port, '127.0.0.1', () =>
          socket.write(begun, () => socket.resetAndDestroy()),
        );
        socket.on('error', () => {}).on('close', () => resolve());
      });
      await sendRaw(node.port, begun);
    }
    expect((await send(node, 'GET', '/kv/safe/half')).status).toBe(404);
  });

  it('never reads its answers holds nobody else up', async () => {
    await send(node, 'PUT', '/kv/safe/large', { body: Buffer.alloc(10_000, 'x') });
    const deaf = Array.from({ length: 10 }, () => {
      const socket = connect(node.port, '127.0.0.1');
      socket.on('error', () => {}).pause();
      socket.write(get('/kv/safe/large', 'host: x').repeat(200));
      return socket;
    });
    try {
      for (let i = 0; i < 10; i++) {
        const answer = await send(node, 'GET', '/kv/safe/canary');
        expect(answer.body.toString()).toBe('alive');
      }
    } finally {
      for (const socket of deaf) socket.destroy();
    }
  });
});

describe('hundreds of clients that', () => {
  const CLIENTS = 200;

  const opened = (first: string) =>
    Promise.all(
      Array.from(
        { length: CLIENTS },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve, reject) => {
            const socket = connect(node.port, '127.0.0.1', () => {
              socket.write(first);
              resolve(socket);
            });
            socket.once('error', reject);
          }),
      ),
    );

  it.each([
    ['say nothing', ''],
    ['never end their headers', 'GET /kv/safe/canary HTTP/1.1\r\nhost: x\r\na: '],
    [
      'never end their body',
      'PUT /kv/safe/trickled HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\nx',
    ],
  ])('%s keep nobody else from being served', async (_, first) => {
    const sockets = await opened(first);
    try {
      for (const socket of sockets) if (first !== '') socket.write('x');
      const began = performance.now();
      for (let i = 0; i < 20; i++) {
        const answer = await send(node, 'PUT', `/kv/safe/beside-${i}`, { body: 'x' });
        expect(answer.status).toBe(204);
      }
      // Far from what waiting for any of them would take.
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    expect((await send(node, 'GET', '/kv/safe/trickled')).status).toBe(404);
  });
});
