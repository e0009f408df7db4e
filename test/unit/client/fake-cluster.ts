/** Nodes that tell of a ring, and answer requests for keys as a test has them answer. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Quorate, type QuorateOptions } from '../../../src/client/index.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const PARTITIONS = 8;

export const problem =
  (
    status: number,
    code: string,
    facts: object = {},
    headers: Record<string, string> = {},
  ): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(JSON.stringify({ code, detail: 'no', definite: true, retry: true, ...facts }));
  };

/** Has the client ask for the ring anew. */
export const forwards: Answer = (request, response) => {
  response.setHeader('x-quorate-quorum', 'needed=1; reached=n3; coordinator=n3; forwarded_by=n1');
  serves(request, response);
};
export const hangsUp: Answer = (request) => request.socket.destroy();
export const staysSilent: Answer = () => {};
export const serves: Answer = ({ method }, response) => {
  const isGet = method === 'GET';
  const context = { 'x-quorate-context': 'c' };
  response.writeHead(isGet ? 200 : 204, isGet ? { ...context, 'content-type': 'x' } : context);
  response.end(isGet ? '"v"' : '');
};

export class FakeNode {
  readonly name: string;
  readonly server: Server;
  /** Method and path of each request for keys. */
  readonly asked: string[] = [];
  /** Headers, likewise. */
  readonly headers: IncomingMessage['headers'][] = [];
  answer: Answer = serves;
  ready = true;
  port = 0;

  constructor(name: string, cluster: FakeCluster) {
    this.name = name;
    this.server = createServer((request, response) => {
      const { url = '', method = '' } = request;
      const told = cluster.document(url);
      if (url === '/readyz') response.writeHead(this.ready ? 200 : 503).end();
      else if (told !== undefined && method === 'GET')
        response.writeHead(200).end(JSON.stringify(told));
      else if (url.startsWith('/buckets/')) problem(404, 'no_such_bucket')(request, response);
      else {
        this.asked.push(`${method} ${url}`);
        this.headers.push(request.headers);
        request.resume().once('end', () => this.answer(request, response));
      }
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  connections(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((_, count) => resolve(count)));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export class FakeCluster {
  readonly nodes: readonly FakeNode[];
  /** By name, as `GET /buckets/NAME` tells of them. */
  readonly buckets: Record<string, object> = {};
  /** Names; all nodes at first. */
  members: readonly string[];
  /** Of each partition; the first two nodes at first. */
  replicas: readonly string[];
  leader: string;
  epoch = 1;
  /** Times that the ring was asked for. */
  told = 0;

  constructor(nodes: number) {
    this.nodes = Array.from({ length: nodes }, (_, i) => new FakeNode(`n${i + 1}`, this));
    this.members = this.nodes.map(({ name }) => name);
    this.replicas = ['n1', 'n2'];
    this.leader = 'n1';
  }

  node(name: string): FakeNode {
    return this.nodes.find((node) => node.name === name) as FakeNode;
  }

  document(url: string): object | undefined {
    if (url === '/cluster') return { leader: this.leader, members: this.#memberDocuments() };
    if (url.startsWith('/buckets/')) return this.buckets[url.slice('/buckets/'.length)];
    if (url !== '/cluster/ring') return undefined;
    this.told += 1;
    const partition = { epoch: this.epoch, replicas: this.replicas };
    const partitions = Array.from({ length: PARTITIONS }, () => partition);
    return { epoch: this.epoch, partitionCount: PARTITIONS, replicationFactor: 2, partitions };
  }

  /** The next ring; its replicas are the members. */
  redraw(...members: readonly string[]): void {
    Object.assign(this, { members, replicas: members, epoch: this.epoch + 1 });
  }

  #memberDocuments(): readonly object[] {
    return this.members.map((name) => memberOf(this.node(name)));
  }
}

function memberOf({ name, port }: FakeNode) {
  return { id: name, address: { host: '127.0.0.1', clientPort: port, peerPort: 1 } };
}

/** Of this test alone; it is told of the last node only. */
export function clientOf(cluster: FakeCluster, options: Partial<QuorateOptions> = {}): Quorate {
  const nodes = cluster.nodes.map(({ url }) => url).slice(-1);
  const db = new Quorate({ nodes, hedge: false, ...options });
  onTestFinished(() => db.close());
  return db;
}

/** Of this test alone. */
export async function fakeCluster(nodes: number): Promise<FakeCluster> {
  const cluster = new FakeCluster(nodes);
  for (const node of cluster.nodes) await node.listen();
  onTestFinished(() => {
    for (const node of cluster.nodes) node.stop();
  });
  return cluster;
}
