/** The system's Chromium, driven by playwright-core, which only who develops Quorate has. */

import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Undefined: there is none. */
export const chromiumPath = PLACES.find((path) => path !== undefined && existsSync(path));

/** As root, as in containers, Chromium has no sandbox of its own. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}
