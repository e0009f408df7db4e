/** Requests that a node carries to the client port of another, which here is a server of ours. */

import {
  createServer,
  get,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePorts } from '../../../cluster/free-ports.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { RELAYED_BY_HEADER } from '../../../src/http/relay/carried-headers.ts';
import { type HttpNode, jsonOf, send, sendAnything, startHttpNode } from './http-node.ts';

const VALUE_BYTES_MAX = 100_000;

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: VALUE_BYTES_MAX });
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

type OnRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** A member n2 that answers like this. */
async function memberThat(answers: OnRequest): Promise<Server> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  memberAt((server.address() as AddressInfo).port);
  return server;
}

function memberAt(clientPort: number): void {
  const status = node.node.status();
  const [self] = status.members;
  if (self === undefined) throw new Error('the node is no member');
  const n2 = { ...self, id: 'n2', address: { ...self.address, clientPort } };
  vi.spyOn(node.node, 'status').mockReturnValue({ ...status, members: [self, n2] });
}

/** What a member was asked; it tells that as JSON. */
const tell: OnRequest = ({ method, url, headers }, outgoing) => {
  outgoing.setHeader('content-type', 'application/json');
  outgoing.setHeader('x-answer', 'yes');
  outgoing.end(JSON.stringify({ method, url, headers }));
};

/** As the node carries it, whatever the answer. */
async function fetchRaw(method: string, target: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: node.port, method, path: target, headers },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk) => {
            text += String(chunk);
          });
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    },
  );
}

