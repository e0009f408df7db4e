/**
 * What a viewer of the dashboard costs the nodes: the processor time that they use while a real
 * browser shows a panel, less what they use while nobody looks. Both take turns, so that a
 * machine which slows down meanwhile slows down both.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, type Outcome, runBenchmark } from '../benchmark.ts';
import { count, print } from '../command-line.ts';
import { cpuTimeMs } from '../throughput/cpu-time.ts';
import { chromiumPath, launchBrowser } from './chromium.ts';

/** A cluster that was just started compares its replicas, and its code is not compiled yet. */
const WARMING_MS = 20_000;

/** For a page that was just opened. */
const LOADING_MS = 3_000;

interface DashboardOptions extends BenchmarkOptions {
  readonly nodes: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly panel: string;
}

interface Use {
  /** Of one processor, by the node that serves the page. */
  readonly asked: number;
  /** By each other node. */
  readonly others: number;
  /** Of the page, a second: a browser that is short of time asks less. */
  readonly requests: number;
}

export function addDashboardCommand(program: Command): void {
  program
    .command('dashboard')
    .description('what a viewer of the dashboard costs the nodes; needs Chromium')
    .option('--nodes <n>', 'of the cluster', count, 3)
    .option('--panel <name>', 'that is looked at', 'charts')
    .option('--seconds <n>', 'with a viewer, and as many without', count, 30)
    .option('--rounds <n>', 'of both', count, 3)
    .option('--data <dir>', 'for the data of the nodes', 'bench/out')
    .option('--out <file>', 'the figures as JSON', 'bench/out/dashboard.json')
    .action(runDashboard);
}

async function runDashboard(options: DashboardOptions): Promise<void> {
  if (chromiumPath === undefined) throw new Error('there is no Chromium: set CHROMIUM to its path');
  await runBenchmark('dashboard', options, async (dataDirectory) => {
    const cluster = await startCluster({ nodes: options.nodes, dataDirectory });
    try {
      return await measure(cluster, options);
    } finally {
      await cluster.close();
    }
  });
}

async function measure(cluster: LocalCluster, options: DashboardOptions): Promise<Outcome> {
  const { panel, rounds, seconds } = options;
  const browser = await launchBrowser();
  const unseen: Use[] = [];
  const seen: Use[] = [];
  try {
    await sleep(WARMING_MS);
    for (let round = 1; round <= rounds; round++) {
      unseen.push(await useOf(cluster, seconds));
      seen.push(await useWhileSeen(cluster, browser, options));
      print(`round ${round}: ${lineOf('nobody', unseen)}; ${lineOf('one viewer', seen)}`);
    }
  } finally {
    await browser.close();
  }
  const without = meanOf(unseen);
  const withOne = meanOf(seen);
  const cost = { asked: withOne.asked - without.asked, others: withOne.others - without.others };
  const requests = withOne.requests.toFixed(1);
  return {
    lines: [
      `${panel}, ${seconds} s, ${rounds} times, shares of a core`,
      `nobody looks: ${text(without)}`,
      `one viewer:   ${text(withOne)}`,
      `a viewer costs ${text(cost)}, by ${requests} requests a second`,
    ],
    report: { unseen, seen, cost },
  };
}

async function useWhileSeen(
  cluster: LocalCluster,
  browser: Browser,
  { panel, seconds }: DashboardOptions,
): Promise<Use> {
  const page = await browser.newPage();
  try {
    await page.goto(`${cluster.urls[0]}/ui#/${panel}`);
    await page.locator(`main[data-panel="${panel}"]`).waitFor();
    await sleep(LOADING_MS);
    let requests = 0;
    page.on('request', () => requests++);
    const use = await useOf(cluster, seconds);
    return { ...use, requests: requests / seconds };
  } finally {
    await page.close();
  }
}

async function useOf({ nodes }: LocalCluster, seconds: number): Promise<Use> {
  const pids = nodes.map(({ pid }) => pid);
  const used = () => pids.map((pid) => cpuTimeMs([pid]));
  const [before, startedAt] = [used(), performance.now()];
  await sleep(seconds * 1_000);
  const passedMs = performance.now() - startedAt;
  const [asked = 0, ...others] = used().map((ms, i) => (ms - (before[i] ?? 0)) / passedMs);
  const sum = others.reduce((all, one) => all + one, 0);
  return { asked, others: others.length === 0 ? 0 : sum / others.length, requests: 0 };
}

function meanOf(uses: readonly Use[]): Use {
  const mean = (of: (use: Use) => number) =>
    uses.reduce((all, use) => all + of(use), 0) / uses.length;
  return {
    asked: mean(({ asked }) => asked),
    others: mean(({ others }) => others),
    requests: mean(({ requests }) => requests),
  };
}

function lineOf(who: string, uses: readonly Use[]): string {
  const last = uses.at(-1);
  return `${who} ${last === undefined ? '' : text(last)}`;
}

function text({ asked, others }: Pick<Use, 'asked' | 'others'>): string {
  return `${percent(asked)} on the node that is asked, ${percent(others)} on each other one`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
