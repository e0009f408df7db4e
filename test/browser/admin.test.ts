/** The admin panel over a real cluster: buckets, the review of a plan, and what a role forbids. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { changeTokens, newToken } from '../../src/adapters/tokens-file.ts';
import type { Role } from '../../src/kernel/grant.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

describe.skipIf(chromiumPath === undefined)(`the admin panel${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let directory: string;
  let cluster: LocalCluster;
  const tokens = new Map<Role, string>();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quorate-dashboard-'));
    const tokensFile = join(directory, 'tokens.json');
    const secretFile = join(directory, 'secret');
    await writeFile(secretFile, 'known to these nodes alone\n', { mode: 0o600 });
    for (const role of ['read', 'admin'] as const) {
      const { token, stored } = newToken({ name: role, role, prefixes: [] }, new Date());
      changeTokens(tokensFile, (before) => [...before, stored]);
      tokens.set(role, token);
    }
    cluster = await startCluster({
      nodes: 3,
      partitions: 8,
      access: { token: tokens.get('admin') },
      startOptions: ['--tokens-file', tokensFile, '--secret-file', secretFile],
    });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
    await rm(directory, { recursive: true, force: true });
  });

  async function openAs(role: Role): Promise<{ page: Page; complaints: readonly string[] }> {
    const opened = await openPage(browser);
    await opened.page.goto(`${cluster.node('n1').url}/ui#/admin`);
    await opened.page.getByLabel('Token').fill(tokens.get(role) ?? '');
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
    await opened.page.getByRole('heading', { name: 'Buckets', exact: true }).waitFor();
    return opened;
  }

  test('makes, changes and deletes a bucket', async () => {
    const { page, complaints } = await openAs('admin');
    const buckets = page.getByRole('region', { name: 'Buckets' });
    await buckets.getByLabel('Name').fill('carts');
    await buckets.getByLabel('TTL').fill('soon');
    await buckets.getByRole('button', { name: 'Make' }).click();
    await buckets.getByRole('alert').filter({ hasText: '"ttl" must be' }).waitFor();
    await buckets.getByLabel('TTL').fill('7d');
    await buckets.getByRole('button', { name: 'Make' }).click();
    const row = buckets.getByRole('row', { name: 'carts' });
    await row.waitFor();

    await row.getByRole('button', { name: 'change' }).click();
    await buckets.getByLabel('Conflicts').selectOption('lww');
    await buckets.getByRole('button', { name: 'Change', exact: true }).click();
    await row.filter({ hasText: 'lww' }).waitFor();

    await row.getByRole('button', { name: 'delete' }).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Delete' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('carts');
    await confirm.click();
    await row.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a plan is reviewed, not committed once somebody else has changed it, then committed', async () => {
    const { page, complaints } = await openAs('admin');
    const members = page.getByRole('region', { name: 'Members' });
    const changes = page.getByRole('region', { name: 'Changes of the ring' });
    await members.getByRole('row', { name: 'n3' }).getByRole('button', { name: 'zone' }).click();
    await changes.getByRole('textbox', { name: 'Zone' }).fill('<b>c</b>');
    await changes.getByRole('button', { name: 'Stage' }).click();
    await changes.getByRole('alert').filter({ hasText: '"zone" must be' }).waitFor();
    await changes.getByRole('textbox', { name: 'Zone' }).fill('c');
    await changes.getByRole('button', { name: 'Stage' }).click();
    await changes.getByText('n3 is in zone c').first().waitFor();
    await changes.getByRole('columnheader', { name: 'Places now and then' }).waitFor();

    await changes.getByRole('button', { name: 'Commit' }).click();
    await cluster.client('n2').stageRingChange({ change: 'zone', node: 'n2', zone: 'b' });
    await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click();
    await changes.getByRole('alert').filter({ hasText: 'changed meanwhile' }).waitFor();

    await changes.getByText('n2 is in zone b').first().waitFor();
    await changes.getByRole('button', { name: 'Commit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click();
    await changes.getByText('Nothing is staged.').waitFor();
    await members.getByRole('row', { name: 'n3' }).filter({ hasText: 'c' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('what the role of a token does not allow is refused, and said', async () => {
    const { page, complaints } = await openAs('read');
    const buckets = page.getByRole('region', { name: 'Buckets' });
    await buckets.getByLabel('Name').fill('forbidden');
    await buckets.getByRole('button', { name: 'Make' }).click();
    await buckets.getByRole('alert').filter({ hasText: 'this needs role admin' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
