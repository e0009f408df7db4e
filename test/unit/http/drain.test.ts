/** A node that stops, as clients with open connections meet it. */

import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startHttpNode } from './http-node.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One connection that is kept for the next request. */
function keptConnection(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const begin = (method: string, path: string) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, agent });
    const answer = new Promise<Answer>((resolve, reject) => {
      outgoing.once('error', reject).once('response', async (response) => {
        let body = '';
        for await (const piece of response) body += piece;
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    });
    outgoing.flushHeaders();
    return { outgoing, answer };
  };
  const ask = (method: string, path: string, body = '') => {
    const { outgoing, answer } = begin(method, path);
    outgoing.end(body);
    return answer;
  };
  return { begin, ask };
}

it('tells each connection to go elsewhere with its next answer, and loses no request', async () => {
  const node = await startHttpNode();
  const idle = keptConnection(node.port);
  const asking = keptConnection(node.port);
  const writing = keptConnection(node.port);
  for (const one of [idle, asking, writing]) {
    const { status, headers } = await one.ask('PUT', '/kv/b/k', 'x');
    expect([status, headers.connection]).toEqual([204, 'keep-alive']);
  }
  // Its body comes late: by then the node takes no requests any more.
  const late = writing.begin('PUT', '/kv/b/late');
  const drained = Promise.all([node.node.drain(), node.http.drain(5_000)]);
  const refused = await asking.ask('PUT', '/kv/b/k', 'y');
  expect(refused.status).toBe(503);
  expect(refused.headers).toMatchObject({ connection: 'close', 'retry-after': '1' });
  expect(JSON.parse(refused.body)).toMatchObject({
    code: 'not_ready',
    definite: true,
    retry: true,
  });
  // Others are still let in, to be told the same.
  const fresh = keptConnection(node.port);
  const ready = await fresh.ask('GET', '/readyz');
  expect([ready.status, ready.headers.connection]).toEqual([503, 'close']);

  late.outgoing.end('z');
  expect(await late.answer).toMatchObject({ status: 503, headers: { connection: 'close' } });
  expect((await idle.ask('GET', '/healthz')).headers.connection).toBe('close');
  await drained;
  await node.stop();
  expect(node.unexpected).toEqual([]);
});

it('finishes what runs, and closes the connection after its answer', async () => {
  const node = await startHttpNode();
  const one = keptConnection(node.port);
  await one.ask('PUT', '/kv/b/k', 'x');
  const { node: inside, http } = node;
  const write = inside.write.bind(inside);
  let drained: Promise<unknown> | undefined;
  inside.write = (...given) => {
    const written = write(...given);
    drained = Promise.all([inside.drain(), http.drain(5_000)]);
    return written;
  };
  const { status, headers } = await one.ask('PUT', '/kv/b/k', 'y');
  expect([status, headers.connection]).toEqual([204, 'close']);
  await drained;
  await node.stop();
  expect(node.unexpected).toEqual([]);
});
