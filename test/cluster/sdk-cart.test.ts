/** The shopping cart of the README, as it stands there, while a node is killed. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { compiledModule } from '../../cluster/compiled-module.ts';
import { freePorts } from '../../cluster/free-ports.ts';
import { ServerProcess } from '../../cluster/server-process.ts';
import { killNodes, testCluster, testDirectory } from './harness.ts';

const README = new URL('../../README.md', import.meta.url);

it('the service of the README loses no item when a node is killed', async () => {
  const cluster = await testCluster();
  const [port = 0] = await freePorts(1);
  const [, code = ''] = /```js\n(.*?)```/s.exec(await readFile(README, 'utf8')) ?? [];
  const directory = await testDirectory();
  const script = join(directory, 'cart.mjs');
  const sdk = pathToFileURL(compiledModule('src/client/index')).href;
  const here = code
    .replace("'quorate'", `'${sdk}'`)
    .replace('http://127.0.0.1:8101', cluster.node('n1').url)
    .replace('http://127.0.0.1:8102', cluster.node('n2').url)
    .replace('listen(3000)', `listen(${port})`);
  expect(here).not.toMatch(/810|3000|'quorate'/);
  await writeFile(script, here);
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(directory, 'cart.log');
  const readyUrl = `${url}/nobody`;
  const service = new ServerProcess({ name: 'cart', script, arguments: [], logFile, readyUrl });
  onTestFinished(() => service.kill());
  await service.start();

  const added: string[] = [];
  const shop = async (shopper: number) => {
    for (let i = 0; i < 30; i++) {
      const item = `${shopper}-${i}`;
      const { statusCode, body } = await request(`${url}/alice/${item}`);
      await body.text();
      if (statusCode === 200) added.push(item);
      if (item === '0-10') await killNodes(cluster, ['n3']);
    }
  };
  await Promise.all([0, 1, 2].map(shop));
  expect(added.length).toBeGreaterThan(80);
  const cart = await (await request(`${url}/alice`)).body.text();
  expect(added.filter((item) => !cart.trim().split(' ').includes(item))).toEqual([]);
});