/** The begin of the answer to these very bytes. */
async function rawAnswer(bytes: string): Promise<string> {
  const socket = connect(node.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  let text = '';
  for await (const piece of socket.setEncoding('utf8')) {
    text += piece;
    if (text.includes('told')) break;
  }
  return text;
}

describe('a request that is carried', () => {
  it('does what it would do if it were sent there, to the node itself too', async () => {
    const meta = { 'content-type': 'text/x', 'x-quorate-meta-a': 'caf\u00e9' };
    const key = '/nodes/n1/kv/relayed/a/%C3%A9';
    const put = await send(node, 'PUT', key, { body: 'milk', headers: meta });
    expect(put.status).toBe(204);
    expect(put.headers[RELAYED_BY_HEADER]).toBe('n1');
    const [carried, direct] = [key, '/kv/relayed/a/%C3%A9'];
    const got = await send(node, 'GET', `${carried}?r=1`);
    expect(got.body.toString()).toBe('milk');
    const asked = await send(node, 'GET', `${direct}?r=1`);
    for (const name of ['content-type', 'x-quorate-meta-a', 'etag', 'content-length']) {
      expect([name, got.headers[name]]).toEqual([name, asked.headers[name]]);
    }
    const head = await send(node, 'HEAD', carried);
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '4', 0]);
    const known = { headers: { 'if-none-match': String(got.headers.etag) } };
    expect((await send(node, 'GET', carried, known)).status).toBe(304);
    expect((await send(node, 'DELETE', carried)).status).toBe(204);
    const gone = await send(node, 'GET', direct);
    expect([gone.status, jsonOf(gone).code]).toEqual([404, 'not_found']);
    const unknown = await send(node, 'PATCH', carried);
    expect([unknown.status, unknown.headers[RELAYED_BY_HEADER]]).toEqual([405, undefined]);
  });

  it('is called the same in both nodes', async () => {
    const headers = { 'x-request-id': 'the-one' };
    const answer = await send(node, 'GET', '/nodes/n1/nowhere', { headers });
    expect(answer.headers['x-request-id']).toBe('the-one');
    expect(jsonOf(answer)).toMatchObject({ code: 'no_such_route', requestId: 'the-one' });
    await memberThat(tell);
    const { text, headers: told } = await fetchRaw('GET', '/nodes/n2/x');
    expect(JSON.parse(text).headers['x-request-id']).toBe(told['x-request-id']);
  });

  it('keeps its path and its query as they came in', async () => {
    await memberThat(tell);
    const rest = '//kv/b/%ff%2F../a;b?r=1&x=%zz?';
    expect(JSON.parse((await fetchRaw('GET', `/nodes/n2/${rest}`)).text).url).toBe(`/${rest}`);
    expect(JSON.parse((await fetchRaw('GET', '/nodes/n2/?')).text).url).toBe('/');
  });

  it('has its headers with it, without those of the page and of the connection', async () => {
    const server = await memberThat(tell);
    const { port } = server.address() as AddressInfo;
    const own = `http://127.0.0.1:${node.port}`;
    const { text, headers } = await fetchRaw('PUT', '/nodes/n2/x', {
      ...{ authorization: 'Bearer t', 'x-quorate-context': 'c', accept: 'a/b' },
      ...{ origin: own, referer: `${own}/ui`, cookie: 'a=b', 'sec-fetch-site': 'same-origin' },
      ...{ connection: 'close, x-hop', 'x-hop': '1', te: 'trailers', 'content-length': '0' },
    });
    const { headers: carried } = JSON.parse(text);
    expect(carried).toEqual({
      ...{ authorization: 'Bearer t', 'x-quorate-context': 'c', accept: 'a/b' },
      ...{ host: `127.0.0.1:${port}`, connection: 'keep-alive', 'content-length': '0' },
      ...{ [RELAYED_BY_HEADER]: 'n1', 'x-request-id': expect.any(String) },
    });
    expect(headers).toMatchObject({ 'x-answer': 'yes', [RELAYED_BY_HEADER]: 'n1' });
  });

  it('brings a body of any length, and what is answered before it has come whole', async () => {
    const fits = 'x'.repeat(VALUE_BYTES_MAX);
    const put = await send(node, 'PUT', '/nodes/n1/kv/relayed/big', { body: fits });
    expect(put.status).toBe(204);
    expect((await send(node, 'GET', '/nodes/n1/kv/relayed/big')).body.toString()).toBe(fits);
    const chunked = { body: 'two parts', headers: { 'transfer-encoding': 'chunked' } };
    expect((await send(node, 'PUT', '/nodes/n1/kv/relayed/chunked', chunked)).status).toBe(204);
    expect((await send(node, 'GET', '/kv/relayed/chunked')).body.toString()).toBe('two parts');
    const much = { body: 'x'.repeat(50 * VALUE_BYTES_MAX) };
    const refused = await send(node, 'PUT', '/nodes/n1/kv/relayed/much', much);
    expect([refused.status, jsonOf(refused).code]).toEqual([413, 'value_too_large']);
  });

  it.each([
    [
      'chunks',
      'transfer-encoding: chunked',
      (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ],
    [
      'a length that its connection is said to keep',
      'content-length: LENGTH\r\nconnection: content-length',
      (body: string) => body,
    ],
  ])('has its body as its own, where that reads like a request: %s', async (_, framing, framed) => {
    const within = 'PUT /smuggled HTTP/1.1\r\nhost: n2\r\ncontent-length: 90\r\n\r\n';
    const told: string[] = [];
    await memberThat((incoming, response) => {
      let body = '';
      incoming.on('data', (piece) => {
        body += piece;
      });
      incoming.on('end', () => {
        told.push(`${incoming.method} ${incoming.url} ${body}`);
        response.end('told');
      });
    });
    const head = framing.replace('LENGTH', String(within.length));
    const answer = await rawAnswer(
      `DELETE /nodes/n2/x HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\n\r\n${framed(within)}`,
    );
    expect(answer).toContain('told');
    expect(told).toEqual([`DELETE /x ${within}`]);
  });

  it('may be a watch, which ends there when its reader goes away', async () => {
    await send(node, 'PUT', '/buckets/watched', { body: '{"mode":"raft"}' });
    await new Promise<void>((resolve, reject) => {
      const path = '/nodes/n1/watch/watched';
      const watch = get({ host: '127.0.0.1', port: node.port, path }, (incoming) => {
        incoming.once('data', async (beat) => {
          expect(String(beat)).toContain(': beat');
          await send(node, 'PUT', '/kv/watched/k', { body: 'v' });
          incoming.once('data', (event) => {
            expect(String(event)).toContain('event: put');
            watch.destroy();
            resolve();
          });
        });
      });
      watch.once('error', reject);
    });
    await waitFor('the watch to be over', 5_000, async () => {
      const { body } = await send(node, 'GET', '/metrics');
      return body.toString().includes('quorate_raft_watchers 0');
    });
  });
});

