/** The charts over a real cluster: what is done shows, who is away leaves a gap, and a hidden page asks for nothing. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import type { ActivityDocument } from '../../src/kernel/activity.ts';
import { anActivity } from '../unit/kernel/an-activity.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

const ACTIVITY = '**/cluster/activity';

/** A page that is seen asks so often. */
const EVERY_MS = 1_000;

const poll = <Seen>(look: () => Seen | Promise<Seen>) => expect.poll(look, { timeout: 15_000 });

describe.skipIf(chromiumPath === undefined)(`the charts${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 8 });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
  });

  beforeEach(async () => {
    ({ page, complaints } = await openPage(browser));
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  async function open(query = ''): Promise<void> {
    await page.goto(`${cluster.node('n1').url}/ui#/charts${query}`);
    await page.getByRole('region', { name: 'Requests' }).waitFor();
  }

  function chooser() {
    return page.getByRole('combobox', { name: 'Nodes' });
  }

  /** What the legend says of a line. */
  function figure(chart: string, line: string) {
    return page
      .getByRole('region', { name: chart })
      .getByRole('listitem')
      .filter({ hasText: line })
      .locator('.figure');
  }

  test('what is done shows as it is done, of all nodes and of one', async () => {
    await open();
    const requests = page.getByRole('region', { name: 'Requests' });
    await requests.getByText('No client has asked for anything.').waitFor();
    const client = cluster.client('n2');
    let goesOn = true;
    const load = (async () => {
      for (let i = 0; goesOn; i++) {
        await client.put('carts', `k${i}`, 'milk');
        await client.get('carts', 'nobody');
      }
    })();
    // Whoever waits for it is told; until then it may have failed.
    load.catch(() => {});
    await poll(() => figure('Requests', 'puts').textContent()).not.toMatch(/^(–|0\/s)$/);
    await poll(() => figure('Latency of puts', 'p99').textContent()).toMatch(/ms$/);
    await poll(() => figure('Errors', 'not_found').textContent()).toMatch(/^[\d.]+\/s$/);
    await poll(() => figure('Siblings after puts', 'most').textContent()).not.toBe('–');
    expect(await requests.getByText('No client has asked for anything.').count()).toBe(0);

    await chooser().selectOption('n3');
    expect(page.url()).toContain('#/charts?node=n3');
    await requests.getByText('No client has asked for anything.').waitFor();
    await chooser().selectOption('n2');
    await poll(() => figure('Requests', 'puts').textContent()).not.toMatch(/^(–|0\/s)$/);
    goesOn = false;
    await load;

    await page.getByText('The same as a table').click();
    const row = page.getByRole('row', { name: 'Requests puts' });
    await poll(() => row.getByRole('cell').last().textContent()).toMatch(/^[1-9].*\/s$/);
  });

  test('the pointer shows its moment in all charts, and so does the slider of a pause', async () => {
    await open();
    const said = page.locator('.controls p');
    await poll(() => said.textContent()).toBe('Five minutes, second by second.');
    const plot = page.locator('.u-over').first();
    await poll(() => figure('Requests', 'gets').textContent()).toBe('0/s');
    const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {};
    await plot.hover({ position: { x: width - 2, y: height / 2 }, force: true });
    await poll(() => said.textContent()).toMatch(/^At \d\d:\d\d:\d\d\.$/);
    const places = () =>
      page.locator('.u-cursor-x').evaluateAll((all) => all.map((one) => one.style.transform));
    expect(new Set(await places()).size).toBe(1);
    expect(await places()).toHaveLength(9);
    await page.mouse.move(1, 1);
    await poll(() => said.textContent()).toBe('Five minutes, second by second.');

    await page.getByRole('button', { name: 'Pause' }).click();
    const slider = page.getByRole('slider', { name: 'Moment' });
    const last = await slider.getAttribute('aria-valuetext');
    await slider.press('ArrowLeft');
    await poll(() => slider.getAttribute('aria-valuetext')).not.toBe(last);
    await page.getByRole('button', { name: 'Go on' }).click();
    await poll(() => said.textContent()).toBe('Five minutes, second by second.');
  });

  test('a node that stands still is named, and leaves a gap and no zeros', async () => {
    await open('?node=n3');
    await poll(() => figure('Requests', 'gets').textContent()).toBe('0/s');
    cluster.node('n3').pause();
    try {
      await page.getByRole('status').filter({ hasText: 'n3 does not answer.' }).waitFor();
      await poll(() => figure('Requests', 'gets').textContent()).toBe('–');
      await chooser().selectOption('');
      await page.getByText('n3 does not answer. The charts are of the others.').waitFor();
      await poll(() => figure('Requests', 'gets').textContent()).toBe('0/s');
    } finally {
      cluster.node('n3').resume();
    }
    await page.getByText('n3 does not answer.').waitFor({ state: 'detached' });
  });

  test('a page that is hidden asks for nothing, and goes on when it is seen', async () => {
    let asked = 0;
    let askedAt = 0;
    await page.route(ACTIVITY, (route) => {
      asked++;
      askedAt = performance.now();
      return route.continue();
    });
    await open();
    await poll(() => asked).toBeGreaterThan(1);
    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await hide(true);
    await poll(() => performance.now() - askedAt).toBeGreaterThan(3 * EVERY_MS);
    const before = asked;
    await hide(false);
    await poll(() => asked).toBeGreaterThan(before + 1);
  });

  test('fifty nodes are drawn, and what they are called is text', async () => {
    let upMs = 0;
    await page.route(ACTIVITY, (route) => {
      upMs += 1_000;
      const names = [...Array.from({ length: 49 }, (_, i) => `n${i + 1}`), '<img src=x onerror=y>'];
      const nodes = names.map((node) => {
        const problems = { '<b>odd</b>': upMs };
        const activity = anActivity({ upMs, problems });
        return { node, state: 'answered', tookMs: 1, activity } as const;
      });
      return route.fulfill({ json: { node: 'n1', nodes } satisfies ActivityDocument });
    });
    await open();
    await poll(() => figure('Errors', '<b>odd</b>').textContent()).toBe('50,000/s');
    expect(await chooser().getByRole('option').count()).toBe(51);
    expect(await page.locator('.charts img, .charts b').count()).toBe(0);
    await chooser().selectOption('<img src=x onerror=y>');
    await poll(() => figure('Errors', '<b>odd</b>').textContent()).toBe('1,000/s');
  });
});
