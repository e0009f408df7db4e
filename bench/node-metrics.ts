/** What a node tells of itself in /metrics. */

import { request } from 'undici';

const SCRAPE_MS_MAX = 4_000;

/** Values by name, with the labels as they are told: `name{lane="data"}`. */
export type NodeMetrics = ReadonlyMap<string, number>;

const LINE = /^(\w+(?:\{[^}]*\})?) (\S+)$/gm;

export async function nodeMetrics(url: string): Promise<NodeMetrics> {
  const { body } = await request(`${url}/metrics`, { signal: AbortSignal.timeout(SCRAPE_MS_MAX) });
  const lines = (await body.text()).matchAll(LINE);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

/** Throws where the node has no such metric. */
export function metricOf(metrics: NodeMetrics, name: string): number {
  const value = metrics.get(name);
  if (value === undefined) throw new Error(`a node has no metric ${name}`);
  return value;
}

/** Of several nodes together. */
export async function sumOfMetric(urls: readonly string[], name: string): Promise<number> {
  const all = await Promise.all(urls.map(nodeMetrics));
  return all.reduce((sum, metrics) => sum + metricOf(metrics, name), 0);
}

/** Of several nodes together, of all series of that name that have the label. */
export async function sumOfSeries(
  urls: readonly string[],
  name: string,
  label: string,
): Promise<number> {
  const all = await Promise.all(urls.map(nodeMetrics));
  const values = all.flatMap((metrics) =>
    [...metrics].flatMap(([series, value]) =>
      series.startsWith(`${name}{`) && series.includes(label) ? [value] : [],
    ),
  );
  return values.reduce((sum, value) => sum + value, 0);
}