describe('a request that cannot be carried', () => {
  it('names a node or a path that is not there', async () => {
    const stranger = await send(node, 'GET', '/nodes/n9/healthz');
    expect(stranger.status).toBe(404);
    expect(jsonOf(stranger)).toMatchObject({
      code: 'no_such_node',
      detail: 'there is no node "n9" in this cluster: there are n1',
    });
    for (const path of ['/nodes', '/nodes/', '/nodes/n1']) {
      const pathless = await send(node, 'GET', path);
      expect([path, jsonOf(pathless).code]).toEqual([path, 'no_such_route']);
    }
  });

  it.each(['/nodes/n1/nodes/n1/healthz', '/nodes/n1/nodes/n1/nodes/n1/healthz'])(
    'is carried already: %s',
    async (target) => {
      const answer = await send(node, 'GET', target);
      expect(answer.status).toBe(400);
      expect(jsonOf(answer).detail).toBe(
        'n1 has carried this request here already: ask it for n1 itself',
      );
    },
  );

  it('has certainly done nothing where nobody listens', async () => {
    const [nobody = 0] = await freePorts(1);
    memberAt(nobody);
    const answer = await send(node, 'PUT', '/nodes/n2/kv/b/k', { body: 'v' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(jsonOf(answer)).toMatchObject({ code: 'node_unreachable', definite: true });
    expect(jsonOf(answer).detail).toContain('n2 does not answer: connect ECONNREFUSED');
  });

  it('may have done something where the connection broke, unless it was a read', async () => {
    await memberThat(
      (incoming) => void incoming.resume().once('end', () => incoming.socket.destroy()),
    );
    const put = await send(node, 'PUT', '/nodes/n2/kv/b/k', { body: 'v' });
    expect(jsonOf(put)).toMatchObject({ code: 'outcome_unknown', definite: false, retry: false });
    const read = await send(node, 'GET', '/nodes/n2/kv/b/k');
    expect(jsonOf(read)).toMatchObject({ code: 'node_unreachable', definite: true });
  });

  it('is given up where the other node is silent for too long', async () => {
    await memberThat(() => {});
    const startedAt = performance.now();
    const put = await send(node, 'PUT', '/nodes/n2/kv/b/k?timeout=100', { body: 'v' });
    expect(jsonOf(put)).toMatchObject({ code: 'outcome_unknown', definite: false });
    expect(jsonOf(put).detail).toContain('silent for 2100 ms');
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
  });

  it.each([{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }])(
    'is not answered in part as if it were whole: %o',
    async (headers) => {
      await memberThat((_, outgoing) => {
        outgoing.writeHead(200, headers);
        outgoing.write('a part');
        setTimeout(() => outgoing.destroy(), 50);
      });
      await expect(fetchRaw('GET', '/nodes/n2/kv/b/k')).rejects.toMatchObject({
        code: 'ECONNRESET',
      });
    },
  );

  it('is given up when its caller goes away', async () => {
    let closed = 0;
    await memberThat((incoming) => void incoming.socket.once('close', () => closed++));
    const { port } = node;
    const call = request({ host: '127.0.0.1', port, method: 'PUT', path: '/nodes/n2/x' });
    call.on('error', () => {});
    call.write('the beginning');
    await waitFor('the request to be carried', 5_000, () => carriedNow().then((n) => n === 1));
    call.destroy();
    await waitFor('the connection to end', 5_000, () => closed === 1);
    expect(await carriedNow()).toBe(0);
  });

  it('is one too many', async () => {
    await memberThat(() => {});
    const calls = Array.from({ length: 256 }, () => {
      const { port } = node;
      const call = get({ host: '127.0.0.1', port, path: '/nodes/n2/x?timeout=60000' });
      call.on('error', () => {});
      return call;
    });
    await waitFor('all to be carried', 10_000, () => carriedNow().then((n) => n === 256));
    const beyond = await sendAnything(node, 'GET', '/nodes/n2/x');
    expect([beyond.status, jsonOf(beyond).code]).toEqual([503, 'overloaded']);
    for (const call of calls) call.destroy();
    await waitFor('room again', 10_000, () => carriedNow().then((n) => n === 0));
  });

  async function carriedNow(): Promise<number> {
    const { body } = await send(node, 'GET', '/metrics');
    return Number(/quorate_http_relayed_requests (\d+)/.exec(body.toString())?.[1]);
  }
});
