/**
 * What one request made its nodes do, and when: a span for each thing that was asked of a node or
 * waited for. It travels with the plan of the request. A trace that does not record costs a look
 * at it; its id is told in logs and to other nodes all the same.
 */

import { QuorateError, TransportError } from './errors.ts';

export type SpanKind =
  /** The body of the request comes in. */
  | 'body'
  /** The request as a whole, at another node. */
  | 'forward'
  /** A replica's version of the key, or what a fallback keeps for replicas. */
  | 'read'
  | 'read_hints'
  /** A replica merges the object and has it on disk, or a fallback keeps it for a replica. */
  | 'store'
  | 'hint'
  /** A replica that was found behind is brought up to date. */
  | 'repair'
  /** Waited for: news of a later ring, a new bucket, the key's turn. */
  | 'wait_ring'
  | 'wait_bucket'
  | 'wait_turn'
  /** Of a paxos bucket. */
  | 'prepare'
  | 'accept'
  | 'read_register'
  /** Of a raft bucket: at the leader, and until this node has applied what a read must show. */
  | 'propose'
  | 'read_index'
  | 'apply';

/** As it is told: times in milliseconds since the request began at the node that a client asked. */
export interface Span {
  /** Who did it. */
  readonly node: string;
  /** Who asked for it. */
  readonly by: string;
  readonly kind: SpanKind;
  /** The replica in whose place a fallback was asked. */
  readonly for?: string;
  /** Asked because another node was late. */
  readonly hedge?: true;
  readonly sentMs: number;
  /** Null: it had not ended when the request did. */
  readonly answeredMs: number | null;
  /** `ok`; `same`, `absent` of a read; the code of an error or the failure of a link; `pending`. */
  readonly outcome: string;
}

export interface TraceDocument {
  readonly requestId: string;
  /** The node that the client asked, or to which it was handed. */
  readonly node: string;
  readonly tookMs: number;
  readonly spans: readonly Span[];
  /** Spans beyond what one trace holds. */
  readonly leftOut: number;
}

/** What another node is told with a request that it is handed. */
export interface TraceOrder {
  readonly id: string;
  /** Its spans are to come back with the reply. */
  readonly wanted: boolean;
}

/** Replies to requests that were handed over. */
export interface Traced {
  readonly trace?: TraceDocument | undefined;
}

/** A span that has begun; what ends twice keeps its first end. */
export class OpenSpan {
  readonly kind: SpanKind;
  readonly node: string;
  readonly for: string | undefined;
  readonly hedge: boolean;
  readonly sentAt: number;
  readonly #now: () => number;
  answeredAt: number | undefined;
  outcome = 'pending';

  constructor(now: () => number, kind: SpanKind, node: string, place?: string, hedge = false) {
    this.#now = now;
    this.kind = kind;
    this.node = node;
    this.for = place === node ? undefined : place;
    this.hedge = hedge;
    this.sentAt = now();
  }

  end(outcome = 'ok'): void {
    if (this.answeredAt !== undefined) return;
    this.answeredAt = this.#now();
    this.outcome = outcome;
  }

  fail(error: unknown): void {
    this.end(failureName(error));
  }
}

/** More are counted only. */
const SPANS_MAX = 64;

export interface TraceOptions {
  readonly id: string;
  /** The name of this node. */
  readonly node: string;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly recording: boolean;
}

export class Trace {
  readonly id: string;
  readonly node: string;
  readonly startedAt: number;
  /** Somebody wants to see all of it, so other nodes are to tell theirs. */
  wanted = false;
  /** The client does. */
  shown = false;
  readonly #now: () => number;
  #recording: boolean;
  #spans: OpenSpan[] | undefined;
  #adopted: Span[] | undefined;
  #leftOut = 0;

  constructor({ id, node, now, recording }: TraceOptions) {
    this.id = id;
    this.node = node;
    this.#now = now;
    this.#recording = recording;
    this.startedAt = now();
  }

