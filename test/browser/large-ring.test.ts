/** The panel of the ring with documents of a cluster that is larger than one machine can run. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import type { ClusterStatus } from '../../src/client/cluster-documents.ts';
import {
  simulatedCluster,
  simulatedGroup,
  simulatedMove,
  simulatedRing,
  simulatedTransfers,
} from '../unit/dashboard/ring/simulated.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

const NODES = 50;
const DRAWING_MS_MAX = 50;
const POLLS = 12;
const WIDE = { width: 1_440, height: 900 };
const NARROW = { width: 390, height: 844 };

/** What the page has, in which functions run that it is given: tests are checked without it. */
interface Place {
  readonly x: number;
  readonly y: number;
}
interface TextElement {
  readonly textContent: string;
  getNumberOfChars(): number;
  getStartPositionOfChar(at: number): Place;
  getEndPositionOfChar(at: number): Place;
  getScreenCTM(): object | null;
}
declare const document: {
  readonly body: { readonly dataset: Record<string, string> };
  readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number };
  querySelector(selector: string): object | null;
  querySelectorAll(selector: string): Iterable<TextElement>;
};
declare const getComputedStyle: (element: unknown) => { readonly animationName: string };
declare const DOMPoint: new (x: number, y: number) => { matrixTransform(matrix: object): Place };
declare const MutationObserver: new (
  tell: (changes: readonly unknown[]) => void,
) => { observe(element: object, what: Readonly<Record<string, boolean>>): void };

type Documents = Readonly<Record<string, () => unknown>>;

