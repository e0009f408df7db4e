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

/** One mode of a cluster of Quorate, whose nodes take faults. */
export class QuorateSubject implements Subject {
  readonly mode: Mode;
  readonly #cluster: LocalCluster;

  constructor(mode: Mode, cluster: LocalCluster) {
    this.mode = mode;
    this.#cluster = cluster;
  }

  get title(): string {
    return this.mode.title;
  }

  get places(): readonly Place<KeyAccess>[] {
    return this.#cluster.nodes.map(({ name }) => ({ name, client: this.#cluster.client(name) }));
  }

  leader(): Promise<string> {
    return agreedLeader(clientsOf(this.#cluster));
  }

  async keys(prefix: string, count: number, mostlyOn: readonly string[]) {
    const ring = await ringMapOf(this.#cluster.urls[0] as string);
    const wanted = { bucket: this.mode.bucket, prefix, count };
    return ring.keysWhere(wanted, (replicas) => {
      return 2 * replicas.filter((node) => mostlyOn.includes(node)).length > replicas.length;
    });
  }

  partition(a: readonly string[], b: readonly string[]): Promise<void> {
    return this.#cluster.faults.partition(a, b);
  }

  kill(node: string): Promise<void> {
    return this.#cluster.node(node).kill();
  }

  async mend(): Promise<void> {
    await this.#cluster.faults.heal();
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
    return this.#cluster.partition(this.#named(a), this.#named(b));
  }

  async kill(node: string): Promise<void> {
    for (const member of this.#named([node])) {
      this.#ended.add(member);
      await member.kill();
    }
  }

  async mend(): Promise<void> {
    await this.#cluster.heal();
    for (const member of this.#ended) member.restart();
    await Promise.all([...this.#ended].map((member) => member.untilHealthy()));
    this.#ended.clear();
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  #named(names: readonly string[]): readonly EtcdMember[] {
    return this.#cluster.members.filter(({ name }) => names.includes(name));
  }
}
