import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts';
import type { Instrument } from '../../src/ports/metrics.ts';
import { metricsContract } from './metrics-contract.ts';

metricsContract('prom-client', () => {
  const metrics = createPrometheusMetrics();

  async function sample(
    { name, labels }: Instrument,
    suffix = '',
    bound?: number,
  ): Promise<number | undefined> {
    const wanted = { ...(bound === undefined ? {} : { le: bound }), ...labels };
    const series = Object.entries(wanted).map(([label, value]) => `${label}="${value}"`);
    const braces = series.length === 0 ? '' : `{${series.join(',')}}`;
    const start = `quorate_${name}${suffix}${braces} `;
    const lines = (await metrics.exposition()).split('\n');
    const line = lines.find((candidate) => candidate.startsWith(start));
    return line === undefined ? undefined : Number(line.slice(start.length));
  }

  return {
    metrics,
    value: (instrument) => sample(instrument),
    async observed(instrument, buckets) {
      const count = await sample(instrument, '_count');
      const sum = await sample(instrument, '_sum');
      if (count === undefined || sum === undefined) return undefined;
      const atOrBelow: number[] = [];
      for (const bound of buckets) {
        atOrBelow.push((await sample(instrument, '_bucket', bound)) ?? Number.NaN);
      }
      return { count, sum, atOrBelow };
    },
  };
});
