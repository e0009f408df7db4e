/** Lines of an export on their way, and what is told of them by their numbers. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/cli/exit.ts';
import { ImportReport } from '../../../src/cli/import-report.ts';
import { type ImportClient, ImportRun } from '../../../src/cli/import-run.ts';
import type { BatchResult } from '../../../src/client/batch-result.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { TransportError } from '../../../src/kernel/errors.ts';

type Operation = Readonly<Record<string, unknown>>;

const timeout = new TransportError('timeout', 'no answer');

let report: ImportReport;
/** What becomes of the put of a key; undefined: it is done. */
let onPut: (key: string) => BatchResult | undefined;
let onBatch: (call: number) => void;
let calls: number;
let stored: Map<string, string>;

beforeEach(() => {
  report = new ImportReport();
  onPut = () => undefined;
  onBatch = () => {};
  calls = 0;
  stored = new Map();
});

function answerTo({ op, key, valueBase64 }: Operation): BatchResult {
  const name = String(key);
  const value = stored.get(name);
  if (op === 'get') {
    if (value === undefined) return { status: 404 };
    return { status: 200, siblings: [{ valueBase64: value, contentType: 'text/plain' }] };
  }
  const refusal = onPut(name);
  if (refusal !== undefined) return refusal;
  stored.set(name, String(valueBase64));
  return { status: 204 };
}

const client: ImportClient = {
  bucket: async (name) => ({ name, mode: 'dynamo', conflict: 'siblings' }),
  putBucket: async (name) => ({ bucket: { name, mode: 'dynamo' }, created: true }),
  batch: async (operations) => {
    onBatch(calls++);
    return (operations as readonly Operation[]).map(answerTo);
  },
};

function lineOf(key: string): string {
  const value = { value: `of ${key}`, contentType: 'text/plain' };
  return JSON.stringify({ bucket: 'carts', key, values: [value] });
}

function run(lines: readonly string[], patienceMs = 0): Promise<void> {
  const options = { bucket: undefined, fromLine: 1, overwrite: false, patienceMs };
  const input = async function* () {
    yield utf8(lines.map((line) => `${line}\n`).join(''));
  };
  return new ImportRun(client, options, report).run(input());
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `k${i + 1}`);
const doubt = { code: 'write_quorum_not_met', detail: 'd', definite: false, retry: true };

describe('an import', () => {
  it('tells the lines that are unknown, bad or in conflict, all of them', async () => {
    stored.set('k3', 'dGhlaXJz');
    onPut = (key) => (/^k[5-7]$/.test(key) ? { status: 503, problem: doubt } : undefined);
    const lines = names(8).map(lineOf);
    lines[0] = 'no line';
    await run(lines);
    expect(report.document()).toMatchObject({
      ...{ lines: 8, imported: 3, conflict: 1, bad: 1, unknown: 3, goOnFrom: null },
      lineNumbers: { conflict: [[3, 3]], bad: [[1, 1]], unknown: [[5, 7]] },
    });
    expect(report.exitCode).toBe(EXIT.undecided);
    expect(report.text()).toMatch(/unknown +3 +imported or not: import them again: lines 5-7/);
    expect(report.text()).toMatch(/conflict +1 +left as they are: line 3/);
  });

  it('names every one of many', async () => {
    onPut = (key) => (Number(key.slice(1)) % 2 === 0 ? { status: 503, problem: doubt } : undefined);
    await run(names(500).map(lineOf));
    expect(report.tally).toMatchObject({ imported: 250, unknown: 250 });
    expect(report.tally.problems.length).toBe(100);
    expect(report.rangesOf('unknown').length).toBe(250);
  });

  it('that a node ends tells what it did, what is unknown, and from where it goes on', async () => {
    // A look and a put for each 200 keys: the second put gets no answer.
    onBatch = (call) => {
      if (call === 3) throw timeout;
    };
    await expect(run(names(450).map(lineOf))).rejects.toBe(timeout);
    expect(report.tally).toMatchObject({ imported: 200, unknown: 200, goOnFrom: 401 });
    expect(report.rangesOf('unknown')).toEqual([[201, 400]]);
    expect(report.exitCode).toBe(EXIT.undecided);
  });

  it('that ends before a put is no success, and goes on with the first that was not tried', async () => {
    onBatch = (call) => {
      if (call === 2) throw timeout;
    };
    await expect(run(names(300).map(lineOf))).rejects.toBe(timeout);
    expect(report.tally).toMatchObject({ imported: 200, unknown: 0, bad: 0, goOnFrom: 201 });
    expect(report.exitCode).toBe(EXIT.failed);
  });
});
