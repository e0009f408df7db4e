/** Real nodes in network namespaces of their own, and links that the kernel cuts. */

import { spawn, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import {
  NetworkNamespaces,
  removeLeftNamespaces,
  whyNoNamespaces,
} from '../../cluster/netns/network-namespaces.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { refusalOf, testCluster, valuesOf } from './harness.ts';

const why = whyNoNamespaces();
const SOON_MS = 15_000;
const NAMES = ['n1', 'n2'];

let network: NetworkNamespaces | undefined;

afterEach(() => network?.close());

describe(`network namespaces${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  it.skipIf(why !== undefined)('cut nodes off and let them be heard again', async () => {
    const made = NetworkNamespaces.create(NAMES);
    network = made;
    const places = NAMES.map((name) => made.place(name));
    const cluster = await testCluster({ nodes: NAMES.length, places });
    const [n1, n2] = [cluster.client('n1'), cluster.client('n2')];
    await n1.put('kept', 'k', 'before', { w: 'all' });

    made.partition(['n1'], ['n2']);
    const { context } = await n2.get('kept', 'k', { r: 1 });
    const write = { w: 'all', timeout: 300, context } as const;
    const doubt = await refusalOf(n2.put('kept', 'k', 'meanwhile', write));
    expect(doubt).toMatchObject({ definite: false });
    expect(valuesOf(await n1.get('kept', 'k', { r: 1 }))).toEqual(['before']);

    made.takeDown('n2');
    await expect(fetch(`${cluster.node('n2').url}/healthz`, soon(200))).rejects.toThrow();
    made.heal();
    await waitFor('both to answer the same', SOON_MS, async () => {
      const read = n1.get('kept', 'k', { r: 'all', timeout: 1_000 });
      return valuesOf(await read).join() === 'meanwhile';
    });
  });

  it.skipIf(why !== undefined)(
    'let one direction pass alone, and delay where the kernel can',
    () => {
      const made = NetworkNamespaces.create(['a', 'b']);
      network = made;
      expect(hears('a', 'b')).toBe(true);
      made.cut('a', 'b');
      expect(hears('a', 'b')).toBe(false);
      made.heal();
      expect(hears('a', 'b')).toBe(true);
      try {
        made.delay('a', 5);
      } catch (error) {
        expect((error as Error).message).toMatch(/^this kernel delays no packets \(netem\): ./);
      }
      expect(() => made.place('c')).toThrow('no namespace for c');
    },
  );

  it.skipIf(why !== undefined)(
    'that a killed process left behind are removed by the next',
    async () => {
      const module = new URL('../../dist/cluster/netns/network-namespaces.js', import.meta.url);
      const script = `const { NetworkNamespaces } = await import('${module}');
      NetworkNamespaces.create(['left']); console.log('made'); setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(removeLeftNamespaces()).toEqual([]);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      const removed = removeLeftNamespaces();
      expect(removed).toContain(`quorate-${child.pid}-left`);
      expect(spawnSync('ip', ['link'], { encoding: 'utf8' }).stdout).not.toContain(`${child.pid}`);
    },
  );
});

function soon(ms: number) {
  return { signal: AbortSignal.timeout(ms) };
}

/** Whether a connection from one to the other is made, or at least refused, in time. */
function hears(from: string, to: string): boolean {
  const [command, ...launcher] = network?.place(from).launcher ?? [''];
  const script = `require('net').connect(9, '${network?.place(to).host}')
    .on('error', (error) => process.exit(error.code === 'ECONNREFUSED' ? 0 : 1));
    setTimeout(() => process.exit(1), 300);`;
  return spawnSync(command, [...launcher, process.execPath, '-e', script]).status === 0;
}
