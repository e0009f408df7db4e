/** The panel of the ring over real nodes: partitions, nodes, and a join watched to its end. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { RingDocument } from '../../src/client/cluster-documents.ts';
import { hashRangeOf } from '../../src/dashboard/ring/hash-range.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

const PARTITIONS = 8;
/** A megabyte in each partition: it goes in several pieces. */
const VALUE = 'x'.repeat(32_768);
const KEYS = 256;
/** So slow that a quarter of the places takes some seconds. */
const JOIN_BYTES_PER_SECOND = 600_000;
const JOIN_MS_MAX = 60_000;

describe.skipIf(chromiumPath === undefined)(`the ring${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: PARTITIONS });
    // Replicas are compared by bucket.
    await cluster.client('n1').putBucket('moved');
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
  });

  /** Opened at an address of the panel, with the ring drawn. */
  async function openRing(hash = '') {
    const watched = await openPage(browser);
    await watched.page.goto(`${cluster.node('n1').url}/ui${hash}`);
    await slider(watched.page).waitFor();
    return watched;
  }

  const slider = (page: Page) => page.getByRole('slider', { name: 'Partition' });
  const detail = (page: Page) => page.getByRole('region', { name: 'Detail' });
  const moves = (page: Page) => page.getByRole('region', { name: 'Moves' });
  const hashOf = (page: Page) => new URL(page.url()).hash;

  async function replicasOf(partition: number): Promise<readonly string[]> {
    const answer = await fetch(`${cluster.node('n1').url}/cluster/ring`);
    const { partitions } = (await answer.json()) as RingDocument;
    return partitions[partition]?.replicas ?? [];
  }

  test('lights up the replicas of the partition under the pointer, and keeps it when clicked', async () => {
    const { page, complaints } = await openRing();
    await page.getByText('8 partitions, 3 replicas each, on 3 nodes').waitFor();
    const box = await slider(page).boundingBox();
    if (box === null) throw new Error('the ring has no place on the page');
    // Just right of the top is partition 0, just left of it the last one.
    const above = { y: box.y + 8 };
    await page.mouse.move(box.x + box.width / 2 + 12, above.y);
    await detail(page).getByText(hashRangeOf(0, PARTITIONS).first).waitFor();
    await page.mouse.move(box.x + box.width / 2 - 12, above.y);
    const { first, last } = hashRangeOf(PARTITIONS - 1, PARTITIONS);
    await detail(page).getByText(`${first} to ${last}`).waitFor();
    const names = await detail(page).locator('.replicas a').allTextContents();
    expect(names).toEqual(await replicasOf(PARTITIONS - 1));
    expect(await page.locator('.focus .tie').count()).toBe(3);

    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => hashOf(page)).toBe('#/ring?partition=7');
    await page.mouse.move(0, 0);
    await detail(page).getByText(first).waitFor();
    await detail(page)
      .getByText(/n1 and n[23]/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('is walked along with the arrow keys', async () => {
    const { page, complaints } = await openRing('#/ring?partition=4');
    await slider(page).focus();
    const value = () => slider(page).getAttribute('aria-valuenow');
    for (const [key, partition] of [
      ['ArrowRight', 5],
      ['Home', 0],
      ['ArrowLeft', PARTITIONS - 1],
      ['ArrowRight', 0],
      ['End', PARTITIONS - 1],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(value).toBe(String(partition));
      expect(hashOf(page)).toBe(`#/ring?partition=${partition}`);
    }
    expect(await slider(page).getAttribute('aria-valuetext')).toBe(
      `partition 7, kept by ${(await replicasOf(7)).join(', ')}`,
    );
    await page.keyboard.press('Escape');
    await expect.poll(() => hashOf(page)).toBe('#/ring');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('lights up what a node keeps, chosen in the table or by its address', async () => {
    const { page, complaints } = await openRing();
    const row = page.getByRole('row', { name: /^n2/ });
    await row.getByRole('link', { name: 'n2' }).click();
    await detail(page).getByText(`It keeps ${PARTITIONS} partitions`).waitFor();
    expect(hashOf(page)).toBe('#/ring?node=n2');
    expect(await page.locator('.node-focus').count()).toBe(1);
    await page.reload();
    await detail(page).getByText(`It keeps ${PARTITIONS} partitions`).waitFor();
    await page.getByRole('link', { name: /^Node n2/ }).click();
    await expect.poll(() => page.locator('.node-focus').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('watches a node join to the end, and another one fall silent', async () => {
    const client = cluster.client('n1');
    for (let i = 0; i < KEYS; i++) await client.put('moved', `key ${i}`, VALUE, { w: 'all' });
    await client.setTransferRate(JOIN_BYTES_PER_SECOND);
    const { page, complaints } = await openRing();
    await moves(page).getByText('Every partition is where it belongs').waitFor();

    await cluster.join();
    await moves(page).getByText('on their way').waitFor();
    await page.locator('.stream.flows').first().waitFor({ state: 'attached' });
    await moves(page)
      .getByText(/n\d → n4/)
      .first()
      .waitFor();
    await moves(page)
      .getByText(/\d+ % · \d+ of \d+ keys, .* left/)
      .first()
      .waitFor();
    await moves(page)
      .getByText(/About .* to go, \d+ s at this rate/)
      .waitFor();
    await client.setTransferRate(null);

    await moves(page)
      .getByText('Every partition is where it belongs')
      .waitFor({ timeout: JOIN_MS_MAX });
    await page.getByText('8 partitions, 3 replicas each, on 4 nodes').waitFor();
    expect(await page.locator('.hub').count()).toBe(4);
    expect(await page.locator('.stream').count()).toBe(0);
    await page.locator('.hub[data-node=n4]').click();
    await detail(page).getByText('It keeps 6 partitions').waitFor();

    // What gossip says and what the metadata group says are two things then.
    await cluster.node('n3').kill();
    const row = page.locator('tr[data-node=n3]');
    await row.getByText(/suspect|dead/).waitFor();
    expect(await row.innerText()).toContain('member');
    await page.getByRole('cell', { name: /n3: .*still a member/ }).waitFor();
    await cluster.node('n3').start();
    await row.getByText('alive').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  }, 120_000);

  test('says when its node is gone, and goes on when it is back', async () => {
    const { page } = await openRing();
    await cluster.node('n1').kill();
    const alert = page.getByRole('alert');
    await alert.getByText('n1 does not answer').waitFor();
    await cluster.node('n1').start();
    await waitFor('the page to hear of it', 20_000, async () => (await alert.count()) === 0);
    await page.close();
  });
});
