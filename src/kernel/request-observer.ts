/** Whoever collects spans of requests from outside: see adapters/open-telemetry.ts. */

import type { Trace } from './trace.ts';

/** W3C Trace Context: what a request is part of; in lower case hexadecimal digits. */
export interface TraceParent {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  readonly flags: number;
}

/** As much as is known when a request comes in. */
export interface BegunRequest {
  readonly method: string;
  /** Low in cardinality, without the names in it: `/kv/{bucket}/{key}`. */
  readonly route: string;
  readonly bucket?: string;
  readonly httpVersion: string;
  readonly parent: TraceParent | undefined;
}

/** As much as is known when its answer begins. */
export interface RequestEnd {
  readonly status: number;
  /** The code of the problem that is the answer. */
  readonly problem: string | undefined;
  readonly trace: Trace;
}

export interface ObservedRequest {
  /** That the request has from now on. */
  readonly traceId: string;
  /** What its client is told. */
  readonly headers: Readonly<Record<string, string>>;
  answered(end: RequestEnd): void;
  /** Harmless where it was answered. */
  abandoned(): void;
}

export interface RequestObserver {
  /** Undefined where nobody collects spans, or not those of this request. */
  begin(request: () => BegunRequest): ObservedRequest | undefined;
}
