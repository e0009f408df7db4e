/** A cluster of etcd on this machine, as its own settings have it: every write is synced. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { CallerProxies } from '../cluster/caller-proxies.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { outputOf, PeerProcess } from './peer-process.ts';
import type { Contestant } from './throughput/contestant.ts';

const HOST = '127.0.0.1';
const READY_MS_MAX = 20_000;

/** Undefined where there is no etcd on the PATH. */
export function etcdVersion(): string | undefined {
  return /etcd Version: (\S+)/.exec(outputOf('etcd', ['--version']) ?? '')?.[1];
}

/** Members of a cluster, asked by the benchmarks. */
export async function startEtcd(nodes: number, parentDirectory: string): Promise<Contestant> {
  const cluster = await EtcdCluster.start({ nodes, parentDirectory });
  const targets = cluster.members.map(({ clientPort }) => ({ host: HOST, port: clientPort }));
  const pids = cluster.members.map(({ pid }) => pid);
  return { name: 'etcd', api: 'etcd', targets, pids, stop: () => cluster.stop() };
}

export interface EtcdOptions {
  readonly nodes: number;
  readonly parentDirectory: string;
  /** Members reach each other by way of proxies, so that they can be cut off from each other. */
  readonly proxied?: true;
}

export class EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly #proxies: CallerProxies | undefined;

  private constructor(members: readonly EtcdMember[], proxies: CallerProxies | undefined) {
    this.members = members;
    this.#proxies = proxies;
  }

  /** Resolves when every member is healthy. */
  static async start({ nodes, parentDirectory, proxied }: EtcdOptions): Promise<EtcdCluster> {
    await mkdir(parentDirectory, { recursive: true });
    const clientPorts = await freePorts(nodes);
    const peerPorts = await freePorts(nodes);
    /** By name: the id under which a member calls others, known when they have met. */
    const ids = new Map<string, string>();
    const proxies = proxied ? await etcdProxies(peerPorts, ids) : undefined;
    const places = clientPorts.map((clientPort, i) => {
      const peerPort = peerPorts[i] as number;
      const advertisedPort = proxies?.addressOf(nameOf(i)).port ?? peerPort;
      return { name: nameOf(i), clientPort, peerPort, advertisedPort };
    });
    const initialCluster = places.map((place) => `${place.name}=${advertisedUrl(place)}`).join(',');
    const members = places.map((place) => new EtcdMember(place, parentDirectory, initialCluster));
    const cluster = new EtcdCluster(members, proxies);
    try {
      await Promise.all(members.map((member) => member.untilHealthy()));
      for (const member of members) ids.set(member.name, await member.id());
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.members.map(({ url }) => url);
  }

  /** Of a proxied cluster: to cut members, by their names, off from each other. */
  get proxies(): CallerProxies {
    if (this.#proxies === undefined) throw new Error('members reach each other without proxies');
    return this.#proxies;
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await this.#proxies?.close();
  }
}

interface EtcdPlace {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly advertisedPort: number;
}

export class EtcdMember {
  readonly clientPort: number;
  readonly #place: EtcdPlace;
  readonly #options: readonly string[];
  readonly #logFile: string;
  #process: PeerProcess;

  constructor(place: EtcdPlace, parentDirectory: string, initialCluster: string) {
    const { name, clientPort, peerPort } = place;
    const clientUrl = `http://${HOST}:${clientPort}`;
    this.clientPort = clientPort;
    this.#place = place;
    this.#logFile = join(parentDirectory, `${name}.log`);
    this.#options = [
      ...['--name', name, '--data-dir', join(parentDirectory, name)],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', `http://${HOST}:${peerPort}`],
      ...['--initial-advertise-peer-urls', advertisedUrl(place)],
      ...['--initial-cluster', initialCluster, '--initial-cluster-state', 'new'],
    ];
    this.#process = this.#launch();
  }

  get name(): string {
    return this.#place.name;
  }

  get url(): string {
    return `http://${HOST}:${this.clientPort}`;
  }

  get pid(): number {
    return this.#process.pid;
  }

  async isLeader(): Promise<boolean> {
    const { header, leader } = await this.#status();
    return header?.member_id === leader;
  }

  /** At once, as by kill -9. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  restart(): void {
    this.#process = this.#launch();
  }

  stop(): Promise<void> {
    return this.#process.end();
  }

  untilHealthy(): Promise<void> {
    return waitFor(`${this.name} to be healthy`, READY_MS_MAX, async () => {
      const { statusCode, body } = await request(`${this.url}/health`);
      const text = await body.text();
      return statusCode === 200 && text.includes('"true"');
    });
  }

  /** As it calls itself where it calls others. */
  async id(): Promise<string> {
    const { header } = await this.#status();
    return BigInt(header?.member_id ?? 0).toString(16);
  }

  async #status(): Promise<EtcdStatus> {
    const address = `${this.url}/v3/maintenance/status`;
    const { body } = await request(address, { method: 'POST', body: '{}' });
    return (await body.json()) as EtcdStatus;
  }

  #launch(): PeerProcess {
    return PeerProcess.launch('etcd', this.#options, this.#logFile);
  }
}

interface EtcdStatus {
  readonly header?: { readonly member_id?: string };
  readonly leader?: string;
}

/** Members say who they are in each request that they make of each other. */
const CALLER = /\r\nx-server-from: *([0-9a-f]+)/i;

function etcdProxies(
  peerPorts: readonly number[],
  ids: ReadonlyMap<string, string>,
): Promise<CallerProxies> {
  const servers = peerPorts.map((port, i) => ({ name: nameOf(i), target: { host: HOST, port } }));
  return CallerProxies.start(servers, {
    callerOf: (first) => CALLER.exec(first.toString('latin1'))?.[1],
    idOf: (name) => ids.get(name) ?? '',
  });
}

function advertisedUrl({ advertisedPort }: EtcdPlace): string {
  return `http://${HOST}:${advertisedPort}`;
}

function nameOf(i: number): string {
  return `etcd-${i + 1}`;
}
