/** Nodes of Quorate that reach each other by way of proxies, which can be cut. */

import { CallerProxies } from '../../../cluster/caller-proxies.ts';
import { freePorts } from '../../../cluster/free-ports.ts';
import { type LocalCluster, nodeNames } from '../../../cluster/local-cluster.ts';
import type { Lab } from '../experiment.ts';
import { startLabCluster } from '../lab-cluster.ts';
import type { Mode } from '../modes.ts';

export interface ProxiedCluster {
  readonly cluster: LocalCluster;
  readonly proxies: CallerProxies;
}

/** Where nodes listen, and where others are told to look for them. */
const HOST = '127.0.0.1';
const ADVERTISED = '127.0.0.2';
/** Nodes say who they are when they open a connection. */
const CALLER = /\r\nquorate-from: *(\S+)/i;

/** Whoever starts it ends both. */
export async function startProxiedCluster(
  lab: Pick<Lab, 'dataDirectory' | 'nodes'>,
  mode: Mode,
): Promise<ProxiedCluster> {
  const peerPorts = await freePorts(lab.nodes);
  const servers = nodeNames(lab.nodes).map((name, i) => {
    const port = peerPorts[i] as number;
    return { name, target: { host: HOST, port }, listen: { host: ADVERTISED, port } };
  });
  const proxies = await CallerProxies.start(servers, {
    callerOf: (first) => CALLER.exec(first.toString('latin1'))?.[1],
    idOf: (name) => name,
  });
  try {
    const cluster = await startLabCluster(lab, {
      ...{ nodes: lab.nodes, modes: [mode], peerPorts, directory: 'proxied' },
      startOptions: ['--advertise', ADVERTISED],
    });
    return { cluster, proxies };
  } catch (error) {
    await proxies.close();
    throw error;
  }
}
