/** What is around the panels: the policy, navigation, the theme, and the token. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { changeTokens, newToken } from '../../src/adapters/tokens-file.ts';
import { chromiumPath, launchBrowser, openPage, WITHOUT_CHROMIUM } from './browser.ts';

describe.skipIf(chromiumPath === undefined)(`the dashboard${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let directory: string;
  let cluster: LocalCluster;
  let token: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quorate-dashboard-'));
    const tokensFile = join(directory, 'tokens.json');
    const secretFile = join(directory, 'secret');
    await writeFile(secretFile, 'known to these nodes alone\n', { mode: 0o600 });
    const made = newToken({ name: 'viewer', role: 'read', prefixes: [] }, new Date());
    token = made.token;
    changeTokens(tokensFile, () => [made.stored]);
    cluster = await startCluster({
      nodes: 1,
      partitions: 8,
      access: { token },
      startOptions: ['--tokens-file', tokensFile, '--secret-file', secretFile],
    });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.kill();
    await rm(directory, { recursive: true, force: true });
  });

  test('asks for a token, keeps it for its tab, and forgets it', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${cluster.node('n1').url}/ui`);
    const field = page.getByLabel('Token');
    await field.fill('mistaken');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'unknown to this node' }).waitFor();

    await field.fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('1 of 1 nodes reachable from n1').waitFor();
    expect(page.url()).not.toContain(token);
    await page.reload();
    await page.getByText('1 of 1 nodes reachable from n1').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await field.waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('loads nothing from elsewhere, runs nothing that stands in it, and cannot be framed', async () => {
    const { page, complaints } = await openPage(browser);
    const answer = await page.goto(`${cluster.node('n1').url}/ui`);
    const policy = (await answer?.headerValue('content-security-policy')) ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await answer?.text()).not.toMatch(/<style|<script(?![^>]* src=)| on\w+=| style=/i);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('its colours follow the system or its reader', async () => {
    const { page, complaints } = await openPage(browser, { colorScheme: 'dark' });
    await page.goto(`${cluster.node('n1').url}/ui`);
    const theme = () => page.locator('html').getAttribute('data-theme');
    await expect.poll(theme).toBe('dark');
    await page.getByLabel('Colours').selectOption('light');
    expect(await theme()).toBe('light');
    await page.reload();
    await expect.poll(theme).toBe('light');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
