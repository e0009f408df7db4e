/** A real node that is asked for more than it takes on: everybody is answered, and it recovers. */

import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../cluster/wait-for.ts';
import { createBucket, testCluster, valuesOf } from './harness.ts';

/** One batch carries so many operations out at a time. */
const OPERATIONS = 64;
const BATCHES = 36;
/** As long as a batch may take, and the disk may be held up: nothing ends before it is let go. */
const HELD_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly retryAfter: unknown;
  readonly text: string;
}

async function ask(
  url: string,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  sent?: string,
): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, { method, body: sent ?? null });
  return { status: statusCode, retryAfter: headers['retry-after'], text: await body.text() };
}

function resultsOf({ text }: Answer): readonly { readonly status: number }[] {
  return JSON.parse(text).results;
}

describe('a node with more requests than it takes', () => {
  it('answers each kind of them, 503 beyond the bound, and serves again when they are over', async () => {
    const cluster = await testCluster({ startOptions: ['--enable-faults'] });
    const { url } = cluster.node('n1');
    await cluster.client('n1').put('flood', 'k', 'before', { w: 'all' });
    await createBucket(url, 'precious', { mode: 'raft' });
    // Writes at w=all wait for one disk, as long as it is held up; nobody seems to be down.
    await cluster.faults.slowDisk('n3', HELD_MS);

    const flood = Array.from({ length: BATCHES }, (_, batch) => {
      const operations = Array.from({ length: OPERATIONS }, (__, i) => {
        return { op: 'put', bucket: 'flood', key: `${batch}/${i}`, value: 'x', w: 'all' };
      });
      return ask(`${url}/batch?timeout=${HELD_MS}`, 'POST', JSON.stringify({ operations }));
    });
    await waitFor('the flood to have come in', HELD_MS / 2, async () => {
      const { text } = await ask(`${url}/metrics`, 'GET');
      return /requests_refused_total\{cause="data"\} [1-9]/.test(text);
    });

    const data = [
      ask(`${url}/kv/flood/k?r=1`, 'GET'),
      ask(`${url}/kv/flood/k`, 'PUT', 'x'),
      ask(`${url}/kv/flood/k`, 'DELETE'),
      ask(`${url}/kv/flood`, 'POST', 'x'),
      ask(`${url}/kv/precious/k`, 'PUT', 'x'),
      ask(`${url}/kv/precious/k`, 'GET'),
    ];
    for (const { status, retryAfter, text } of await Promise.all(data)) {
      expect(status).toBe(503);
      expect(retryAfter).toMatch(/^[1-9]\d*$/);
      expect(JSON.parse(text)).toMatchObject({ code: 'overloaded', definite: true, retry: true });
    }
    // What is not data has room of its own, and says what it has to say.
    expect((await ask(`${url}/kv/flood?r=1`, 'GET')).status).toBe(200);
    expect((await ask(`${url}/cluster`, 'GET')).status).toBe(200);

    await cluster.faults.heal();
    const results = (await Promise.all(flood)).flatMap(resultsOf);
    expect(results).toHaveLength(OPERATIONS * BATCHES);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([204, 503]));

    const { context } = await cluster.client('n1').get('flood', 'k');
    await cluster.client('n1').put('flood', 'k', 'after', { w: 'all', context });
    expect(valuesOf(await cluster.client('n2').get('flood', 'k'))).toEqual(['after']);
    const { text } = await ask(`${url}/metrics`, 'GET');
    expect(text).toContain('requests_in_flight{class="data"} 0');
  });
});
