import { expect, test } from 'vitest';
import { price } from '../../../bench/lab/price/price.ts';
import { refuted, runTiny } from './smoke.ts';

test('E9: whoever waits for others waits for the network', async () => {
  const findings = await runTiny(price);
  expect(refuted(findings)).toEqual([]);
  const rows = findings.tables[0]?.rows ?? [];
  expect(rows.map(([, , mode]) => mode)).toEqual([
    'quorate R=W=1',
    'quorate sloppy',
    'quorate strict',
    'quorate paxos',
    'quorate raft',
  ]);
  expect(rows.map((row) => row.at(-1))).toEqual(['0', '0', '0', '0', '0']);
}, 60_000);
