import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, send, sendAnything, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 10_000 });
  await send(node, 'PUT', '/kv/safe/canary', { body: 'alive' });
});

afterAll(async () => {
  await node.stop();
});

/** Whatever came in: the node serves, the data is there, and nothing of ours was thrown. */
async function expectUnharmed(): Promise<void> {
  expect(node.unexpected).toEqual([]);
  const canary = await send(node, 'GET', '/kv/safe/canary');
  expect(canary.body.toString()).toBe('alive');
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'];
const pathCharacter = fc.constantFrom(...'abk/%?&=.+~-_;:@!$()*,\'"<>|^`{}[]#0123456789fFzZ');
const path = fc.oneof(
  fc.string({ unit: pathCharacter, maxLength: 60 }),
  fc.string({ unit: pathCharacter, maxLength: 40 }).map((rest) => `kv/fuzz/${rest}`),
  fc.string({ unit: pathCharacter, maxLength: 40 }).map((rest) => `kv/fuzz?${rest}`),
  fc
    .constantFrom('r', 'w', 'pr', 'timeout', 'limit', 'cursor', 'prefix', 'ttl')
    .chain((name) =>
      fc.string({ unit: pathCharacter, maxLength: 20 }).map((text) => `kv/fuzz/k?${name}=${text}`),
    ),
);
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 100,
});
const headers = fc.dictionary(
  fc.constantFrom(
    'x-quorate-context',
    'content-type',
    'accept',
    'if-none-match',
    'if-match',
    'x-quorate-meta-a',
    'x-quorate-meta-__proto__',
    'range',
    'host',
  ),
  headerText,
  { maxKeys: 4 },
);

describe('whatever a client sends', () => {
  it('in well-formed requests gets an answer that is not a failure of ours', async () => {
    const request = fc.record({
      method: fc.constantFrom(...METHODS),
      target: path.map((text) => `/${text}`),
      headers,
      body: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 200 })),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, target, headers: sent, body }) => {
        const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH';
        const options = hasBody ? { headers: sent, body } : { headers: sent };
        const answer = await sendAnything(node, method, target, options);
        // A deadline of a few milliseconds may pass; that is what the client asked for.
        const hurried = target.includes('timeout=') && answer.status === 503;
        if (!hurried) expect(answer.status).toBeLessThan(500);
        expect(node.unexpected).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
    await expectUnharmed();
  });

  it('as a batch gets an answer for each operation', async () => {
    const operations = fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            op: fc.constantFrom('get', 'put', 'delete', '__proto__', 'constructor'),
            bucket: fc.oneof(fc.constant('fuzz'), fc.string()),
            key: fc.oneof(fc.string(), fc.integer()),
            value: fc.oneof(fc.string(), fc.constant(null)),
            valueBase64: fc.string(),
            context: fc.string(),
            meta: fc.jsonValue(),
            contentType: fc.string(),
            w: fc.jsonValue(),
            ttl: fc.jsonValue(),
            r: fc.jsonValue(),
          },
          { requiredKeys: ['op'] },
        ),
      ),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(operations, async (sent) => {
        const body = JSON.stringify({ operations: sent });
        const answer = await send(node, 'POST', '/batch', { body });
        expect(answer.status).toBe(200);
        const { results } = JSON.parse(answer.body.toString());
        expect(results).toHaveLength(sent.length);
        for (const { status } of results) expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    await expectUnharmed();
  });

  it('as raw bytes is answered or hung up on, and harms nobody else', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => Buffer.from(text)),
      fc
        .string({ maxLength: 100 })
        .map((text) => Buffer.from(`PUT /kv/fuzz/${text} HTTP/1.1\r\nhost: x\r\n${text}\r\n\r\n`)),
      fc.constant(
        Buffer.from('PUT /kv/fuzz/k HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc'),
      ),
      fc.constant(
        Buffer.from(
          'PUT /kv/fuzz/k HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
        ),
      ),
      fc.constant(Buffer.from('GET http://elsewhere/kv/safe/canary HTTP/1.1\r\nhost: x\r\n\r\n')),
      fc.constant(Buffer.from('OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n')),
    );
    await fc.assert(
      fc.asyncProperty(bytes, (sent) => sendRaw(sent)),
      { numRuns: 200 },
    );
    await expectUnharmed();
  });

  it('and however often it goes away in the middle', async () => {
    const start = 'PUT /kv/fuzz/half HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n';
    await Promise.all(Array.from({ length: 50 }, () => sendRaw(Buffer.from(`${start}half`))));
    expect((await send(node, 'GET', '/kv/fuzz/half')).status).toBe(404);
    await expectUnharmed();
  });
});

/** Sends, says that no more will come, and resolves when the connection has ended. */
function sendRaw(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(node.port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
}
