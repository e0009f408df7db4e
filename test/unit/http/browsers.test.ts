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