  /** Of a request that another node handed over. */
  static handedOver(
    order: TraceOrder | undefined,
    node: string,
    now: () => number,
  ): Trace | undefined {
    if (order === undefined) return undefined;
    const trace = new Trace({ id: order.id, node, now, recording: order.wanted });
    trace.wanted = order.wanted;
    return trace;
  }

  get order(): TraceOrder {
    return { id: this.id, wanted: this.wanted };
  }

  /** Since the request began. */
  get ageMs(): number {
    return this.#now() - this.startedAt;
  }

  /** From now on this trace records, and others are asked for theirs. */
  want(): void {
    this.wanted = true;
    this.#recording = true;
  }

  /** Likewise, and the client is to get it. */
  show(): void {
    this.shown = true;
    this.want();
  }

  /**
   * Undefined where nothing is recorded. `place`: the replica in whose place the node is asked,
   * which may be the node itself.
   */
  begin(kind: SpanKind, node = this.node, place?: string, hedge = false): OpenSpan | undefined {
    if (!this.#recording) return undefined;
    this.#spans ??= [];
    if (this.#spans.length >= SPANS_MAX) {
      this.#leftOut++;
      return undefined;
    }
    const span = new OpenSpan(this.#now, kind, node, place, hedge);
    this.#spans.push(span);
    return span;
  }

  /**
   * Takes in what the other node recorded of the span in which the request was handed to it.
   * Clocks differ, so each way is taken to have had half of the time that it did not have it.
   */
  adopt(span: OpenSpan | undefined, told: TraceDocument | undefined): void {
    if (span?.answeredAt === undefined || told === undefined) return;
    const wayMs = Math.max(0, (span.answeredAt - span.sentAt - told.tookMs) / 2);
    const offsetMs = span.sentAt - this.startedAt + wayMs;
    this.#adopted ??= [];
    for (const { sentMs, answeredMs, ...rest } of told.spans) {
      this.#adopted.push({
        ...rest,
        sentMs: toMicroseconds(sentMs + offsetMs),
        answeredMs: answeredMs === null ? null : toMicroseconds(answeredMs + offsetMs),
      });
    }
    this.#leftOut += told.leftOut;
  }

  /** As of now; in the order in which things were begun. */
  document(): TraceDocument {
    const own = (this.#spans ?? []).map((span) => this.#told(span));
    const spans = [...own, ...(this.#adopted ?? [])].sort((a, b) => a.sentMs - b.sentMs);
    return {
      requestId: this.id,
      node: this.node,
      tookMs: toMicroseconds(this.ageMs),
      spans,
      leftOut: this.#leftOut,
    };
  }

  #told(span: OpenSpan): Span {
    const { kind, node, hedge, sentAt, answeredAt, outcome } = span;
    const sinceStart = (at: number) => toMicroseconds(at - this.startedAt);
    return {
      node,
      by: this.node,
      kind,
      ...(span.for !== undefined && { for: span.for }),
      ...(hedge && { hedge }),
      sentMs: sinceStart(sentAt),
      answeredMs: answeredAt === undefined ? null : sinceStart(answeredAt),
      outcome,
    };
  }
}

/** Resolves or rejects as the work does, and ends the span with it. */
export function spanned<Result>(
  span: OpenSpan | undefined,
  work: Promise<Result>,
): Promise<Result> {
  return span === undefined ? work : ended(span, work);
}

async function ended<Result>(span: OpenSpan, work: Promise<Result>): Promise<Result> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  }
}

/** The reply to a request that was handed over, with its trace where that is wanted. */
export function withTrace<Reply extends Traced>(reply: Reply, trace: Trace | undefined): Reply {
  return trace?.wanted === true ? { ...reply, trace: trace.document() } : reply;
}

/** Milliseconds in the precision in which they are told. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function failureName(error: unknown): string {
  if (error instanceof QuorateError) return error.code;
  if (error instanceof TransportError) return error.failure;
  return 'failed';
}
