/**
 * Whatever a client may send, and what holds of the answers: nothing of ours fails, every refusal
 * is a problem document with a code of the table, and what was refused has had no effect.
 */

import { connect } from 'node:net';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ERROR_TABLE, type ErrorCode } from '../../../src/kernel/errors.ts';
import { type HttpNode, jsonOf, type RawAnswer, send, sendAnything } from './http-node.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];

/** Every route, and what there is not. */
const ROUTES = [
  ...['/kv/fuzz', '/kv/fuzz/k', '/kv/raft/k', '/kv/paxos/k', '/kv/nowhere/k', '/kv/', '/batch'],
  ...['/buckets', '/buckets/fuzz', '/buckets/raft', '/buckets/new', '/leases', '/leases/7'],
  ...['/watch/raft', '/cluster', '/cluster/members', '/cluster/ring', '/cluster/raft'],
  ...['/cluster/raft/transfer', '/cluster/plan', '/cluster/commit', '/cluster/abort'],
  ...['/cluster/salvage', '/cluster/salvage/close', '/cluster/transfers', '/cluster/hints'],
  ...['/cluster/backup', '/cluster/restore', '/cluster/activity'],
  ...['/cluster/tombstones', '/cluster/repair', '/cluster/repair/accept-loss', '/cluster/faults'],
  ...['/cluster/faults/pause'],
  ...['/nodes/n1/kv/fuzz/k', '/nodes/n1/', '/nodes/n9/kv/fuzz/k', '/nodes/n1/nodes/n1/healthz'],
  ...['/pbs', '/metrics', '/healthz', '/readyz', '/openapi.json', '/docs', '/nothing', '/'],
];

const PARAMETERS = [
  ...[
    'r',
    'w',
    'pr',
    'pw',
    'sloppy',
    'timeout',
    'read_repair',
    'session',
    'trace',
    'return',
    'ttl',
  ],
  ...[
    'limit',
    'cursor',
    'prefix',
    'op',
    'by',
    'lease',
    'n',
    'at',
    'nodes',
    '__proto__',
    'nonsense',
  ],
];
const HEADERS = [
  ...['x-quorate-context', 'x-quorate-session', 'if-match', 'if-none-match', 'idempotency-key'],
  ...['content-type', 'content-encoding', 'accept', 'range', 'host', 'last-event-id'],
  ...['x-quorate-meta-a', 'x-quorate-meta-__proto__', 'expect', 'te', 'cookie'],
];
/** Names of the fields that documents have. */
const FIELDS = [
  ...['node', 'by', 'acceptLoss', 'zone', 'weight', 'leave', 'join', 'dead', 'replicationFactor'],
  ...['bytesPerSecond', 'epoch', 'ttl', 'ttlMs', 'mode', 'n', 'r', 'w', 'conflict', 'to', 'bucket'],
  ...[
    'key',
    'keyBase64',
    'kind',
    'type',
    'scrub',
    'operations',
    'op',
    'value',
    '__proto__',
    'links',
  ],
];

const character = fc.constantFrom(...'abk019fFzZ%?&=.+~-_;:@!$()*,\'"<>|^`{}[]# \\/');
const noise = fc.string({ unit: character, maxLength: 24 });
const word = fc.oneof(
  noise,
  fc.constantFrom('1', '0', '-1', '2', '99999999999999999999', '1e3', 'all', 'quorum', 'one'),
  fc.constantFrom('true', 'false', 'n1', '*', '"1"', '%00', '%ff', '%', '%zz', ''),
);
const query = fc.oneof(
  fc.constant(''),
  noise.map((text) => `?${text}`),
  fc
    .array(fc.tuple(fc.constantFrom(...PARAMETERS), word), { maxLength: 3 })
    .map((pairs) => `?${pairs.map(([name, text]) => `${name}=${text}`).join('&')}`),
);
/** As it may stand in a request line, which ends at a blank. */
const target = fc
  .tuple(fc.constantFrom(...ROUTES), fc.oneof(fc.constant(''), noise), query)
  .map((parts) => parts.join('').replaceAll(/[ #]/g, '+'));

const headerText = fc.oneof(
  word,
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  }),
);
const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc
    .dictionary(
      fc.constantFrom(...FIELDS),
      fc.oneof(word, fc.integer(), fc.double(), fc.jsonValue({ maxDepth: 1 })),
      { maxKeys: 4 },
    )
    .map((fields) => JSON.stringify(fields)),
);
const body = fc.oneof(
  json,
  json.map((text) => text.slice(0, -1)),
  noise,
  fc.uint8Array({ maxLength: 200 }),
);

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  target,
  headers: fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 4 }),
  body,
});

/** Well-formed HTTP, whatever it says. */
export async function expectCivilAnswers(node: HttpNode, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(request, async ({ method, target: path, headers, body: sent }) => {
      // What has no end of its own would not be answered in the end.
      const isWatch = method === 'GET' && path.startsWith('/watch/');
      if (isWatch || headers.expect !== undefined) return;
      // Those of other methods Node's client sends without saying how long they are.
      const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH';
      const options = hasBody ? { headers, body: sent } : { headers };
      expectCivil(await sendAnything(node, method, path, options), method);
      expect(node.unexpected).toEqual([]);
    }),
    { numRuns },
  );
}

/** A write that is refused as definite leaves no trace. */
export async function expectNoTrace(node: HttpNode, numRuns: number): Promise<void> {
  let writes = 0;
  const options = fc.record({
    query,
    headers: fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 3 }),
    bucket: fc.constantFrom('fuzz', 'raft', 'paxos'),
    size: fc.constantFrom(0, 10, 9_999, 10_001, 70_000),
  });
  await fc.assert(
    fc.asyncProperty(options, async ({ query: asked, headers, bucket, size }) => {
      if (headers.expect !== undefined) return;
      const path = `/kv/${bucket}/only-${writes++}`;
      const put = `${path}${asked.replaceAll(/[ #]/g, '+')}`;
      const answer = await sendAnything(node, 'PUT', put, {
        headers,
        body: Buffer.alloc(size, 'x'),
      });
      expectCivil(answer, 'PUT');
      if (answer.status < 400 || !jsonOf(answer).definite) return;
      expect((await send(node, 'GET', path)).status).toBe(404);
    }),
    { numRuns },
  );
}

function expectCivil(answer: RawAnswer, method: string): void {
  const { status, headers } = answer;
  if (status < 400) return;
  expect(headers['content-type']).toBe('application/problem+json');
  if (method === 'HEAD') return;
  const { code } = jsonOf(answer);
  expect(Object.keys(ERROR_TABLE)).toContain(code);
  expect(code).not.toBe('internal');
  expect(status).toBe(ERROR_TABLE[code as ErrorCode].status);
}

/** What comes back on a connection of its own until that is closed; this side says no more. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
