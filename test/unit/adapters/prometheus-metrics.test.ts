import { expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus-metrics.ts';

it('writes what Prometheus reads', async () => {
  const metrics = createPrometheusMetrics();
  metrics.counter({ name: 'puts_total', help: 'Puts.', labels: { outcome: 'ok' } }).add(2);
  metrics.gauge({ name: 'pending_writes', help: 'Writes not yet durable.' }).set(3);
  expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  expect((await metrics.exposition()).trim().split('\n').filter(Boolean)).toEqual([
    '# HELP quorate_puts_total Puts.',
    '# TYPE quorate_puts_total counter',
    'quorate_puts_total{outcome="ok"} 2',
    '# HELP quorate_pending_writes Writes not yet durable.',
    '# TYPE quorate_pending_writes gauge',
    'quorate_pending_writes 3',
  ]);
});
