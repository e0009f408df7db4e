/** What is told of requests beside their answers: ids, traces, log lines, counts. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { RequestLog } from '../../../src/http/request-log.ts';
import { routeNameOf } from '../../../src/http/request-names.ts';
import { ROUTES } from '../../../src/http/routes.ts';
import { TRACE_BYTES_MAX, traceHeaders } from '../../../src/http/trace-headers.ts';
import { type Span, Trace } from '../../../src/kernel/trace.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

function noted() {
  const lines: Line[] = [];
  const note = (event: string, fields = {}) => void lines.push({ event, ...fields });
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  return { lines, logger };
}

const { lines, logger } = noted();

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ logger, slowRequestMs: 0 });
});

afterAll(() => node.stop());

const idOf = ({ headers }: RawAnswer) => headers['x-request-id'];

describe('the id of a request', () => {
  it('is made where there is none, another one each time', async () => {
    const [a, b] = [await send(node, 'GET', '/healthz'), await send(node, 'GET', '/healthz')];
    expect(idOf(a)).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    expect(idOf(b)).not.toBe(idOf(a));
  });

  it("is the client's own, or that of the trace that it is part of", async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const both = { 'x-request-id': 'order:17', traceparent };
    expect(idOf(await send(node, 'GET', '/healthz', { headers: both }))).toBe('order:17');
    expect(idOf(await send(node, 'GET', '/healthz', { headers: { traceparent } }))).toBe(traceId);
  });

  it('is never what could pass for something else', async () => {
    const zeros = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
    const bad = ['a b', '"x"', 'a,b', 'x'.repeat(129), ''];
    for (const given of bad) {
      const headers = { 'x-request-id': given, traceparent: zeros };
      expect(idOf(await send(node, 'GET', '/healthz', { headers }))).toMatch(
        /^[0-9a-f]{12}-[0-9a-z]+$/,
      );
    }
  });

  it('is in every problem, also of what gets to no route', async () => {
    const headers = { 'x-request-id': 'p1' };
    for (const target of ['/nothing', '/kv/b/absent', '/kv/b/k?r=none', '/metrics?x']) {
      const answer = await send(node, 'GET', target, { headers });
      if (answer.status < 400) continue;
      expect(jsonOf(answer).requestId).toBe('p1');
    }
    const wrongMethod = await send(node, 'POST', '/healthz', { headers });
    expect(wrongMethod.headers.allow).toBe('GET, HEAD');
    expect(jsonOf(wrongMethod)).toMatchObject({ code: 'method_not_allowed', requestId: 'p1' });
    const expecting = await send(node, 'GET', '/kv/b/k', { headers: { ...headers, expect: 'x' } });
    expect(jsonOf(expecting).requestId).toBe('p1');
  });
});

describe('trace=true', () => {
  it.each(['dynamo', 'paxos', 'raft'])('shows what a %s bucket asked of nodes', async (mode) => {
    await send(node, 'PUT', `/buckets/t-${mode}`, { body: JSON.stringify({ mode }) });
    const put = await send(node, 'PUT', `/kv/t-${mode}/k?trace=true`, { body: 'x' });
    const get = await send(node, 'GET', `/kv/t-${mode}/k?trace=true`);
    const context = String(put.headers['x-quorate-context'] ?? '');
    const headers = mode === 'dynamo' ? { 'x-quorate-context': context } : {};
    const gone = await send(node, 'DELETE', `/kv/t-${mode}/k?trace=true`, { headers });
    const kinds = [put, get, gone].map((answer) => {
      const trace = JSON.parse(String(answer.headers['x-quorate-trace']));
      expect(trace).toMatchObject({ requestId: idOf(answer), node: 'n1', leftOut: 0 });
      expect(answer.headers['server-timing']).toMatch(/^total;dur=[0-9.]+, [a-z_]+;desc="n1";dur=/);
      const spans: Span[] = trace.spans;
      for (const { sentMs, answeredMs } of spans) {
        expect(sentMs).toBeGreaterThanOrEqual(0);
        expect(answeredMs ?? sentMs).toBeLessThanOrEqual(trace.tookMs);
        expect(answeredMs ?? sentMs).toBeGreaterThanOrEqual(sentMs);
      }
      return spans.map(({ kind }) => kind);
    });
    const write = { dynamo: ['store'], paxos: ['wait_turn', 'accept'], raft: ['propose'] }[mode];
    const read = { dynamo: 'read', paxos: 'read_register', raft: 'read_index' }[mode];
    expect(kinds[0]).toEqual(expect.arrayContaining(['body', ...(write ?? [])]));
    expect(kinds[1]).toContain(read);
    expect(kinds[2]).toEqual(expect.arrayContaining(write ?? []));
  });

  it('comes with errors, and not unless it is asked for', async () => {
    const absent = await send(node, 'GET', '/kv/t-dynamo/absent?trace=true');
    expect(absent.status).toBe(404);
    expect(absent.headers).toHaveProperty('x-quorate-trace');
    for (const query of ['', '?trace=false']) {
      const answer = await send(node, 'GET', `/kv/t-dynamo/absent${query}`);
      expect(answer.headers).not.toHaveProperty('x-quorate-trace');
      expect(answer.headers).not.toHaveProperty('server-timing');
    }
    const wrong = await send(node, 'GET', '/kv/t-dynamo/absent?trace=1');
    expect(jsonOf(wrong)).toMatchObject({ code: 'bad_parameter', parameter: 'trace' });
  });

  it('fits into a header, whatever there is to tell', () => {
    const trace = new Trace({ id: 'x'.repeat(128), node: 'n1', now: () => 0.5, recording: true });
    for (let i = 0; i < 64; i++) trace.begin('wait_turn', `node-with-a-long-name-${i}`);
    const text = traceHeaders(trace.document())['x-quorate-trace'] as string;
    expect(text.length).toBeLessThanOrEqual(TRACE_BYTES_MAX);
    const told = JSON.parse(text);
    expect(told.spans.length).toBeGreaterThan(10);
    expect(told.spans.length + told.leftOut).toBe(64);
  });
});

describe('the log', () => {
  beforeEach(async () => {
    lines.length = 0;
    await waitFor('room for lines', 5_000, async () => {
      await send(node, 'GET', '/healthz');
      return lines.some(({ event }) => event === 'slow request');
    });
    lines.length = 0;
  });

  it('tells of a slow request what it was for, how it went and who answered', async () => {
    await send(node, 'PUT', '/kv/carts/alice', { body: 'milk', headers: { 'x-request-id': 's1' } });
    const [line, ...more] = lines.filter(({ event }) => event === 'slow request');
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      requestId: 's1',
      method: 'PUT',
      route: '/kv/{bucket}/{key}',
      bucket: 'carts',
      status: 204,
      quorum: 'needed=1; reached=n1; coordinator=n1',
    });
    expect(line?.tookMs).toBeGreaterThan(0);
    const spans = (line?.spans ?? []) as Span[];
    expect(spans.map(({ kind }) => kind)).toContain('store');
  });

  it('tells keys apart and does not tell them', async () => {
    for (const key of ['alice', 'bob', 'alice']) await send(node, 'GET', `/kv/carts/${key}`);
    const digests = lines.flatMap(({ keyDigest }) => keyDigest ?? []);
    expect(digests).toHaveLength(3);
    expect(digests[2]).toBe(digests[0]);
    expect(digests[1]).not.toBe(digests[0]);
    expect(JSON.stringify(lines)).not.toMatch(/alice|bob/);
  });

  it('has so many lines a second, and the number of those left out', async () => {
    const { lines, logger } = noted();
    const log = new RequestLog(logger, 0, new SimMetrics());
    const trace = new Trace({ id: 'r', node: 'n1', now: () => 0, recording: false });
    const beside = { method: 'GET', target: '/kv/b/k', code: undefined, quorum: undefined, trace };
    for (let i = 0; i < 25; i++) log.answered({ status: 200, ...beside });
    expect(lines).toHaveLength(10);
    await waitFor('the end of the second', 5_000, () => lines.length === 11);
    expect(lines.at(-1)).toEqual({ event: 'requests left out of the log', requests: 15 });
    log.answered({ status: 200, ...beside });
    expect(lines).toHaveLength(12);
  });

  it('tells of failures that are not slow, but not of who asks whether the node is ready', () => {
    const { lines, logger } = noted();
    const log = new RequestLog(logger, Number.POSITIVE_INFINITY, new SimMetrics());
    const trace = new Trace({ id: 'r', node: 'n1', now: () => 0, recording: false });
    const beside = { method: 'GET', quorum: undefined, trace };
    log.answered({ status: 200, target: '/kv/b/k', code: undefined, ...beside });
    log.answered({ status: 404, target: '/kv/b/k', code: 'not_found', ...beside });
    log.answered({ status: 503, target: '/readyz', code: 'not_ready', ...beside });
    expect(lines).toEqual([]);
    log.answered({ status: 503, target: '/kv/b/k', code: 'overloaded', ...beside });
    expect(lines).toMatchObject([{ event: 'request failed', code: 'overloaded', status: 503 }]);
  });
});

describe('the route of a request', () => {
  it.each([
    ['/kv/b/k?x=1', { route: '/kv/{bucket}/{key}', bucket: 'b', encodedKey: 'k' }],
    ['/kv/b/k/l', { route: '/kv/{bucket}/{key}', bucket: 'b', encodedKey: 'k/l' }],
    ['/kv/b', { route: '/kv/{bucket}', bucket: 'b' }],
    ['/kv/%73ecret/k', { route: '/kv/{bucket}/{key}', encodedKey: 'k' }],
    ['/buckets/b', { route: '/buckets/{bucket}', bucket: 'b' }],
    ['/leases/17', { route: '/leases/{id}' }],
    ['/cluster/raft/transfer', { route: '/cluster/raft/transfer' }],
    ['/metrics', { route: '/metrics' }],
    ['/secret', { route: 'other' }],
    ['/cluster/s3cret', { route: 'other' }],
    ['http://host/kv/b/k', { route: '/kv/{bucket}/{key}', bucket: 'b', encodedKey: 'k' }],
  ])('%s', (target, name) => expect(routeNameOf(target)).toEqual(name));

  it('is there for all that is declared', () => {
    const paths = ROUTES.map(({ path }) => path);
    const target = (path: string) => path.replaceAll(/\{([a-z]+)\}/g, '$1');
    expect(paths.map((path) => routeNameOf(target(path)).route)).toEqual(paths);
  });
});

it('counts answers by class and problems by code', async () => {
  const metric = async (series: string) => {
    const text = (await send(node, 'GET', '/metrics')).body.toString();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  };
  const problems = 'quorate_http_problems_total{code="no_such_route"}';
  const answers = 'quorate_http_answers_total{class="4xx"}';
  const before = [await metric(problems), await metric(answers)];
  await send(node, 'GET', '/nothing');
  expect(await metric(problems)).toBe((before[0] as number) + 1);
  expect(await metric(answers)).toBe((before[1] as number) + 1);
  expect(await metric('quorate_http_slow_requests_total')).toBeGreaterThan(0);
});
