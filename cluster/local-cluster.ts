/**
 * A cluster of real processes on this machine, for people who try it, tests and benchmarks.
 *
 *   const cluster = await startCluster({ nodes: 3 });
 *   await cluster.client('n1').put('carts', 'alice', 'milk');
 *   await cluster.node('n2').kill();
 *   await cluster.join({ replaces: 'n2' });
 *   await cluster.waitUntilSettled();
 *   await cluster.close();
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from '../src/client/connection.ts';
import { NodeClient } from '../src/client/http-client.ts';
import { ClusterFaults } from './cluster-faults.ts';
import { freePorts } from './free-ports.ts';
import { LOOPBACK, type NodePlace, NodeProcess } from './node-process.ts';
import { waitFor } from './wait-for.ts';

export interface LocalClusterOptions {
  /** They are named n1, n2, ... */
  readonly nodes: number;
  /** Kept after `close`; without it a temporary one, which `close` removes. */
  readonly dataDirectory?: string;
  /** Ports of the nodes in their order; without them free ones are taken. */
  readonly clientPorts?: readonly number[];
  readonly peerPorts?: readonly number[];
  readonly partitions?: number;
  readonly replicationFactor?: number;
  /** Further options of `quorate start`, for every node. */
  readonly startOptions?: readonly string[];
  /** Networks of their own (netns/network-namespaces.ts), in the order of the nodes. */
  readonly places?: readonly NodePlace[];
  /** The compiled command of another version, which they run at first. */
  readonly script?: string;
  /** As in `NodeProcessOptions`. */
  readonly access?: ConnectionOptions;
}

/** How a further node comes to the cluster. */
export interface JoinOptions {
  /** It waits for an operator who commits its share to it. */
  readonly stage?: boolean;
  /** A dead one, whose places it takes. */
  readonly replaces?: string;
  readonly weight?: number;
  readonly zone?: string;
}

/** For nodes to find each other: more than the longest pause between two attempts. */
const MEETING_MS_MAX = 20_000;

/** For the moves of a ring with little data. */
const SETTLING_MS_MAX = 30_000;

