/**
 * The browser that tests look at the dashboard with: the system's Chromium, driven by
 * playwright-core. Where there is none the tests are skipped and say so.
 */

import type { Browser, Page } from 'playwright-core';
import { chromiumPath } from '../../bench/dashboard/chromium.ts';

export { chromiumPath, launchBrowser } from '../../bench/dashboard/chromium.ts';

export const WITHOUT_CHROMIUM =
  chromiumPath === undefined ? ' (skipped: no Chromium; set CHROMIUM to its path)' : '';

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
