/**
 * Spans for OpenTelemetry, where `@opentelemetry/api` is installed and somebody in this process
 * has registered a tracer provider: one of kind server for each request, named and described as
 * the conventions for HTTP have it, and under it one of kind client for each thing that was asked
 * of a node, described as those for databases have it. What another node did for the request
 * came back with its reply, and is exported here too.
 */

import type { Context, Span as OtelSpan, SpanContext } from '@opentelemetry/api';
import type {
  BegunRequest,
  ObservedRequest,
  RequestEnd,
  RequestObserver,
  TraceParent,
} from '../kernel/request-observer.ts';
import type { Span } from '../kernel/trace.ts';

type Api = typeof import('@opentelemetry/api');

const SCOPE = 'quorate';

/** Undefined where the package is not installed. */
export async function openTelemetry(node: string): Promise<RequestObserver | undefined> {
  try {
    return new SpanMaker(await import('@opentelemetry/api'), node);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

class SpanMaker implements RequestObserver {
  readonly #api: Api;
  readonly #node: string;

  constructor(api: Api, node: string) {
    this.#api = api;
    this.#node = node;
  }

  begin(request: () => BegunRequest): ObservedRequest | undefined {
    const { trace, ROOT_CONTEXT, SpanKind } = this.#api;
    if (this.#nobodyCollects()) return undefined;
    const begun = request();
    const { method, route, bucket, httpVersion, parent } = begun;
    const context = parent
      ? trace.setSpanContext(ROOT_CONTEXT, remoteContext(parent))
      : ROOT_CONTEXT;
    const span = trace.getTracer(SCOPE).startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'network.protocol.version': httpVersion,
          'quorate.node': this.#node,
          ...(bucket !== undefined && { 'db.collection.name': bucket }),
        },
      },
      context,
    );
    if (span.isRecording()) return new ObservedSpan(this.#api, span, begun);
    span.end();
    return undefined;
  }

  /** A look, so that requests cost no more than that where the package alone is there. */
  #nobodyCollects(): boolean {
    const provider = this.#api.trace.getTracerProvider();
    if (!(provider instanceof this.#api.ProxyTracerProvider)) return false;
    return provider.getDelegateTracer(SCOPE) === undefined;
  }
}

function remoteContext({ traceId, spanId, flags }: TraceParent): SpanContext {
  return { traceId, spanId, traceFlags: flags, isRemote: true };
}

class ObservedSpan implements ObservedRequest {
  readonly #api: Api;
  readonly #span: OtelSpan;
  readonly #request: BegunRequest;
  readonly traceId: string;
  readonly headers: Readonly<Record<string, string>>;
  #ended = false;

  constructor(api: Api, span: OtelSpan, request: BegunRequest) {
    this.#api = api;
    this.#span = span;
    this.#request = request;
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceId = traceId;
    const flags = traceFlags.toString(16).padStart(2, '0');
    this.headers = { traceresponse: `00-${traceId}-${spanId}-${flags}` };
  }

  answered({ status, problem, trace }: RequestEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    const startedAt = performance.timeOrigin + trace.startedAt;
    const context = this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, this.#span);
    const document = trace.document();
    for (const span of document.spans) this.#child(span, startedAt, document.tookMs, context);
    this.#span.setAttributes({
      'http.response.status_code': status,
      'quorate.request_id': trace.id,
      ...(problem !== undefined && { 'error.type': problem }),
    });
    if (status >= 500) this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    this.#span.end();
  }

  abandoned(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span.setAttribute('error.type', 'client_gone');
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    this.#span.end();
  }

  /** What has not ended yet is exported as far as it came. */
  #child(span: Span, startedAt: number, tookMs: number, context: Context): void {
    const { node, by, kind, sentMs, answeredMs, outcome } = span;
    const { SpanKind, SpanStatusCode, trace } = this.#api;
    const { bucket } = this.#request;
    const child = trace.getTracer(SCOPE).startSpan(
      `${kind} ${node}`,
      {
        kind: node === by ? SpanKind.INTERNAL : SpanKind.CLIENT,
        startTime: startedAt + sentMs,
        attributes: {
          'db.system.name': SCOPE,
          'db.operation.name': kind,
          ...(bucket !== undefined && { 'db.collection.name': bucket }),
          'server.address': node,
          'quorate.node': by,
          'quorate.outcome': outcome,
          ...(span.for !== undefined && { 'quorate.for': span.for }),
          ...(span.hedge && { 'quorate.hedge': true }),
        },
      },
      context,
    );
    if (!EXPECTED.has(outcome)) {
      child.setAttribute('error.type', outcome);
      child.setStatus({ code: SpanStatusCode.ERROR });
    }
    child.end(startedAt + (answeredMs ?? tookMs));
  }
}

/** Outcomes that are no failures. */
const EXPECTED: ReadonlySet<string> = new Set(['ok', 'same', 'absent', 'pending']);