describe.skipIf(chromiumPath === undefined)(`a large ring${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, partitions: 8 });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
  });

  interface Opened {
    readonly page: Page;
    readonly complaints: readonly string[];
    /** Documents that were asked for. */
    readonly asked: readonly string[];
  }

  async function open(documents: Documents, viewport = WIDE): Promise<Opened> {
    const { page, complaints } = await openPage(browser, { viewport, reducedMotion: 'reduce' });
    const asked: string[] = [];
    await page.route('**/cluster**', async (route) => {
      const path = new URL(route.request().url()).pathname;
      asked.push(path);
      const document = documents[path];
      if (document === undefined) return route.continue();
      return route.fulfill({ json: document() });
    });
    await page.goto(`${cluster.node('n1').url}/ui`);
    return { page, complaints, asked };
  }

  /** Every answer says something else than the one before, as that of a live cluster does. */
  function documentsOf(partitions: number, changes: Documents = {}): Documents {
    let count = 0;
    const changing = ({ members, ...cluster }: ClusterStatus) => {
      count++;
      const clock = { offsetMs: count % 7, errorMs: 1 };
      return { ...cluster, members: members.map((member) => ({ ...member, clock })) };
    };
    return {
      '/cluster': () => changing(simulatedCluster(NODES, partitions)),
      '/cluster/ring': () => simulatedRing(NODES, partitions),
      '/cluster/raft': () => simulatedGroup({ commitIndex: 120 + count }),
      '/cluster/transfers': () => simulatedTransfers([]),
      '/cluster/plan': () => ({ staged: [], plan: null, movesLeft: null, notes: [] }),
      ...changes,
    };
  }

  test.each([
    [128, WIDE],
    [1_024, WIDE],
    [128, NARROW],
    [1_024, NARROW],
  ])('of %d partitions in %o has no labels that stand on each other', async (count, viewport) => {
    const { page, complaints } = await open(documentsOf(count), viewport);
    await page.locator('.ring-drawing').waitFor();
    expect(await page.locator('.hub').count()).toBe(NODES);
    expect(await collisions(page)).toEqual([]);
    expect(await sidewaysOverflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  /** Of the page’s own thread, for each document that comes. */
  async function busyMsEach({ page, asked }: Opened): Promise<number> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busyMs = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
    };
    const [busyBefore, askedBefore] = [await busyMs(), asked.length];
    await expect
      .poll(() => asked.length - askedBefore, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(POLLS);
    return ((await busyMs()) - busyBefore) / (asked.length - askedBefore);
  }

  test.each([128, 1_024])(
    'of %d partitions is drawn once, and its polls cost little',
    async (partitions) => {
      const opened = await open(documentsOf(partitions));
      const { page, complaints, asked } = opened;
      await page.locator('.ring-drawing').waitFor();
      await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(6);
      await watchArcs(page);
      const askedBefore = asked.length;
      expect(await busyMsEach(opened)).toBeLessThan(DRAWING_MS_MAX);
      expect(await page.evaluate(() => document.body.dataset.arcsDrawn)).toBe('0');
      expect(asked.slice(askedBefore)).not.toContain('/cluster/ring');
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('of 1,024 partitions that changes all the time can be followed', async () => {
    let epoch = 40;
    const opened = await open(
      documentsOf(1_024, {
        '/cluster': () => simulatedCluster(NODES, 1_024, ++epoch),
        '/cluster/ring': () => simulatedRing(NODES, 1_024, epoch),
      }),
    );
    await opened.page.locator('.ring-drawing').waitFor();
    expect(await busyMsEach(opened)).toBeLessThan(DRAWING_MS_MAX);
    await opened.page.getByText(`epoch ${epoch}`).waitFor();
    await opened.page.close();
  });

  test('shows moves without motion to who wants none', async () => {
    const moves = [
      simulatedMove({ partition: 3, from: ['n1', 'n2'], to: ['n1', 'n9'] }),
      simulatedMove({ partition: 4, stage: 'prepare', waits: 'n12 does not answer' }),
    ];
    const transfers = () => simulatedTransfers(moves, { movesLeft: 7 });
    const { page } = await open(documentsOf(128, { '/cluster/transfers': transfers }));
    await page.locator('.stream.flows').waitFor({ state: 'attached' });
    const names = await page
      .locator('.stream-line, .moving-mark')
      .evaluateAll((found) => found.map((one) => getComputedStyle(one).animationName));
    expect(new Set(names)).toEqual(new Set(['none']));
    await page.getByText('2 on their way, 7 to begin').waitFor();
    await page.getByText('25 % · 250 of 1,000 keys, 250.0 KiB').waitFor();
    await page.getByText('waits: n12 does not answer').waitFor();
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    const animation = page.locator('.flows .stream-line').first();
    expect(await animation.evaluate((one) => getComputedStyle(one).animationName)).not.toBe('none');
    await page.close();
  });

  test('that is not drawn yet says for how many nodes it waits', async () => {
    const forming = { ...simulatedCluster(2, 8), epoch: null, ready: false, expectedNodes: 3 };
    const { page } = await open({ ...documentsOf(128), '/cluster': () => forming });
    await page.getByRole('alert').getByText('so it waits for 1 more node').waitFor();
    expect(await page.locator('.ring-drawing').count()).toBe(0);
    await page.getByRole('row', { name: /^n2/ }).waitFor();
    await page.close();
  });

  test('without a leader says so', async () => {
    const without = { ...simulatedCluster(NODES, 128), leader: null };
    const { page } = await open(
      documentsOf(128, {
        '/cluster': () => without,
        '/cluster/raft': () => simulatedGroup({ leader: null, role: 'candidate' }),
      }),
    );
    await page.getByRole('alert').getByText('No leader of the metadata group').waitFor();
    await page.getByText('No leader that n1 knows of').waitFor();
    await page.locator('.ring-drawing').waitFor();
    await page.close();
  });
});

/** Pairs of texts of which some letters are nearer than letters of one text may be. */
function collisions(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const APART_PX = 7;
    const texts = [...document.querySelectorAll('.ring-drawing .ring-label')];
    const letters = texts.map((text) => {
      const matrix = text.getScreenCTM();
      if (matrix === null) return [];
      return Array.from({ length: text.getNumberOfChars() }, (_, i) => {
        const [start, end] = [text.getStartPositionOfChar(i), text.getEndPositionOfChar(i)];
        const middle = new DOMPoint((start.x + end.x) / 2, (start.y + end.y) / 2);
        return middle.matrixTransform(matrix);
      });
    });
    return texts.flatMap((text, i) =>
      texts.slice(i + 1).flatMap((other, j) => {
        const isNear = letters[i]?.some((a) =>
          letters[i + 1 + j]?.some((b) => Math.hypot(a.x - b.x, a.y - b.y) < APART_PX),
        );
        return isNear ? [`${text.textContent} and ${other.textContent}`] : [];
      }),
    );
  });
}

function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** Counts what changes in the arcs from now on. */
function watchArcs(page: Page): Promise<void> {
  return page.evaluate(() => {
    const arcs = document.querySelector('.arcs');
    if (arcs === null) throw new Error('there are no arcs');
    document.body.dataset.arcsDrawn = '0';
    new MutationObserver((changes) => {
      const count = Number(document.body.dataset.arcsDrawn) + changes.length;
      document.body.dataset.arcsDrawn = String(count);
    }).observe(arcs, { subtree: true, childList: true, attributes: true });
  });
}