/** Resolves when every node serves and reaches every other one. */
export async function startCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const temporary = options.dataDirectory === undefined;
  const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'quorate-cluster-')));
  const [clientPorts, peerPorts] = await portsOf(options);
  const cluster = new LocalCluster({ ...options, directory, temporary, clientPorts, peerPorts });
  try {
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.waitUntilConnected();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function portsOf({ nodes, clientPorts, peerPorts }: LocalClusterOptions) {
  return [clientPorts ?? (await freePorts(nodes)), peerPorts ?? (await freePorts(nodes))] as const;
}

interface Layout extends LocalClusterOptions {
  readonly directory: string;
  readonly temporary: boolean;
  readonly clientPorts: readonly number[];
  readonly peerPorts: readonly number[];
}

export class LocalCluster {
  /** In the order in which they came; those that have left stay here. */
  readonly nodes: readonly NodeProcess[];
  /** Where nodes have their directories and logs. */
  readonly directory: string;
  /** Of nodes that were started with --enable-faults. */
  readonly faults: ClusterFaults;
  readonly #temporary: boolean;
  readonly #startOptions: readonly string[];
  readonly #access: ConnectionOptions | undefined;
  readonly #places: readonly NodePlace[] | undefined;
  readonly #nodes: NodeProcess[];
  /** They have asked for a share of the ring, and may be without one yet. */
  readonly #newcomers = new Set<string>();
  readonly #clients = new Map<string, NodeClient>();

  constructor(layout: Layout) {
    const { clientPorts, peerPorts, directory, script } = layout;
    const names = nodeNames(layout.nodes);
    this.directory = directory;
    this.#temporary = layout.temporary;
    this.#startOptions = layout.startOptions ?? [];
    this.#access = layout.access;
    this.#places = layout.places;
    this.faults = new ClusterFaults(
      (name) => this.client(name),
      () => this.#running,
    );
    this.#nodes = names.map((name, i) => {
      return new NodeProcess({
        name,
        clientPort: clientPorts[i] as number,
        peerPort: peerPorts[i] as number,
        parentDirectory: directory,
        startOptions: i === 0 ? founderOptions(layout) : joinerOptions(layout),
        place: placeOf(layout.places, i),
        access: layout.access,
        ...(script === undefined ? {} : { script }),
      });
    });
    this.nodes = this.#nodes;
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ url }) => url);
  }

  node(name: string): NodeProcess {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }

  /** A further node, under the next name; resolves when it serves, mostly before it has its share. */
  async join(options: JoinOptions = {}): Promise<NodeProcess> {
    const { stage, replaces, weight, zone } = options;
    const [clientPort = 0, peerPort = 0] = await freePorts(2);
    const running = this.nodes.filter((node) => node.isRunning);
    if (running.length === 0) throw new Error('nobody is running whom a node could join');
    const node = new NodeProcess({
      name: `n${this.nodes.length + 1}`,
      clientPort,
      peerPort,
      parentDirectory: this.directory,
      startOptions: [
        ...running.flatMap(({ peerAddress }) => ['--join', peerAddress]),
        ...(stage === true ? ['--stage'] : []),
        ...(replaces === undefined ? [] : ['--replace', replaces]),
        ...(weight === undefined ? [] : ['--weight', String(weight)]),
        ...(zone === undefined ? [] : ['--zone', zone]),
        ...this.#startOptions,
      ],
      place: placeOf(this.#places, this.nodes.length),
      access: this.#access,
    });
    this.#nodes.push(node);
    await node.start();
    if (stage !== true) this.#newcomers.add(node.name);
    return node;
  }

  /**
   * The node's disk is lost for good. It is killed and wiped, and a further node takes its
   * places, since the cluster knows it under its name no more; resolves when that one serves.
   */
  async replaceWiped(name: string): Promise<NodeProcess> {
    const node = this.node(name);
    await node.kill();
    for (const other of this.#running) await this.waitUntilReachable(other, name, false);
    await node.wipe();
    return this.join({ replaces: name });
  }

  /**
   * The node, which runs, gives its share of the data to the others, is no member any more,
   * and ends. Whatever else is staged is begun as well.
   */
  async leave(name: string, limitMs = SETTLING_MS_MAX): Promise<void> {
    // Also where it never had a share, and where nobody hears that it has left.
    this.#newcomers.delete(name);
    const leaver = this.client(name);
    await leaver.stageRingChange({ change: 'leave', node: name });
    await leaver.commitRing();
    await waitFor(`${name} to have left`, limitMs, async () => !(await this.isMember(name)));
    await this.node(name).stop();
  }

  /** As another node that runs sees it. */
  async isMember(name: string): Promise<boolean> {
    const observer = this.#running.find((other) => other !== name);
    if (observer === undefined) throw new Error(`nobody but ${name} is running`);
    const { members } = await this.client(observer).status();
    return members.some(({ id }) => id === name);
  }

  /** A client of one node, kept until the cluster is closed. */
  client(name: string): NodeClient {
    const client = this.#clients.get(name) ?? new NodeClient(this.node(name).url, this.#access);
    this.#clients.set(name, client);
    return client;
  }

  /** Resolves when every running node reaches every running node. */
  async waitUntilConnected(): Promise<void> {
    for (const name of this.#running) {
      for (const other of this.#running) await this.waitUntilReachable(name, other, true);
    }
  }

  get #running(): readonly string[] {
    return this.nodes.filter((node) => node.isRunning).map(({ name }) => name);
  }

  /** Resolves when `observer` takes `name` for reachable, or for unreachable. */
  async waitUntilReachable(observer: string, name: string, reachable: boolean): Promise<void> {
    const what = `${observer} to find ${name} ${reachable ? '' : 'un'}reachable`;
    await waitFor(what, MEETING_MS_MAX, async () => {
      const { members } = await this.client(observer).status();
      return members.some((member) => member.id === name && member.reachable === reachable);
    });
  }

  /**
   * Resolves when all that joined for a share of the ring have one, and every partition is
   * where it belongs.
   * @param pollMs as in `waitFor`
   */
  async waitUntilSettled(limitMs = SETTLING_MS_MAX, pollMs?: number): Promise<void> {
    let seen = 'nothing was heard';
    const isSettled = async () => {
      const [observer] = this.#running;
      if (observer === undefined) throw new Error('no node is running');
      const client = this.client(observer);
      for (const { id, partitions } of (await client.status()).members) {
        if (partitions > 0) this.#newcomers.delete(id);
      }
      const { movesLeft: goal, staged } = await client.ringPlan();
      const { moves, movesLeft } = await client.transfers();
      seen = JSON.stringify({ observer, newcomers: [...this.#newcomers], goal, staged, moves });
      const isAtRest = goal === null && moves.length === 0 && movesLeft === 0;
      return isAtRest && this.#newcomers.size === 0;
    };
    await waitFor('the ring to settle', limitMs, isSettled, pollMs).catch((error: Error) => {
      throw new Error(`${error.message}; last seen: ${seen}`, { cause: error });
    });
  }

  /** Nodes that run and take requests: not those that have left and were not stopped yet. */
  async serving(): Promise<readonly NodeProcess[]> {
    const statuses = this.#running.map((name) => this.client(name).status());
    const ready = (await Promise.all(statuses)).filter((status) => status.ready);
    return ready.map(({ node }) => this.node(node));
  }

  /** Ends every process in order, and removes the directory if it is a temporary one. */
  close(): Promise<void> {
    return this.#end((node) => node.stop());
  }

  /** As `close`, but at once, as a crash does: for clusters that nobody needs any more. */
  kill(): Promise<void> {
    return this.#end((node) => node.kill());
  }

  async #end(end: (node: NodeProcess) => Promise<void>): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    await Promise.all(this.nodes.map(end));
    if (this.#temporary) await rm(this.directory, { recursive: true, force: true });
  }
}

export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** The first node founds the cluster, and the ring is drawn when all are there. */
function founderOptions(layout: Layout): readonly string[] {
  const { nodes, partitions, replicationFactor, startOptions = [] } = layout;
  return [
    ...['--expect', String(nodes)],
    ...(partitions === undefined ? [] : ['--partitions', String(partitions)]),
    ...(replicationFactor === undefined ? [] : ['--replication-factor', String(replicationFactor)]),
    ...startOptions,
  ];
}

function joinerOptions({ peerPorts, places, startOptions = [] }: Layout): readonly string[] {
  return ['--join', `${placeOf(places, 0).host}:${peerPorts[0]}`, ...startOptions];
}

function placeOf(places: readonly NodePlace[] | undefined, index: number): NodePlace {
  if (places === undefined) return LOOPBACK;
  const place = places[index];
  if (place === undefined) throw new Error(`there are places for ${places.length} nodes only`);
  return place;
}
