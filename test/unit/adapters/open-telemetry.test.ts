/** Spans for whoever has registered a tracer provider in the process of a node. */

import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openTelemetry } from '../../../src/adapters/open-telemetry.ts';
import type { RequestObserver } from '../../../src/kernel/request-observer.ts';
import { type HttpNode, send, startHttpNode } from '../http/http-node.ts';

const exporter = new InMemorySpanExporter();
let node: HttpNode;

beforeAll(async () => {
  const observer = (await openTelemetry('n1')) as RequestObserver;
  node = await startHttpNode({ observer });
});

afterAll(() => node.stop());

afterEach(() => {
  trace.disable();
  exporter.reset();
});

function register(): void {
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
}

const parentIdOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;
const startOf = ({ startTime: [s, ns] }: ReadableSpan) => s * 1_000 + ns / 1e6;

describe('with a tracer provider', () => {
  it('a request is a span of kind server, with what it asked of nodes under it', async () => {
    register();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const put = await send(node, 'PUT', '/kv/carts/secret-key', {
      body: 'secret value',
      headers: { traceparent },
    });
    expect(put.status).toBe(204);
    const spans = exporter.getFinishedSpans();
    const server = spans.find(({ kind }) => kind === SpanKind.SERVER) as ReadableSpan;
    expect(server.name).toBe('PUT /kv/{bucket}/{key}');
    expect(server.attributes).toMatchObject({
      'http.request.method': 'PUT',
      'http.route': '/kv/{bucket}/{key}',
      'http.response.status_code': 204,
      'network.protocol.version': '1.1',
      'quorate.node': 'n1',
    });
    expect(server.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(parentIdOf(server)).toBe('b7ad6b7169203331');
    const { traceId, spanId } = server.spanContext();
    expect(put.headers.traceresponse).toBe(`00-${traceId}-${spanId}-01`);
    const children = spans.filter((span) => span !== server);
    expect(children.map(({ name }) => name)).toEqual(['body n1', 'wait_bucket n1', 'store n1']);
    for (const child of children) {
      expect(parentIdOf(child)).toBe(spanId);
      expect(child.spanContext().traceId).toBe(traceId);
      expect(startOf(child)).toBeGreaterThanOrEqual(startOf(server) - 2);
    }
    expect(children.at(-1)?.attributes).toMatchObject({
      'db.system.name': 'quorate',
      'db.operation.name': 'store',
      'db.collection.name': 'carts',
      'server.address': 'n1',
    });
    expect(JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]))).not.toContain(
      'secret',
    );
  });

  it('problems are named, and those of the server are errors', async () => {
    register();
    await send(node, 'GET', '/nothing');
    const [span] = exporter.getFinishedSpans();
    expect(span?.attributes['error.type']).toBe('no_such_route');
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
    expect(span?.name).toBe('GET other');
  });

  it('the id of a request is that of its trace', async () => {
    register();
    const answer = await send(node, 'GET', '/healthz');
    const [span] = exporter.getFinishedSpans();
    expect(answer.headers['x-request-id']).toBe(span?.spanContext().traceId);
  });
});

it('without a provider there is nothing', async () => {
  const answer = await send(node, 'GET', '/healthz');
  expect(answer.headers).not.toHaveProperty('traceresponse');
  expect(exporter.getFinishedSpans()).toEqual([]);
});
