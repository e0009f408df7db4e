/** The page of the description: complete, safe, and on its own. */

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, describe as group, it } from 'vitest';
import { curlText } from '../../../src/http/openapi/curl-text.ts';
import { pageOf } from '../../../src/http/openapi/page.ts';
import { declaredAnswers } from '../../declared-answers.ts';
import { type HttpNode, type RawAnswer, send, startHttpNode } from './http-node.ts';

const { document } = declaredAnswers;

let node: HttpNode;
let page: RawAnswer;
let html: string;

beforeAll(async () => {
  node = await startHttpNode();
  page = await send(node, 'GET', '/docs');
  html = page.body.toString('utf8');
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

function matches(pattern: RegExp): string[] {
  return [...html.matchAll(pattern)].map(([, text = '']) => text);
}

group('/docs', () => {
  it('has every operation, schema and parameter under an address of its own', () => {
    const ids = new Set(matches(/ id="([^"]+)"/g));
    for (const methods of Object.values(document.paths)) {
      for (const [method, { operationId }] of Object.entries(methods)) {
        if (method !== 'head') expect(ids).toContain(operationId);
      }
    }
    for (const name of Object.keys(document.components.schemas)) {
      expect(ids).toContain(`schema-${name}`);
    }
  });

  it('links to what is there, and loads nothing', () => {
    const ids = new Set(matches(/ id="([^"]+)"/g));
    for (const link of new Set(matches(/ href="([^"]+)"/g))) {
      if (link.startsWith('#')) expect(ids).toContain(link.slice(1));
      else expect(link).toBe('/openapi.json');
    }
    expect(html).not.toMatch(
      /<(script|link|img|iframe|object|embed|form)\b|@import|url\(| on\w+=/i,
    );
  });

  it('allows its own style and nothing else', () => {
    const [style = ''] = matches(/<style>(.*?)<\/style>/gs);
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain(`default-src 'none'; style-src 'sha256-${hash}';`);
    expect(policy).not.toContain('unsafe');
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  it('shows texts as texts', () => {
    const wicked = `<script>alert("1")</script> & 'more'`;
    const { html: told } = pageOf({ ...document, info: { ...document.info, summary: wicked } });
    expect(told).not.toContain('<script>');
    expect(told).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;',
    );
  });
});

it.each([
  ['get', '/kv/{bucket}/{key}', 'curl http://127.0.0.1:8101/kv/carts/alice'],
  ['delete', '/leases/{id}', 'curl -X DELETE http://127.0.0.1:8101/leases/17'],
  ['post', '/leases', "curl -X POST 'http://127.0.0.1:8101/leases?ttl=10000'"],
  ['get', '/watch/{bucket}', 'curl -N http://127.0.0.1:8101/watch/carts'],
  [
    'put',
    '/kv/{bucket}/{key}',
    "curl -X PUT \\\n  -H 'Content-Type: text/plain' \\\n  --data milk \\\n  http://127.0.0.1:8101/kv/carts/alice",
  ],
])('%s %s as a command', (method, path, command) => {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error('there is no such operation');
  expect(curlText(method.toUpperCase(), path, operation)).toBe(command);
});
