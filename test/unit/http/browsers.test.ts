/** What pages in the browser of somebody who can reach a node make of it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from './fuzzed-requests.ts';
import { type HttpNode, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const get = (host: string, path = '/kv/pages/own') =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

describe('a name that a page has resolved to this node', () => {
  it.each([
    'evil.test',
    'evil.test:8101',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    '[evil]',
    '',
  ])('as with %j opens nothing', async (host) => {
    for (const path of ['/kv/pages/own', '/metrics', '/healthz', '/docs']) {
      const answer = await sendRaw(node.port, get(host, path));
      expect(answer).toMatch(/^HTTP\/1.1 40[03] /);
      expect(answer).toMatch(/start it with --host-names|the header Host is malformed/);
    }
    const put = `PUT /kv/pages/evil HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\nsec-fetch-site: same-origin\r\ncontent-length: 1\r\n\r\nv`;
    expect(await sendRaw(node.port, put)).toMatch(/^HTTP\/1.1 40[03] /);
    expect((await send(node, 'GET', '/kv/pages/evil')).status).toBe(404);
  });

  it('opens nothing that other addresses would', async () => {
    expect(await sendRaw(node.port, get('192.0.2.7'))).toMatch(/^HTTP\/1.1 403 /);
    expect(await sendRaw(node.port, get('[2001:db8::7]:8101'))).toMatch(/^HTTP\/1.1 403 /);
  });
});

describe('a host of the node', () => {
  it.each(['127.0.0.1', '127.0.0.1:8101', 'localhost', 'LOCALHOST:1', '[::1]:8101', 'n1.test:80'])(
    'is %s',
    async (host) => {
      expect(await sendRaw(node.port, get(host, '/healthz'))).toMatch(/^HTTP\/1.1 200 /);
    },
  );

  it('may be left away where HTTP allows that', async () => {
    expect(await sendRaw(node.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('is any where clients show tokens', async () => {
    const authenticator = { grantOf: () => undefined };
    const guarded = await startHttpNode({ door: { authenticator } });
    try {
      expect(await sendRaw(guarded.port, get('evil.test', '/healthz'))).toMatch(/^HTTP\/1.1 200 /);
      expect(await sendRaw(guarded.port, get('evil.test'))).toMatch(/^HTTP\/1.1 401 /);
    } finally {
      await guarded.stop();
    }
  });
});

describe('a page of another site', () => {
  const put = (site: string) => ({ headers: { 'sec-fetch-site': site }, body: 'v' });

  it.each(['cross-site', 'same-site', 'anything'])('(%s) changes nothing', async (site) => {
    const answer = await send(node, 'PUT', '/kv/pages/by-a-page', put(site));
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain('may change nothing');
    expect((await send(node, 'POST', '/kv/pages', put(site))).status).toBe(403);
    expect((await send(node, 'DELETE', '/kv/pages/own', put(site))).status).toBe(403);
    expect((await send(node, 'GET', '/kv/pages/by-a-page')).status).toBe(404);
  });

  it.each(['same-origin', 'none'])('is not one of this node (%s)', async (site) => {
    const path = `/kv/pages/own-${site}`;
    expect((await send(node, 'PUT', path, put(site))).status).toBe(204);
    const linked = { headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await send(node, 'GET', path, linked)).status).toBe(200);
  });
});

describe('a value', () => {
  const HTML = { 'content-type': 'text/html' };
  const SANDBOX = 'sandbox';

  it('that says to be a page is none of this node', async () => {
    const put = { headers: HTML, body: '<script>alert(1)</script>' };
    await send(node, 'PUT', '/kv/pages/one', put);
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await send(node, method, '/kv/pages/one');
      expect(headers).toMatchObject({ ...HTML, 'content-security-policy': SANDBOX });
    }
    const returned = await send(node, 'PUT', '/kv/pages/two?return=body', put);
    expect(returned.headers).toMatchObject({ ...HTML, 'content-security-policy': SANDBOX });
    const posted = await send(node, 'POST', '/kv/pages?return=body', put);
    expect(posted.headers).toMatchObject({ ...HTML, 'content-security-policy': SANDBOX });
  });

  it('is none among siblings either', async () => {
    for (const body of ['<p>one', '<p>two']) {
      await send(node, 'PUT', '/kv/pages/siblings', { headers: HTML, body });
    }
    const headers = { accept: 'multipart/mixed' };
    const parts = await send(node, 'GET', '/kv/pages/siblings', { headers });
    expect(parts.status).toBe(300);
    expect(parts.headers['content-security-policy']).toBe(SANDBOX);
  });

  it.each(['paxos', 'raft'])('is none in a bucket of mode %s either', async (mode) => {
    await send(node, 'PUT', `/buckets/${mode}`, { body: JSON.stringify({ mode }) });
    await send(node, 'PUT', `/kv/${mode}/one`, { headers: HTML, body: '<p>one' });
    const { headers } = await send(node, 'GET', `/kv/${mode}/one`);
    expect(headers).toMatchObject({ ...HTML, 'content-security-policy': SANDBOX });
  });
});

describe('an answer', () => {
  it.each([
    '/kv/pages',
    '/kv/none/none',
    '/nowhere',
    '/metrics',
    '/docs',
    '/cluster',
    '/openapi.json',
  ])('of %s is taken for what its type says, and for nothing else', async (path) => {
    const { headers } = await send(node, 'GET', path);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('to what is no HTTP is, too', async () => {
    expect(await sendRaw(node.port, 'garbage\r\n\r\n')).toContain(
      'x-content-type-options: nosniff',
    );
    const target = 'GET http://a b/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n';
    expect(await sendRaw(node.port, target)).toContain('x-content-type-options: nosniff');
  });
});
