/**
 * The browser that tests look at the dashboard with: the system's Chromium, driven by
 * playwright-core. Where there is none the tests are skipped and say so.
 */

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export const chromiumPath = PLACES.find((path) => path !== undefined && existsSync(path));

export const WITHOUT_CHROMIUM =
  chromiumPath === undefined ? ' (skipped: no Chromium; set CHROMIUM to its path)' : '';

/** As root, as in containers, Chromium has no sandbox of its own. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** What a good page has none of: errors, refused by its policy or thrown. */
  readonly complaints: readonly string[];
}

/** A page of its own, which is watched from its first script on. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 }, ...options });
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    // A request that is refused is the panel's to tell; the browser tells it besides.
    const isNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isNetwork) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    const own = new URL(page.url() === 'about:blank' ? request.url() : page.url()).host;
    if (protocol !== 'data:' && host !== own)
      complaints.push(`loaded from elsewhere: ${request.url()}`);
  });
  return { page, complaints };
}
