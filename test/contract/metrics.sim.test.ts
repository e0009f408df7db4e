import { SimMetrics } from '../../src/sim/sim-observation.ts';
import { metricsContract } from './metrics-contract.ts';

metricsContract('the table', () => {
  const metrics = new SimMetrics();
  return {
    metrics,
    value: async ({ name, labels }) => metrics.value(name, labels),
    async observed({ name, labels }, buckets) {
      const all = metrics.observations(name, labels);
      return (
        all && {
          count: all.length,
          sum: all.reduce((sum, value) => sum + value, 0),
          atOrBelow: buckets.map((bound) => all.filter((value) => value <= bound).length),
        }
      );
    },
  };
});
