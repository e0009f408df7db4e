import { expect, it } from 'vitest';
import type { NodeRates } from '../../../../src/cli/top/node-rates.ts';
import { topText } from '../../../../src/cli/top/top-text.ts';

const RATES: NodeRates = {
  gets: 1_234.4,
  puts: 3.25,
  others: 0,
  errors: 0.5,
  p50Ms: 0.42,
  p99Ms: 87.3,
  hints: 12,
  transfers: 1,
};

it('shows a node a line, and what they do together', () => {
  const document = {
    clusterId: '0123456789abcdef',
    epoch: 7,
    leader: 'n1',
    nodes: [
      { node: 'n1', state: 'ready', role: 'leader', rates: RATES },
      { node: 'n2', state: 'not ready', role: 'voter', rates: { ...RATES, p99Ms: 2_500 } },
      { node: 'n3', state: 'dead', role: 'voter', rates: null },
      { node: 'n4', state: 'ready', role: null, rates: null },
    ],
  } as const;
  expect(topText(document)).toBe(`\
cluster 0123456789abcdef, epoch 7, led by n1; 3 of 4 nodes answer

node   state       role     get/s   put/s   other/s   error/s   p50      p99     hints   transfers
n1     ready       leader   1,234   3.3     0         0.5       0.4 ms   87 ms   12      1
n2     not ready   voter    1,234   3.3     0         0.5       0.4 ms   2.5 s   12      1
n3     dead        voter    -       -       -         -         -        -       -       -
n4     ready       -        -       -       -         -         -        -       -       -
all                         2,469   6.5     0         1.0                        24      2`);
});

it('shows a cluster that forms', () => {
  const quiet = { ...RATES, gets: 0, puts: 0, errors: 0, p50Ms: null, p99Ms: null };
  const nodes = [{ node: 'n1', state: 'not ready', role: null, rates: quiet }] as const;
  const text = topText({ clusterId: 'c', epoch: null, leader: null, nodes });
  expect(text).toMatch(/^cluster c, the ring is not drawn yet, no leader known; 1 of 1 nodes/);
  expect(text).toMatch(/\nn1 +not ready +- +0 +0 +0 +0 +- +- +12 +1$/);
});
