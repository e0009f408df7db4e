/** A cluster of etcd on this machine, as its own settings have it: every write is synced. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../cluster/free-ports.ts';
import { type ProxyAddress, TcpProxy } from '../cluster/tcp-proxy.ts';
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

  private constructor(members: readonly EtcdMember[]) {
    this.members = members;
  }

  /** Resolves when every member is healthy. */
  static async start({ nodes, parentDirectory, proxied }: EtcdOptions): Promise<EtcdCluster> {
    await mkdir(parentDirectory, { recursive: true });
    const clientPorts = await freePorts(nodes);
    const peerPorts = await freePorts(nodes);
    const proxies = proxied
      ? await Promise.all(peerPorts.map((port) => etcdProxy({ host: HOST, port })))
      : [];
    const places = clientPorts.map((clientPort, i) => ({
      name: nameOf(i),
      clientPort,
      peerPort: peerPorts[i] as number,
      proxy: proxies[i],
    }));
    const initialCluster = places.map((place) => `${place.name}=${advertisedUrl(place)}`).join(',');
    const members = places.map((place) => new EtcdMember(place, parentDirectory, initialCluster));
    const cluster = new EtcdCluster(members);
    try {
      await Promise.all(members.map((member) => member.untilHealthy()));
      await Promise.all(members.map((member) => member.learnId()));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.members.map(({ url }) => url);
  }

  /** Nothing passes between the two sides any more, in either direction. */
  async partition(a: readonly EtcdMember[], b: readonly EtcdMember[]): Promise<void> {
    await Promise.all([...a.map((one) => one.cutOff(b)), ...b.map((one) => one.cutOff(a))]);
  }

  async heal(): Promise<void> {
    await Promise.all(this.members.map((member) => member.cutOff([])));
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }
}

interface EtcdPlace {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly proxy: TcpProxy | undefined;
}

export class EtcdMember {
  readonly clientPort: number;
  readonly #place: EtcdPlace;
  readonly #options: readonly string[];
  readonly #logFile: string;
  #process: PeerProcess;
  /** As it calls itself where it calls others. */
  #id = '';

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

  /** Nothing of what these members call it for passes. */
  async cutOff(callers: readonly EtcdMember[]): Promise<void> {
    const { proxy } = this.#place;
    if (proxy === undefined) throw new Error('members reach each other without proxies');
    const ids = callers.map((caller) => caller.#id);
    await proxy.setFaults(ids.length === 0 ? {} : { cut: 'silent', callers: ids });
  }

  /** At once, as by kill -9. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  restart(): void {
    this.#process = this.#launch();
  }

  async stop(): Promise<void> {
    await this.#process.end();
    await this.#place.proxy?.close();
  }

  untilHealthy(): Promise<void> {
    return waitFor(`${this.name} to be healthy`, READY_MS_MAX, async () => {
      const { statusCode, body } = await request(`${this.url}/health`);
      const text = await body.text();
      return statusCode === 200 && text.includes('"true"');
    });
  }

  async learnId(): Promise<void> {
    const { header } = await this.#status();
    this.#id = BigInt(header?.member_id ?? 0).toString(16);
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

function etcdProxy(target: ProxyAddress): Promise<TcpProxy> {
  const callerOf = (first: Buffer) => CALLER.exec(first.toString('latin1'))?.[1];
  return TcpProxy.start({ target, callerOf });
}

function advertisedUrl({ peerPort, proxy }: EtcdPlace): string {
  return `http://${HOST}:${proxy?.address.port ?? peerPort}`;
}

function nameOf(i: number): string {
  return `etcd-${i + 1}`;
}
