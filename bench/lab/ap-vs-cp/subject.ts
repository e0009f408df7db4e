/**
 * Who is put to the test: something that keeps registers on several nodes, which can be cut off
 * from each other and killed. The modes of Quorate are, and etcd is.
 */

import { join } from 'node:path';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { EtcdCluster, type EtcdMember, etcdVersion } from '../../etcd-cluster.ts';
import { agreedLeader, clientsOf } from '../../group-watch.ts';
import { ringMapOf } from '../../ring-map.ts';
import type { KeyAccess, Place } from '../../workloads/workload.ts';
import { MODES, type Mode } from '../modes.ts';
import { EtcdAccess } from './etcd-access.ts';
import type { ProxiedCluster } from './proxied-cluster.ts';

export interface Subject {
  readonly title: string;
  readonly mode: Mode;
  /** All nodes, each by its name. */
  readonly places: readonly Place<KeyAccess>[];
  /** Who leads, where somebody does. */
  leader(): Promise<string>;
  /** Keys of which most replicas are on these nodes. */
  keys(prefix: string, count: number, mostlyOn: readonly string[]): Promise<readonly string[]>;
  /** Nothing passes between the two sides any more. */
  partition(a: readonly string[], b: readonly string[]): Promise<void>;
  /** At once, as by kill -9. */
  kill(node: string): Promise<void>;
  /** Everybody runs and reaches everybody. */
  mend(): Promise<void>;
}

/** How nodes are cut off from each other. */
type Network = Pick<LocalCluster['faults'], 'partition' | 'heal'>;

/** One mode of a cluster of Quorate. */
export class QuorateSubject implements Subject {
  readonly title: string;
  readonly mode: Mode;
  readonly #cluster: LocalCluster;
  readonly #network: Network;

  /** By the nodes themselves, which were started with --enable-faults. */
  static ofFaultyNodes(mode: Mode, cluster: LocalCluster): QuorateSubject {
    return new QuorateSubject(mode.title, mode, cluster, cluster.faults);
  }

  /** By proxies between them, as etcd is: a check on the faults of our own nodes. */
  static behindProxies(mode: Mode, { cluster, proxies }: ProxiedCluster): QuorateSubject {
    return new QuorateSubject(`${mode.title}, behind proxies`, mode, cluster, proxies);
  }

  private constructor(title: string, mode: Mode, cluster: LocalCluster, network: Network) {
    this.title = title;
    this.mode = mode;
    this.#cluster = cluster;
    this.#network = network;
  }

  get places(): readonly Place<KeyAccess>[] {
    return this.#cluster.nodes.map(({ name }) => ({ name, client: this.#cluster.client(name) }));
  }

  leader(): Promise<string> {
    return agreedLeader(clientsOf(this.#cluster));
  }

  async keys(prefix: string, count: number, mostlyOn: readonly string[]) {
    const ring = await ringMapOf(this.#cluster.urls[0] as string);
    const { bucket, levels } = this.mode;
    const wanted = { bucket, prefix, count, n: levels?.n };
    return ring.keysWhere(wanted, (replicas) => {
      return 2 * replicas.filter((node) => mostlyOn.includes(node)).length > replicas.length;
    });
  }

  partition(a: readonly string[], b: readonly string[]): Promise<void> {
    return this.#network.partition(a, b);
  }

  kill(node: string): Promise<void> {
    return this.#cluster.node(node).kill();
  }

  async mend(): Promise<void> {
    await this.#network.heal();
    const ended = this.#cluster.nodes.filter(({ isRunning }) => !isRunning);
    await Promise.all(ended.map((node) => node.start()));
  }
}

export class EtcdSubject implements Subject {
  readonly title: string;
  /** Asked like a raft bucket: registers with revisions. */
  readonly mode: Mode = { ...MODES.raft, bucket: 'etcd' };
  readonly places: readonly Place<KeyAccess>[];
  readonly #cluster: EtcdCluster;
  readonly #ended = new Set<EtcdMember>();

  static async start(nodes: number, dataDirectory: string): Promise<EtcdSubject> {
    const parentDirectory = join(dataDirectory, 'etcd');
    return new EtcdSubject(await EtcdCluster.start({ nodes, parentDirectory, proxied: true }));
  }

  private constructor(cluster: EtcdCluster) {
    this.#cluster = cluster;
    this.title = `etcd ${etcdVersion()}`;
    this.places = cluster.members.map(({ name, url }) => ({ name, client: new EtcdAccess(url) }));
  }

  async leader(): Promise<string> {
    for (const member of this.#cluster.members) {
      if (await member.isLeader()) return member.name;
    }
    throw new Error('no member of etcd leads');
  }

  /** Every member keeps every key. */
  async keys(prefix: string, count: number): Promise<readonly string[]> {
    return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  }

  partition(a: readonly string[], b: readonly string[]): Promise<void> {
    return this.#cluster.proxies.partition(a, b);
  }

  async kill(node: string): Promise<void> {
    const member = this.#cluster.members.find(({ name }) => name === node);
    if (member === undefined) throw new Error(`etcd has no member ${node}`);
    this.#ended.add(member);
    await member.kill();
  }

  async mend(): Promise<void> {
    await this.#cluster.proxies.heal();
    for (const member of this.#ended) member.restart();
    await Promise.all([...this.#ended].map((member) => member.untilHealthy()));
    this.#ended.clear();
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }
}
