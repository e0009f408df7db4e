/** What pages of others can do to a node without tokens, by a browser that can reach it. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { chromiumPath, launchBrowser, WITHOUT_CHROMIUM } from './browser.ts';

/** A name that its owner has made to stand for the machine of whoever looks at its pages. */
const REBOUND = 'evil.test';

describe.skipIf(chromiumPath === undefined)(`a page of others${WITHOUT_CHROMIUM}`, () => {
  let browser: Browser;
  let cluster: LocalCluster;
  let elsewhere: Server;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, partitions: 8 });
    await cluster.client('n1').put('carts', 'alice', 'milk');
    elsewhere = createServer((_, response) => response.end('<!doctype html><title>evil</title>'));
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    browser = await launchBrowser([`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]);
  });

  afterAll(async () => {
    await browser?.close();
    elsewhere?.close().closeAllConnections();
    await cluster?.kill();
  });

  const url = () => cluster.node('n1').url;

  /** What is under the key; undefined: nothing is. */
  async function stored(key: string): Promise<string | undefined> {
    const { values } = await cluster.client('n1').get('carts', key);
    return values[0] && Buffer.from(values[0].value).toString();
  }

  test('whose name stands for the node sees and changes nothing', async () => {
    const page = await browser.newPage();
    const at = new URL(url());
    at.hostname = REBOUND;
    const answer = await page.goto(`${at.origin}/kv/carts/alice`);
    expect(answer?.status()).toBe(403);
    expect(await page.content()).not.toContain('milk');
    const status = await page.evaluate(async () => {
      const { status } = await fetch('/kv/carts/rebound', { method: 'PUT', body: 'x' });
      return status;
    });
    expect(status).toBe(403);
    expect(await stored('rebound')).toBeUndefined();
    await page.close();
  });

  test('that sends requests from elsewhere changes nothing', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const { peerAddress } = cluster.node('n1');
    await page.evaluate(
      async ({ node, peer }) => {
        const post = { method: 'POST', mode: 'no-cors' } as const;
        await fetch(`${node}/kv/carts`, { ...post, body: 'x' }).catch(() => {});
        await fetch(`http://${peer}/peer/introduction`, { ...post, body: '{}' }).catch(() => {});
        await fetch(`${node}/kv/carts/sent`, { method: 'PUT', body: 'x' }).catch(() => {});
      },
      { node: url(), peer: peerAddress },
    );
    const keys: string[] = [];
    for await (const key of cluster.client('n1').keys('carts'))
      keys.push(Buffer.from(key).toString());
    expect(keys).toEqual(['alice']);
    await page.close();
  });

  test('that was stored as a value runs nothing, and acts for nobody', async () => {
    const script = `document.title = 'ran'; fetch('/kv/carts/acted', { method: 'PUT', body: 'x' })`;
    const html = `<!doctype html><title>value</title><script>${script}</script>`;
    const options = { contentType: 'text/html' };
    await cluster.client('n1').put('carts', 'page', html, options);
    const page = await browser.newPage();
    await page.goto(`${url()}/kv/carts/page`);
    await page.waitForLoadState('networkidle');
    expect(await page.title()).toBe('value');
    expect(await stored('acted')).toBeUndefined();
    await page.close();
  });
});
