/** What is safe to send again, and to whom. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClusterClient } from '../../../src/client/cluster-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Server {
  readonly url: string;
  readonly asked: string[];
  /** Idempotency-Keys of those requests that had one. */
  readonly keys: string[];
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function server(answer: Answer): Promise<Server> {
  const asked: string[] = [];
  const keys: string[] = [];
  const http = createServer((request, response) => {
    asked.push(request.method ?? '');
    const key = request.headers['idempotency-key'];
    if (key !== undefined) keys.push(String(key));
    request.resume().once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked, keys };
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
  const client = ClusterClient.inTurn(urls, { timeoutMs: 300 });
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

describe('a write under a key of the client’s own', () => {
  const counts: Answer = (_, response) =>
    response.writeHead(200, { 'x-quorate-version': '1.2.3.4' }).end('7');
  const says =
    (status: number, code: string, facts: object = {}): Answer =>
    (_, response) =>
      response
        .writeHead(status, { 'content-type': 'application/problem+json' })
        .end(
          JSON.stringify({ code, detail: 'no', definite: code !== 'outcome_unknown', ...facts }),
        );

  it.each([
    ['an unknown outcome', says(503, 'outcome_unknown')],
    ['a connection that broke', hangsUp],
  ])('is sent again under the same one after %s', async (_, answer) => {
    const [first, second] = [await server(answer), await server(counts)];
    const client = clientOf(first.url, second.url);
    const answered = await client.increment('b', 'k', 2);
    expect(answered).toMatchObject({ number: 7, version: '1.2.3.4' });
    expect(first.keys).toEqual([expect.stringMatching(UUID_V7)]);
    expect(second.keys).toEqual(first.keys);
    await client.increment('b', 'k', 2);
    expect(new Set([...first.keys, ...second.keys]).size).toBe(2);
  });

  it.each([
    ['a put', (client: ClusterClient) => client.put('b', 'k', 'v', { once: true })],
    ['a delete', (client: ClusterClient) => client.delete('b', 'k', { once: true })],
    ['an append', (client: ClusterClient) => client.append('b', 'k', 'v')],
  ])('may be %s', async (_, write) => {
    const [first, second] = [await server(hangsUp), await server(serves)];
    await write(clientOf(first.url, second.url));
    expect(second.keys).toEqual(first.keys);
  });

  it('stays in doubt where later attempts did nothing, but not where one tells the outcome', async () => {
    const doubtful = await server(says(503, 'outcome_unknown'));
    const unable = await server(refuses('paxos_unavailable', true));
    const doubt = clientOf(doubtful.url, unable.url).increment('b', 'k');
    await expect(doubt).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
    const telling = await server(says(412, 'condition_failed'));
    const told = clientOf(doubtful.url, telling.url).increment('b', 'k', 1, { ifMatch: '1.1.1.1' });
    await expect(told).rejects.toMatchObject({ code: 'condition_failed' });
  });

  it('is not sent again where it is forgotten what became of it', async () => {
    const forgetful = await server(says(503, 'outcome_unknown', { forgotten: true }));
    const asking = clientOf(forgetful.url).increment('b', 'k');
    await expect(asking).rejects.toMatchObject({ code: 'outcome_unknown', definite: false });
    expect(forgetful.asked.length).toBe(1);
  });

  it('is not sent again where the key is the caller’s', async () => {
    const [first, second] = [await server(hangsUp), await server(counts)];
    const options = { idempotencyKey: 'theirs' };
    await expect(clientOf(first.url, second.url).increment('b', 'k', 1, options)).rejects.toThrow();
    expect([first.keys, second.keys]).toEqual([['theirs'], []]);
  });
});
