/** Runs of experiments into their folders: what is left behind, and what is done again. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Experiment, Findings } from '../../../../bench/lab/experiment.ts';
import { describeLab, type LabOptions } from '../../../../bench/lab/lab-command.ts';
import { LEVEL_NAMES, levelsText } from '../../../../bench/lab/levels.ts';
import { readRuns } from '../../../../bench/lab/run-folder.ts';
import { listing, runLab } from '../../../../bench/lab/run-lab.ts';
import type { History } from '../../../../src/checkers/history.ts';
import { UsageError } from '../../../../src/cli/exit.ts';
import { CHARTS } from './charts.ts';

const operation = { process: 0, key: 'k', outcome: 'ok' } as const;
const STALE: History = {
  operations: [
    { ...operation, op: 'write', value: 'a', invoke: 0, complete: 1 },
    { ...operation, op: 'write', value: 'b', invoke: 2, complete: 3 },
    { ...operation, op: 'read', output: { value: 'a' }, invoke: 4, complete: 5 },
  ],
  facts: {},
  faults: [],
};

const FINDINGS: Findings = {
  summary: 'It was so.',
  claims: [{ text: 'It holds', holds: true, evidence: '1 of 1' }],
  setUp: [],
  faults: [],
  charts: CHARTS.slice(0, 1),
  tables: [],
  histories: [{ name: 'stale', history: STALE, checks: ['linearizable'], expected: 'violation' }],
  figures: { one: 1 },
};

let out: string;
let told: string;
let exitCode: typeof process.exitCode;
const ran: string[] = [];

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'quorate-lab-test-'));
  exitCode = process.exitCode;
  told = '';
  ran.length = 0;
});

afterEach(async () => {
  process.exitCode = exitCode;
  await rm(out, { recursive: true, force: true });
});

function experiment(id: string, over: Partial<Experiment> = {}): Experiment {
  return {
    id,
    title: `Title of ${id}`,
    question: `What of ${id}?`,
    hypothesis: 'It is so.',
    nodes: 3,
    run: async ({ seed, nodes, ...lab }) => {
      const levels = levelsText(lab);
      ran.push(`${id} seed ${seed} nodes ${nodes}${levels === '' ? '' : ` ${levels}`}`);
      return FINDINGS;
    },
    ...over,
  };
}

async function lab(
  ids: readonly string[],
  experiments: readonly Experiment[],
  options: Partial<Pick<LabOptions, 'seed' | 'nodes' | 'again' | 'n' | 'r' | 'w'>> = {},
): Promise<typeof process.exitCode> {
  process.exitCode = undefined;
  const output = {
    write: (text: string) => {
      told += text;
    },
  };
  const all = { seed: 7, scale: 'tiny', out, ...options } as const;
  await runLab(ids, all, { version: '0.1.0', experiments, output });
  return process.exitCode;
}

describe('a run', () => {
  it('leaves a folder with everything, and is in the page of all runs', async () => {
    expect(await lab(['e3'], [experiment('E3')])).toBeUndefined();
    expect((await readdir(out)).sort()).toEqual(['E3-tiny-3-nodes-seed-7', 'index.html']);
    const folder = join(out, 'E3-tiny-3-nodes-seed-7');
    expect((await readdir(folder)).sort()).toEqual([
      'freshness.svg',
      'report.html',
      'results.json',
      'stale.history.jsonl.gz',
      'stale.timeline.html',
    ]);
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'));
    expect(results).toMatchObject({ experiment: 'E3', seed: 7, nodes: 3, figures: { one: 1 } });
    expect(results.histories).toMatchObject([{ verdict: 'violation', operations: 3 }]);
    const history = gunzipSync(await readFile(join(folder, 'stale.history.jsonl.gz'))).toString();
    expect(history).toContain('"op":"read"');
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('srcdoc="&lt;!doctype');
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain(
      'E3-tiny-3-nodes-seed-7/report.html',
    );
  });

  it('is not repeated where it is complete, unless it is asked for', async () => {
    const experiments = [experiment('E3')];
    await lab(['E3'], experiments);
    await lab(['E3'], experiments);
    expect(ran).toHaveLength(1);
    expect(told).toContain('there already');
    await lab(['E3'], experiments, { again: true });
    await lab(['E3'], experiments, { seed: 8 });
    expect(ran).toEqual(['E3 seed 7 nodes 3', 'E3 seed 7 nodes 3', 'E3 seed 8 nodes 3']);
    expect(await readRuns(out)).toHaveLength(2);
  });

  it('is begun anew where it had not come to its end', async () => {
    const experiments = [experiment('E3')];
    await lab(['E3'], experiments);
    const folder = join(out, 'E3-tiny-3-nodes-seed-7');
    await rm(join(folder, 'results.json'));
    await writeFile(join(folder, 'left-over'), '');
    expect(await readRuns(out)).toEqual([]);
    await lab(['E3'], experiments);
    expect(ran).toHaveLength(2);
    expect(await readdir(folder)).not.toContain('left-over');
  });

  it('ends with 1 where theory is contradicted, also if it was long ago', async () => {
    const claims = [{ text: 'It holds', holds: false, evidence: '0 of 1' }];
    const experiments = [experiment('E3', { run: async () => ({ ...FINDINGS, claims }) })];
    expect(await lab(['E3'], experiments)).toBe(1);
    expect(await lab(['E3'], experiments)).toBe(1);
  });

  it('ends with 1 where a checker did not see what was broken', async () => {
    const histories = [
      {
        ...(FINDINGS.histories[0] as Findings['histories'][number]),
        history: { ...STALE, operations: STALE.operations.slice(0, 2) },
      },
    ];
    const blind = experiment('E3', { run: async () => ({ ...FINDINGS, histories }) });
    expect(await lab(['E3'], [blind])).toBe(1);
  });

  it('gives nodes to none that runs in the simulator', async () => {
    await lab(['E1'], [experiment('E1', { nodes: 0 })], { nodes: 5 });
    expect(ran).toEqual(['E1 seed 7 nodes 0']);
  });
});

describe('N, R and W', () => {
  const E3 = experiment('E3', { takes: LEVEL_NAMES });
  const E1 = experiment('E1', { takes: ['n'] });

  it('are told to the experiment, and are part of what run it is', async () => {
    await lab(['E3'], [E3]);
    await lab(['E3'], [E3], { n: 3, r: 1, w: 1 });
    await lab(['E3'], [E3], { n: 3, r: 1, w: 1 });
    expect(ran).toEqual(['E3 seed 7 nodes 3', 'E3 seed 7 nodes 3 N=3, R=1, W=1']);
    const folder = join(out, 'E3-tiny-3-nodes-n-3-r-1-w-1-seed-7');
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'));
    expect(results).toMatchObject({ n: 3, r: 1, w: 1 });
    const report = await readFile(join(folder, 'report.html'), 'utf8');
    expect(report).toContain('quorate lab E3 --scale tiny --seed 7 --nodes 3 --n 3 --r 1 --w 1');
    expect(report).toContain('3 nodes · N=3, R=1, W=1 · scale tiny');
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('N=3, R=1, W=1');
  });

  it('are completed where some are given, as far as the experiment takes them', async () => {
    await lab(['E3'], [E3], { r: 1 });
    await lab(['E1'], [E1], { n: 2 });
    expect(ran).toEqual(['E3 seed 7 nodes 3 N=3, R=1, W=2', 'E1 seed 7 nodes 3 N=2']);
  });

  it('bring as many nodes as there are replicas', async () => {
    await lab(['E3'], [E3], { n: 5 });
    expect(ran).toEqual(['E3 seed 7 nodes 5 N=5, R=3, W=3']);
    const few = lab(['E3'], [E3], { n: 5, nodes: 4 });
    await expect(few).rejects.toThrow(new UsageError('--n 5 takes 5 nodes: --nodes 4 are too few'));
  });

  it('are refused where they mean nothing, and where there are fewer replicas', async () => {
    const all = [E1, experiment('E2'), E3];
    await expect(lab(['all'], all, { r: 1 })).rejects.toThrow(
      new UsageError('--r is not for E1, E2; those that take it: E3'),
    );
    await expect(lab(['E2'], all, { n: 3 })).rejects.toThrow(
      new UsageError('--n is not for E2; those that take it: E1, E3'),
    );
    await expect(lab(['E3'], all, { w: 4 })).rejects.toThrow(
      new UsageError('--w 4 is above the 3 replicas of a key'),
    );
    expect(ran).toEqual([]);
    expect(await readdir(out)).toEqual([]);
  });
});

describe('several', () => {
  it('go on after one that could not be carried out, and tell of it at the end', async () => {
    const failing = experiment('E2', { run: () => Promise.reject(new Error('no port is free')) });
    expect(await lab(['all'], [experiment('E1'), failing, experiment('E3')])).toBe(1);
    expect(ran).toEqual(['E1 seed 7 nodes 3', 'E3 seed 7 nodes 3']);
    expect(told).toMatch(/E2 +NO +could not be carried out: no port is free\n/);
    expect(told).toContain('E3 (3 of 3): Title of E3');
    expect(await readRuns(out)).toHaveLength(2);
  });

  it('are run once each, in the order in which they are named', async () => {
    const experiments = [experiment('E1'), experiment('E2')];
    await lab(['E2', 'E1', 'E2', 'all'], experiments);
    expect(ran).toEqual(['E2 seed 7 nodes 3', 'E1 seed 7 nodes 3']);
  });

  it('end with 130 where they are interrupted; the rest goes on the next time', async () => {
    const interrupted = experiment('E2', {
      run: ({ signal }) => {
        queueMicrotask(() => process.emit('SIGINT'));
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    const before = process.listenerCount('SIGINT');
    expect(await lab(['all'], [experiment('E1'), interrupted, experiment('E3')])).toBe(130);
    expect(ran).toEqual(['E1 seed 7 nodes 3']);
    expect(told).toMatch(/E2 +NO +interrupted/);
    expect(process.listenerCount('SIGINT')).toBe(before);
    await lab(['all'], [experiment('E1'), experiment('E2'), experiment('E3')]);
    expect(ran.slice(1)).toEqual(['E2 seed 7 nodes 3', 'E3 seed 7 nodes 3']);
  });
});

describe('the command line', () => {
  it('names what there is where something else is asked for', async () => {
    const asked = lab(['E99'], [experiment('E1'), experiment('ap-vs-cp')]);
    await expect(asked).rejects.toThrow(
      new UsageError('there is no experiment "E99": there are E1, ap-vs-cp, all'),
    );
    expect(await readdir(out)).toEqual([]);
  });

  it('lists what there is', () => {
    expect(listing([experiment('E1'), experiment('ap-vs-cp')], 'quorate lab')).toBe(
      'experiment   what it asks\nE1           What of E1?\nap-vs-cp     What of ap-vs-cp?\n\nRun some of them, or all: quorate lab E1',
    );
  });

  it.each([
    ['--seed', '-1'],
    ['--seed', 'x'],
    ['--seed', ''],
    ['--nodes', '0'],
    ['--nodes', '10'],
    ['--n', '0'],
    ['--r', '10'],
    ['--w', 'all'],
    ['--duration', '5'],
    ['--duration', '0s'],
    ['--scale', 'huge'],
  ])('refuses %s %s', async (option, value) => {
    const command = describeLab(new Command('lab'), '0.1.0')
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await expect(command.parseAsync([option, value], { from: 'user' })).rejects.toThrow(option);
  });
});
