/** The playground over a real cluster: a partition made, watched and healed; a pause; a replay. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

const EXAMPLE = new URL('../../src/dashboard/playground/example.history.jsonl', import.meta.url);

describe.skipIf(chromiumPath === undefined)(`the playground${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 8, startOptions: ['--enable-faults'] });
    browser = await launchBrowser();
  });

  afterEach(() => cluster.faults.heal());

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
  });

  async function openPlayground(options = {}) {
    const opened = await openPage(browser, options);
    await opened.page.goto(`${cluster.node('n1').url}/ui#/playground`);
    await opened.page.getByRole('button', { name: /^n3, with n1 and n2/ }).waitFor();
    return opened;
  }

  /** What readers at a node met so far. */
  async function readsAt(page: Page, node: string) {
    const cells = await page.locator(`[data-tally=${node}] td`).allTextContents();
    const [fresh = 0, stale = 0, refused = 0] = cells.map(Number.parseFloat);
    return { fresh, stale, refused };
  }

  const seen = (page: Page, text: string) =>
    page.getByRole('region', { name: 'What you see' }).getByText(text);

  test('a node that is dragged over the line goes stale at R=1, and catches up when healed', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByRole('button', { name: 'Start' }).click();
    await seen(page, 'Readers at n1, n2 and n3 see every acknowledged write.').waitFor();

    const box = await page.locator('[data-node=n3]').boundingBox();
    if (box === null) throw new Error('n3 is not on the drawing');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y - 20, { steps: 5 });
    await page.mouse.up();
    await page.getByRole('button', { name: /^n3, alone/ }).waitFor();
    expect(await cluster.client('n3').faults()).toEqual({
      links: { n1: { cut: true }, n2: { cut: true } },
    });
    expect(await cluster.client('n1').faults()).toEqual({ links: { n3: { cut: true } } });
    await seen(page, 'n1 and n2 are 2 of 3: a majority.').waitFor();
    await seen(page, 'the AP side of CAP').waitFor();
    await expect.poll(async () => (await readsAt(page, 'n3')).stale).toBeGreaterThan(3);
    expect((await readsAt(page, 'n1')).stale).toBe(0);

    await page.getByRole('button', { name: 'Heal all' }).click();
    await seen(page, 'All links are whole').waitFor();
    await seen(page, 'Readers at n1, n2 and n3 see every acknowledged write.').waitFor();
    expect(await cluster.client('n3').faults()).toEqual({ links: {} });

    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Remove the playground’s 6 buckets' }).click();
    await expect
      .poll(async () => (await cluster.client('n2').buckets()).map(({ name }) => name))
      .toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a node that the keyboard moved over is refused strict quorums, and served again', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByLabel('Consistency').selectOption('strict');
    await page.getByRole('button', { name: 'Start' }).click();
    await seen(page, 'Readers at n1, n2 and n3 see every acknowledged write.').waitFor();
    await page.locator('[data-node=n2]').focus();
    await page.keyboard.press('ArrowRight');
    await seen(page, 'the CP side of CAP').waitFor();
    await page.getByLabel('Writer at').selectOption('n2');
    await seen(page, 'they have certainly not happened').waitFor();
    expect((await readsAt(page, 'n2')).stale).toBe(0);
    await page.locator('[data-node=n2]').focus();
    await page.keyboard.press('ArrowLeft');
    await seen(page, 'Writes at n2 are acknowledged.').waitFor();
    await seen(page, 'Readers at n1, n2 and n3 see every acknowledged write.').waitFor();
    const { stale, fresh } = await readsAt(page, 'n2');
    expect({ stale, isServed: fresh > 0 }).toEqual({ stale: 0, isServed: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a link is cut one way, slowed and mended; a node pauses; its disk is slow', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByRole('button', { name: 'Link n1 – n2: whole' }).press('Enter');
    const link = page.getByRole('region', { name: 'Link n1 – n2' });
    await link.getByRole('button', { name: 'n1 → n2 cut' }).click();
    await seen(page, 'What n1 sends to n2 is lost').waitFor();
    await link.getByRole('button', { name: 'whole', exact: true }).click();
    await link.getByLabel('Delay').fill('120');
    await link.getByRole('button', { name: 'Set' }).click();
    await seen(page, 'take 120 ms longer each way').waitFor();
    await link.getByLabel('Loss').selectOption('0.05');
    await seen(page, '5 % of the messages').waitFor();
    expect((await cluster.client('n2').faults()).links).toEqual({
      n1: { delay: { distribution: 'constant', ms: 120 }, loss: 0.05 },
    });
    await link.getByRole('button', { name: 'Mend' }).click();
    await page.getByRole('button', { name: 'Link n1 – n2: whole' }).waitFor();

    await page.locator('[data-node=n3]').press('Enter');
    const node = page.getByRole('region', { name: 'Node n3' });
    await node.getByLabel('Disk').selectOption('50');
    await seen(page, 'The disk of n3 is slow').waitFor();
    await node.getByRole('button', { name: 'Pause 5 s' }).click();
    await seen(page, 'n3 stands still').waitFor();
    await seen(page, 'n3 stands still').waitFor({ state: 'detached' });
    await page.locator('[data-node=n1]').press('Enter');
    const own = page.getByRole('region', { name: 'Node n1' });
    expect(await own.getByRole('button', { name: 'Pause 5 s' }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a recorded history is opened, packed or not, and played again', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByRole('link', { name: 'Replay' }).click();
    await page.getByRole('button', { name: 'Open an example' }).click();
    const player = page.getByRole('region', { name: 'an example' });
    await player.getByText('102 operations').waitFor();
    const bytes = gzipSync(readFileSync(EXAMPLE));
    const packed = { name: 'sloppy.history.jsonl.gz', mimeType: 'application/gzip', buffer: bytes };
    await page.getByLabel('File').setInputFiles(packed);
    const replayed = page.getByRole('region', { name: 'sloppy.history.jsonl.gz' });
    await replayed.getByText('102 operations').waitFor();
    const whole = await readsAt(page, 'n4');
    expect(whole).toEqual({ fresh: 11, stale: 6, refused: 0 });
    await replayed.getByRole('slider', { name: 'Time' }).fill('1000');
    await replayed.getByText('partition n1 n4 | n2 n3 n5').waitFor();
    expect((await readsAt(page, 'n4')).fresh).toBeLessThan(11);
    await replayed.getByLabel('Speed').selectOption('20');
    await replayed.getByRole('button', { name: 'Play' }).click();
    await expect.poll(() => readsAt(page, 'n4')).toEqual(whole);
    await replayed.getByRole('button', { name: 'Play' }).waitFor();
    await replayed.getByRole('img').press('ArrowLeft');
    await replayed.getByText(/^n\d: read round-/).waitFor();

    const hostile = `{"history":1,"name":"<img src=x onerror=alert(1)>"}\nnot json`;
    const wrong = { name: 'x.jsonl', mimeType: 'text/plain', buffer: Buffer.from(hostile) };
    await page.getByLabel('File').setInputFiles(wrong);
    await page.getByRole('alert').filter({ hasText: 'line 2: "not json" is not JSON' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a cluster that takes no faults says how to get one that does', async () => {
    const other = await startCluster({ nodes: 1, partitions: 8 });
    try {
      const { page, complaints } = await openPage(browser);
      await page.goto(`${other.node('n1').url}/ui#/playground`);
      await page.getByText('quorate dev --enable-faults').waitFor();
      await page.getByRole('link', { name: 'replayed' }).click();
      await page.getByRole('button', { name: 'Open an example' }).waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    } finally {
      await other.kill();
    }
  });
});
