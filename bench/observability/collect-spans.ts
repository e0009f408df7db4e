/**
 * Preloaded into a node (`NODE_OPTIONS=--import`): a tracer provider that takes every span and
 * lets it go again, where another one would send it to a collector.
 */

import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';

const SUCCEEDED = 0;

const exporter: SpanExporter = {
  export: (_spans, done) => done({ code: SUCCEEDED }),
  shutdown: async () => {},
};

trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }),
);
