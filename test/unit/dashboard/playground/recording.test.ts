/** Recorded histories, from a file to what is drawn. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { History } from '../../../../src/checkers/history.ts';
import { encodeHistory } from '../../../../src/checkers/history-codec.ts';
import { recordingOf } from '../../../../src/dashboard/playground/recording.ts';
import { historyIn } from '../../../../src/dashboard/playground/replay-file.ts';
import { tallyOf } from '../../../../src/dashboard/playground/tally.ts';

const HISTORY: History = {
  facts: { experiment: 'E3', seed: 1, mode: 'sloppy', checks: ['losses'] },
  operations: [
    {
      process: 0,
      at: 'n10',
      key: 'k',
      op: 'write',
      value: 1,
      invoke: 5,
      complete: 9,
      outcome: 'ok',
    },
    {
      ...{ process: 1, at: 'n2', key: 'k', op: 'read', invoke: 10, complete: 12 },
      ...{ outcome: 'ok', output: { value: null } },
    },
    {
      ...{ process: 2, key: 'k', op: 'write', value: 2, invoke: 6, complete: null },
      outcome: 'unknown',
    },
  ],
  faults: [{ fault: 'partition n2 | n10', from: 2, until: 40, nodes: ['n2', 'n10'] }],
};

describe('a file', () => {
  it.each([
    ['as it is', (text: string) => new Blob([text])],
    ['compressed, as the laboratory keeps it', (text: string) => new Blob([gzipSync(text)])],
  ])('is read %s', async (_, fileOf) => {
    expect(await historyIn(fileOf(encodeHistory(HISTORY)))).toEqual(HISTORY);
  });

  it('says what is wrong with it', async () => {
    const told = (content: string | Uint8Array<ArrayBuffer>) =>
      historyIn(new Blob([content])).catch((e: Error) => e.message);
    expect(await told('{"results": []}')).toMatch(/^this is no recorded history: line 1: /);
    expect(await told('<html>')).toContain('NAME.history.jsonl.gz');
    expect(await told(new Uint8Array(gzipSync('x'.repeat(10_000)).subarray(0, 30)))).toBe(
      'the file is damaged: it cannot be unpacked',
    );
  });

  it('is not unpacked without end', async () => {
    const bomb = new Blob([gzipSync(Buffer.alloc(101 * 1024 * 1024))]);
    await expect(historyIn(bomb)).rejects.toThrow('more than 100 MiB');
  });
});

describe('a recording', () => {
  it('has a lane for each node, all of its time, and operations as they ended', () => {
    const { lanes, span, judged, title } = recordingOf(HISTORY);
    expect(lanes).toEqual(['n2', 'n10', 'somewhere']);
    expect(span).toEqual({ from: 2, until: 40 });
    expect(judged.map(({ verdict }) => verdict)).toEqual(['acknowledged', 'stale', 'unknown']);
    expect(title).toBe('experiment E3 · seed 1 · mode sloppy');
  });

  it('of a store that is linearizable lets a write in doubt come late', () => {
    const [write, read, doubtful] = HISTORY.operations;
    if (!write || !read || !doubtful) throw new Error('there are three');
    const later = { ...read, output: { value: 2 }, invoke: 30, complete: 31 } as typeof read;
    const again = { ...write, value: 3, invoke: 20, complete: 21 } as typeof write;
    const operations = [write, doubtful, again, later];
    const verdictOf = (checks: string[]) =>
      recordingOf({ facts: { checks }, operations, faults: [] }).judged.find(
        ({ operation }) => operation.op === 'read',
      )?.verdict;
    expect(verdictOf(['losses'])).toBe('stale');
    expect(verdictOf(['linearizable'])).toBe('fresh');
  });
});

it('the example that comes with the page shows what it is there for', async () => {
  const path = new URL(
    '../../../../src/dashboard/playground/example.history.jsonl',
    import.meta.url,
  );
  const { judged, lanes, faults } = recordingOf(await historyIn(new Blob([readFileSync(path)])));
  const tallies = tallyOf(judged, lanes);
  expect(lanes).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  expect(faults.map(({ fault }) => fault)).toEqual(['partition n1 n4 | n2 n3 n5']);
  const stale = (node: string) => tallies.find((tally) => tally.node === node)?.reads.stale ?? 0;
  expect(stale('n1') + stale('n4')).toBeGreaterThan(stale('n2') + stale('n3') + stale('n5'));
  expect(tallies.some(({ writes }) => writes.unknown > 0)).toBe(true);
});
