/** The key explorer over a real cluster: what nodes hold, requests, siblings resolved, hostile keys. */

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

const startOptions = ['--enable-faults', '--compare-every', 'never'];

describe.skipIf(chromiumPath === undefined)(`the key explorer${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 8, startOptions });
    browser = await launchBrowser();
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
    await cluster.faults.heal();
    await cluster.waitUntilConnected();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
  });

  async function open(hash = '#/key'): Promise<void> {
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${cluster.node('n1').url}/ui${hash}`);
  }

  const region = (name: string | RegExp): Locator => page.getByRole('region', { name });
  const form = (): Locator => page.getByRole('form', { name: 'Ask for it' });
  const answer = (): Locator => region(/^(Get|Put|Delete) of/);
  const holdings = (): Locator => region('What each node holds');

  async function choose(what: 'Get' | 'Put' | 'Delete'): Promise<void> {
    await form().getByRole('radio', { name: what }).check();
  }

  async function act(what: 'Get' | 'Put' | 'Delete'): Promise<void> {
    await choose(what);
    await form().getByRole('button', { name: what }).click();
    await form().getByText('asking the nodes').waitFor({ state: 'detached' });
  }

  async function put(value: string, contentType = 'text/plain'): Promise<void> {
    await choose('Put');
    await form().getByLabel('Value').fill(value);
    await form().getByLabel('Content type').fill(contentType);
    await act('Put');
    await answer().getByText('204 done').waitFor();
  }

  test('puts and gets, shows where the key lives and what each node was asked', async () => {
    await open();
    await page.getByLabel('Bucket').fill('carts');
    await page.getByLabel('Key', { exact: true }).fill('a/b ü');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('There is no such bucket yet').waitFor();

    await put('milk');
    await holdings().getByText('all replicas agree').waitFor();
    await expect.poll(() => holdings().getByRole('article').count()).toBe(3);
    await expect.poll(() => holdings().getByText('milk', { exact: true }).count()).toBe(3);
    await region('Where it lives').getByRole('link', { name: 'show on the ring' }).waitFor();
    await region('Causal history')
      .getByRole('img', { name: /write 1, its value is there/ })
      .waitFor();

    await form().getByRole('combobox', { name: 'R', exact: true }).selectOption('all');
    await act('Get');
    await answer().getByText('200 one value').waitFor();
    await answer().getByText('3 needed; counted: ').waitFor();
    expect(await answer().locator('pre').innerText()).toBe('milk');
    const trace = region('What the nodes were asked');
    await expect.poll(() => trace.getByRole('row').count()).toBe(3);
    await trace.getByText('read · same').first().waitFor();

    const past = region('Requests of this page');
    expect(await past.getByRole('row').count()).toBe(3);
    await past.getByRole('button', { name: 'PUT' }).click();
    await trace.getByText('store · ok').first().waitFor();

    await act('Delete');
    await answer().getByText('204 done').waitFor();
    await act('Get');
    await answer().getByText('404 nothing there').waitFor();
    await holdings().getByText('deleted').first().waitFor();
  });

  test('the sliders and the choices are what is sent', async () => {
    await open('#/key?bucket=carts&key=levels');
    await put('v');
    const slider = form().getByRole('slider', { name: 'R as a number' });
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await form().getByText('R + W = 4 > N = 3').waitFor();
    await form().getByRole('checkbox', { name: 'sloppy' }).uncheck();
    await act('Get');
    await region('Requests of this page').getByText('r=2&sloppy=false').waitFor();

    await form().getByLabel('Session').selectOption('ryw');
    await act('Put');
    const token = form().locator('code');
    await token.waitFor();
    await act('Get');
    await region('Requests of this page').getByText('session=ryw').first().waitFor();
    await form().getByRole('button', { name: 'Drop it' }).click();
    await token.waitFor({ state: 'detached' });
  });

  test('two puts without a context make siblings, and the page resolves them', async () => {
    await open('#/key?bucket=carts&key=siblings');
    const replaces = form().getByRole('checkbox', { name: 'replace what this page saw' });
    await put('["milk","bread"]', 'application/json');
    expect(await replaces.isEnabled()).toBe(true);
    await replaces.uncheck();
    await put('["bread","tea"]', 'application/json');
    await holdings().getByText('2 siblings').waitFor();

    await page.getByRole('button', { name: 'Read them all' }).click();
    const resolve = region('Resolve 2 siblings');
    await resolve.getByRole('button', { name: 'Union of JSON arrays' }).click();
    const merged = resolve.getByLabel('In their place');
    expect(JSON.parse(await merged.inputValue()).sort()).toEqual(['bread', 'milk', 'tea']);
    await merged.fill('["all"]');
    await resolve.getByRole('button', { name: 'Put this in place of all 2' }).click();
    await resolve.waitFor({ state: 'detached' });
    await expect.poll(() => holdings().getByText('["all"]').count()).toBe(3);
    const found = await cluster.client('n2').get('carts', 'siblings', { r: 'all' });
    expect(found.values.map(({ value }) => Buffer.from(value).toString())).toEqual(['["all"]']);
    expect(found.values[0]?.contentType).toBe('application/json');
    await region('Causal history').getByText('had been seen, and was replaced').waitFor();

    await replaces.uncheck();
    await put('mine');
    await page.getByRole('button', { name: 'Read them all' }).click();
    const item = region('Resolve 2 siblings').getByRole('listitem').filter({ hasText: 'mine' });
    await item.getByRole('button', { name: 'Keep this one' }).click();
    await expect.poll(() => holdings().getByText('mine', { exact: true }).count()).toBe(3);
  });

  test('a sibling that came after the read stays, and is not lost by resolving', async () => {
    await cluster.client('n1').put('carts', 'late', 'one', { w: 'all' });
    const kept = { w: 'all', meta: { by: 'Zoe' }, ttl: '10m' } as const;
    await cluster.client('n2').put('carts', 'late', 'two', kept);
    await open('#/key?bucket=carts&key=late');
    await page.getByRole('button', { name: 'Read them all' }).click();
    const resolve = region('Resolve 2 siblings');
    await resolve.waitFor();
    await cluster.client('n3').put('carts', 'late', 'three', { w: 'all' });
    await resolve.getByText('Nodes hold 1 more than this read showed').waitFor();
    const choice = resolve.getByRole('listitem').filter({ hasText: 'two' });
    await choice.getByRole('button', { name: 'Keep this one' }).click();
    await page.getByRole('heading', { name: '2 siblings' }).waitFor();
    const found = await cluster.client('n1').get('carts', 'late', { r: 'all' });
    const values = found.values.map(({ value }) => Buffer.from(value).toString());
    expect(values.sort()).toEqual(['three', 'two']);
    const two = found.values.find(({ meta }) => meta.by === 'Zoe');
    expect(Date.parse(two?.expiresAt ?? '') - Date.now()).toBeGreaterThan(500_000);
  });

  test('a node that is behind is marked, and so is one that is silent', async () => {
    const client = cluster.client('n1');
    const { context } = await client.put('carts', 'behind', 'old', { w: 'all' });
    await cluster.faults.partition('n3', ['n1', 'n2']);
    for (const node of ['n1', 'n2']) await cluster.waitUntilReachable(node, 'n3', false);
    await client.put('carts', 'behind', 'new', { w: 2, sloppy: false, context });
    await open('#/key?bucket=carts&key=behind');
    const third = holdings().getByRole('article', { name: 'n3' });
    await third.getByText('silent', { exact: true }).waitFor();
    await holdings().getByText('n3 did not tell').waitFor();
    await cluster.faults.heal();
    await third.getByText('behind', { exact: true }).waitFor();
    await third.getByText('replaced elsewhere').waitFor();
    await third.getByText('lacks the value').waitFor();
    await region('Causal history').getByText('was replaced by this').waitFor();
  });

  test('keys of other modes have versions, and conditions on them', async () => {
    for (const mode of ['paxos', 'raft'] as const) {
      await cluster.client('n1').putBucket(`of-${mode}`, { mode });
      await open(`#/key?bucket=of-${mode}&key=a`);
      await holdings().waitFor();
      await put('1');
      await act('Get');
      await answer().getByText('200 one value').waitFor();
      await choose('Put');
      await form().getByLabel('Condition').selectOption('if-none-match');
      await act('Put');
      await answer().getByText('412 condition_failed').waitFor();
      await act('Get');
      await choose('Put');
      await form().getByLabel('Condition').selectOption('if-match');
      await put('2');
      await expect
        .poll(() => holdings().getByText('2', { exact: true }).count())
        .toBeGreaterThan(1);
      if (mode === 'paxos') await holdings().getByText('chosen').first().waitFor();
      if (mode === 'raft') await holdings().getByText('Log applied to').first().waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    }
    await open();
  });

  test('hostile keys and values are shown and do no harm', async () => {
    const evil = '<img src=x onerror="window.harmed=1">';
    const harmed = () => page.evaluate(() => (globalThis as { harmed?: unknown }).harmed);
    await open();
    await page.getByLabel('Bucket').fill('hostile');
    await page.getByLabel('Key', { exact: true }).fill(`${evil}/../%00`);
    await page.getByRole('button', { name: 'Show' }).click();
    await put(`${evil}\u202egnp.exe\u0000`);
    const shown = holdings().locator('pre').first();
    await expect.poll(() => shown.innerText()).toBe(`${evil}\\u{202e}gnp.exe\\u{0}`);
    const { values } = await cluster.client('n2').get('hostile', `${evil}/../%00`);
    expect(values).toHaveLength(1);
    await act('Get');
    await answer().getByText('200 one value').waitFor();

    await page.getByLabel('written as').selectOption('escapes');
    await page.getByLabel('Key', { exact: true }).fill('%00%FF%zz');
    await page.getByText('A percent sign is followed by').waitFor();
    await page.getByLabel('Key', { exact: true }).fill('%00%FF%E2%80%AE');
    await page.getByRole('button', { name: 'Show' }).click();
    const key = Uint8Array.of(0, 0xff, 0xe2, 0x80, 0xae);
    await cluster.client('n1').put('hostile', key, 'x'.repeat(1_000_000), { contentType: evil });
    await holdings().getByText('1,000,000 bytes in all').first().waitFor();
    await cluster.client('n1').put('hostile', key, Uint8Array.of(255, 0, 254), { w: 'all' });
    await holdings().getByText('ff 00 fe').first().waitFor();
    await holdings().getByText('not text: 3 bytes').first().waitFor();
    await page.reload();
    await holdings().getByText('ff 00 fe').first().waitFor();
    await act('Get');
    await answer().getByText('300 2 siblings').waitFor();

    await page.getByLabel('Key', { exact: true }).fill('..');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('alert').filter({ hasText: 'Browsers cannot ask' }).waitFor();
    expect(await harmed()).toBeUndefined();
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('on a narrow page nothing sticks out', async () => {
    await cluster.client('n1').put('carts', 'narrow', 'x'.repeat(300), { w: 'all' });
    await open('#/key?bucket=carts&key=narrow');
    await page.setViewportSize({ width: 390, height: 844 });
    await act('Get');
    await answer().getByText('200 one value').waitFor();
    const sizes = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(sizes[0]).toBe(sizes[1]);
  });
});
