/** What is safe to send again, and to whom. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClusterClient } from '../../../src/client/cluster-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Server {
  readonly url: string;
  readonly asked: string[];
}

async function server(answer: Answer): Promise<Server> {
  const asked: string[] = [];
  const http = createServer((request, response) => {
    asked.push(request.method ?? '');
    request.resume().once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked };
}

const refuses =
  (code: string, definite: boolean): Answer =>
  (_, response) =>
    response
      .writeHead(503, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ code, detail: 'no', definite, retry: true }));
const hangsUp: Answer = (request) => request.socket.destroy();
const serves: Answer = (request, response) =>
  response.writeHead(request.method === 'GET' ? 200 : 204).end(request.method === 'GET' ? 'v' : '');

/** Nobody listens there any more. */
async function deserted(): Promise<string> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  await new Promise((resolve) => http.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function clientOf(...urls: string[]): ClusterClient {
  const client = new ClusterClient(urls, { patienceMs: 300 });
  onTestFinished(() => client.close());
  return client;
}

describe('a put', () => {
  it.each(['not_ready', 'too_few_replicas'])(
    'goes to another node after a definite %s',
    async (code) => {
      const [first, second] = [await server(refuses(code, true)), await server(serves)];
      await clientOf(first.url, second.url).put('b', 'k', 'v');
      expect([first.asked, second.asked]).toEqual([['PUT'], ['PUT']]);
    },
  );

  it('goes to another node where nobody listens', async () => {
    const second = await server(serves);
    await clientOf(await deserted(), second.url).put('b', 'k', 'v');
    expect(second.asked).toEqual(['PUT']);
  });

  it.each([
    ['a refusal that is not definite', refuses('write_quorum_not_met', false)],
    ['a connection that broke', hangsUp],
  ])('is not sent again after %s', async (_, answer) => {
    const [first, second] = [await server(answer), await server(serves)];
    await expect(clientOf(first.url, second.url).put('b', 'k', 'v')).rejects.toThrow();
    expect([first.asked, second.asked]).toEqual([['PUT'], []]);
  });
});

describe('a get', () => {
  it('goes to another node after anything that may pass', async () => {
    for (const answer of [refuses('read_quorum_not_met', true), hangsUp]) {
      const [first, second] = [await server(answer), await server(serves)];
      const { values } = await clientOf(first.url, second.url).get('b', 'k');
      expect(values).toHaveLength(1);
    }
  });
});

it('leaves a node alone that cannot serve, and gives up when its patience ends', async () => {
  const [first, second] = [await server(refuses('not_ready', true)), await server(serves)];
  const client = clientOf(first.url, second.url);
  for (let i = 0; i < 6; i++) await client.put('b', 'k', 'v');
  expect([first.asked.length, second.asked.length]).toEqual([1, 6]);
  const alone = await server(refuses('not_ready', true));
  await expect(clientOf(alone.url).put('b', 'k', 'v')).rejects.toMatchObject({ code: 'not_ready' });
  expect(alone.asked.length).toBeGreaterThan(1);
});
