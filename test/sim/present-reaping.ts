/** One cluster that reaps fast, for each test of reaping, and how the tests ask it. */

import { afterEach, expect } from 'vitest';
import type { TestCluster } from './harness.ts';
import { ROUNDS_MS, startReaping } from './reaping-cluster.ts';

export const KEY = 'k';

/** Of the present test. */
export let cluster: TestCluster;

export async function start(...parameters: Parameters<typeof startReaping>): Promise<void> {
  cluster = await startReaping(...parameters);
}

/** No node may have met a fault of the program, whatever the test was about. */
export function expectNoFaults(): void {
  afterEach(() => {
    cluster.simulation.onTrace = undefined;
    expect(cluster.fatalErrors).toEqual([]);
  });
}

export const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));

export const remove = (...parameters: Parameters<TestCluster['delete']>) =>
  cluster.complete(cluster.delete(...parameters));

export const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));

export const rounds = (count = 1) => cluster.simulation.advance(count * ROUNDS_MS);
