/** Proxies in front of real nodes, which the others find at the address that these advertise. */

import { expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { TcpProxy } from '../../cluster/tcp-proxy.ts';
import { testCluster, valuesOf } from './harness.ts';

/** Another address of loopback; systems other than Linux have to be given it first. */
const PROXY_HOST = '127.0.0.2';

it.skipIf(process.platform !== 'linux')(
  'nodes behind proxies are late and cut off as these are told (skipped but on Linux)',
  async () => {
    const peerPorts = await freePorts(2);
    const proxies = await Promise.all(
      peerPorts.map((port) =>
        TcpProxy.start({
          target: { host: '127.0.0.1', port },
          listen: { host: PROXY_HOST, port },
        }),
      ),
    );
    onTestFinished(async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    });
    const startOptions = ['--advertise', PROXY_HOST];
    const cluster = await testCluster({ nodes: 2, peerPorts, startOptions });
    const [, before] = proxies;
    const client = cluster.client('n1');
    const tookMs = async () => {
      const startedAt = performance.now();
      await client.put('proxied', 'k', 'x', { w: 'all', timeout: 5_000 });
      return performance.now() - startedAt;
    };
    await tookMs();
    await before?.setFaults({ delay: { distribution: 'uniform', minMs: 50, maxMs: 60 } });
    expect(await tookMs()).toBeGreaterThanOrEqual(100);

    await before?.setFaults({ cut: 'refused' });
    await cluster.waitUntilReachable('n1', 'n2', false);
    await before?.setFaults({});
    await cluster.waitUntilReachable('n1', 'n2', true);
    await client.put('proxied', 'k', 'y', {
      w: 'all',
      context: (await client.get('proxied', 'k')).context,
    });
    expect(valuesOf(await cluster.client('n2').get('proxied', 'k'))).toEqual(['y']);
  },
);
