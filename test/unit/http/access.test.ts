/** Tokens at the door of a real listener: which token opens which route. */

import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken, TokenTable } from '../../../src/adapters/tokens-file.ts';
import type { Access, Method } from '../../../src/http/openapi/operation.ts';
import { ROUTES } from '../../../src/http/routes.ts';
import { declaredAnswers } from '../../declared-answers.ts';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

const GRANTS = [
  { name: 'reader', role: 'read', prefixes: [] },
  { name: 'writer', role: 'write', prefixes: [] },
  { name: 'admin', role: 'admin', prefixes: [] },
  { name: 'cart-reader', role: 'read', prefixes: ['cart-'] },
  { name: 'cart-writer', role: 'write', prefixes: ['basket-', 'cart-'] },
  { name: 'cart-admin', role: 'admin', prefixes: ['cart-'] },
] as const;
type Bearer = (typeof GRANTS)[number]['name'];

const made = GRANTS.map((grant) => newToken(grant, new Date(0)));
const ALL_TOKENS = new TokenTable(made.map(({ stored }) => stored));
const tokenOf = (name: Bearer) => made.find(({ stored }) => stored.name === name)?.token ?? '';

let inForce = ALL_TOKENS;
let node: HttpNode;

beforeAll(async () => {
  const authenticator = { grantOf: (token: string) => inForce.grantOf(token) };
  node = await startHttpNode({ door: { authenticator } });
  await as('admin', 'PUT', '/buckets/cart-raft', { body: '{"mode":"raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function as(name: Bearer, method: string, target: string, sent: Sent = {}): Promise<RawAnswer> {
  const authorization = `Bearer ${tokenOf(name)}`;
  return send(node, method, target, { ...sent, headers: { ...sent.headers, authorization } });
}

const codeOf = ({ headers, body }: RawAnswer) =>
  body.length > 0 && headers['content-type'] === 'application/problem+json'
    ? JSON.parse(body.toString('utf8')).code
    : undefined;

const EVERY = GRANTS.map(({ name }) => name);
const READERS: readonly Bearer[] = ['reader', 'writer', 'admin'];
const WRITERS: readonly Bearer[] = ['writer', 'admin'];
const ANY_WRITERS: readonly Bearer[] = [...WRITERS, 'cart-writer', 'cart-admin'];
const ADMIN: readonly Bearer[] = ['admin'];

/** Who is let in; everybody else is not. */
const DOORS: readonly (readonly [method: string, target: string, bearers: readonly Bearer[]])[] = [
  ['GET', '/kv/cart-a/k', EVERY],
  ['HEAD', '/kv/cart-a/k', EVERY],
  ['GET', '/kv/cart-a', EVERY],
  ['GET', '/kv/%63art-a/k', EVERY],
  ['GET', '/kv/other/k', READERS],
  ['GET', '/kv/other', READERS],
  ['GET', '/kv/other/cart-a', READERS],
  ['GET', '/kv/other/../cart-a/k', READERS],
  ['GET', '/kv/other%2fcart-a/k', READERS],
  ['GET', '/kv/Cart-a/k', READERS],
  ['GET', '/kv/basket-a/k', [...READERS, 'cart-writer']],
  ['PUT', '/kv/cart-a/k', ANY_WRITERS],
  ['DELETE', '/kv/cart-a/k', ANY_WRITERS],
  ['POST', '/kv/cart-a/k?op=increment', ANY_WRITERS],
  ['POST', '/kv/cart-a', ANY_WRITERS],
  ['PUT', '/kv/other/k', WRITERS],
  ['PUT', '/kv/%6fther/k', WRITERS],
  ['DELETE', '/kv/other/k', WRITERS],
  ['POST', '/kv/other', WRITERS],
  ['PATCH', '/kv/cart-a/k', ADMIN],
  ['POST', '/batch', EVERY],
  ['GET', '/watch/cart-a', EVERY],
  ['GET', '/watch/other', READERS],
  ['GET', '/buckets', READERS],
  ['GET', '/buckets/cart-a', EVERY],
  ['GET', '/buckets/other', READERS],
  ['PUT', '/buckets/cart-a', ['admin', 'cart-admin']],
  ['PUT', '/buckets/other', ADMIN],
  ['DELETE', '/buckets/cart-none', ['admin', 'cart-admin']],
  ['DELETE', '/buckets/none', ADMIN],
  ['GET', '/cluster/backup', ADMIN],
  ['POST', '/cluster/backup', ADMIN],
  ['GET', '/cluster/restore', ADMIN],
  ['POST', '/cluster/restore', ADMIN],
  ['POST', '/leases', ANY_WRITERS],
  ['GET', '/leases/1', EVERY],
  ['PUT', '/leases/1', ANY_WRITERS],
  ['DELETE', '/leases/1', WRITERS],
  ['GET', '/cluster', EVERY],
  ['GET', '/cluster/members', EVERY],
  ['GET', '/cluster/ring', EVERY],
  ['GET', '/cluster/keys/cart-a/k', EVERY],
  ['HEAD', '/cluster/keys/cart-a/k', EVERY],
  ['GET', '/cluster/keys/%63art-a/k/cart-b', EVERY],
  ['GET', '/cluster/keys/cart-a', EVERY],
  ['GET', '/cluster/keys/other/k', READERS],
  ['GET', '/cluster/keys/other/cart-a', READERS],
  ['GET', '/cluster/keys/other%2fcart-a/k', READERS],
  ['GET', '/cluster/keys/', READERS],
  ['GET', '/cluster/raft', READERS],
  ['POST', '/cluster/raft/transfer', ADMIN],
  ['GET', '/cluster/plan', READERS],
  ['POST', '/cluster/plan', ADMIN],
  ['DELETE', '/cluster/plan', ADMIN],
  ['POST', '/cluster/commit', ADMIN],
  ['POST', '/cluster/abort', ADMIN],
  ['GET', '/cluster/transfers', READERS],
  ['PUT', '/cluster/transfers', ADMIN],
  ['POST', '/cluster/salvage', ADMIN],
  ['POST', '/cluster/salvage/close', ADMIN],
  ['GET', '/cluster/hints', READERS],
  ['GET', '/cluster/tombstones', READERS],
  ['GET', '/cluster/activity', READERS],
  ['GET', '/cluster/repair', READERS],
  ['POST', '/cluster/repair', ADMIN],
  ['POST', '/cluster/repair/accept-loss', ADMIN],
  ['GET', '/cluster/faults', ADMIN],
  ['PUT', '/cluster/faults', ADMIN],
  ['DELETE', '/cluster/faults', ADMIN],
  ['POST', '/cluster/faults/pause', ADMIN],
  ['GET', '/pbs', READERS],
  ['GET', '/metrics', READERS],
  // Who is let through is judged by the other node, where there is one.
  ['GET', '/nodes/n9/kv/cart-a/k', EVERY],
  ['PUT', '/nodes/n9/kv/cart-a/k', EVERY],
  ['POST', '/nodes/n9/kv/cart-a', EVERY],
  ['DELETE', '/nodes/n9/kv/cart-a/k', EVERY],
  ['GET', '/nowhere', ADMIN],
  ['GET', '/cluster/', ADMIN],
  ['GET', '//kv/cart-a/k', ADMIN],
];

const OPEN = ['/healthz', '/readyz', '/openapi.json', '/docs', '/ui'];

/** What belongs to one of them and is as open. */
const PARTS = ['/ui/{part}'];

/** All that is declared. */
const OPERATIONS = ROUTES.flatMap(({ path, methods }) =>
  Object.entries(methods).map(([method, { operation }]) => {
    return { method: method as Method, path, operation };
  }),
);

/** Whom it lets in, who asks for something of bucket cart-a. */
function bearersOf(access: Access): readonly Bearer[] {
  if (access === 'open') return EVERY;
  const roles = ['read', 'write', 'admin'];
  return GRANTS.filter(({ role, prefixes }) => {
    if (roles.indexOf(role) < roles.indexOf(access.role)) return false;
    return access.of !== 'cluster' || prefixes.length === 0;
  }).map(({ name }) => name);
}

describe('a route', () => {
  it.each(DOORS)(
    '%s %s lets in whom it should, and nobody else',
    async (method, target, bearers) => {
      const none = await send(node, method, target);
      expect(none.status).toBe(401);
      expect(none.headers['www-authenticate']).toBe('Bearer realm="quorate"');
      for (const name of EVERY) {
        // Not let in last, so that nobody finds what others have left.
        if (bearers.includes(name)) continue;
        const answer = await as(name, method, target);
        expect([name, answer.status, answer.headers['www-authenticate']]).toEqual([
          name,
          403,
          'Bearer realm="quorate", error="insufficient_scope"',
        ]);
        if (method !== 'HEAD') expect(codeOf(answer)).toBe('forbidden');
      }
      for (const name of bearers) {
        const answer = await as(name, method, target);
        expect([name, codeOf(answer)]).not.toEqual([name, 'forbidden']);
        expect(answer.status).not.toBe(401);
      }
    },
  );

  it.each(OPEN)('%s asks for no token', async (target) => {
    expect((await send(node, 'GET', target)).status).toBe(200);
    expect((await send(node, 'PUT', target)).status).toBe(401);
  });

  it.each(OPERATIONS)(
    '$method $path lets in whom it declares, and is tried above',
    async ({ method, path, operation: { access } }) => {
      const target = path.replace('{bucket}', 'cart-a').replace('{key}', 'k').replace('{id}', '1');
      if (access === 'open') expect([...OPEN, ...PARTS]).toContain(path);
      else if (method !== 'HEAD') {
        const before = path.replace(/\{[^}]+\}$/, '');
        const prefix = before.replace('{bucket}', 'cart-a').replace('{node}', 'n9');
        const tried = DOORS.filter(([how, where]) => {
          return how === method && (prefix === path ? where === path : where.startsWith(prefix));
        });
        expect(tried.map(([, , bearers]) => bearers)).toContainEqual(bearersOf(access));
      }
      const none = await send(node, method, target);
      expect(none.status === 401).toBe(access !== 'open');
      for (const name of EVERY) {
        if (bearersOf(access).includes(name)) continue;
        expect((await as(name, method, target)).status).toBe(403);
      }
    },
  );

  it.each(OPERATIONS)('$method $path is described so', ({ method, path, operation }) => {
    const { access } = operation;
    const described = declaredAnswers.document.paths[path]?.[method.toLowerCase()];
    const codes = JSON.stringify(described?.responses);
    if (access === 'open') {
      expect(described?.security).toEqual([]);
      expect(codes).not.toContain('unauthenticated');
      return;
    }
    expect(described?.security).toEqual([{}, { token: [access.role] }]);
    expect(described?.description).toContain(`role \`${access.role}\``);
    expect(described?.responses[401]?.headers).toMatchObject({
      'WWW-Authenticate': { required: true },
    });
    for (const code of ['unauthenticated', 'forbidden']) expect(codes).toContain(code);
  });
});

describe('a token', () => {
  const get401 = async (headers: Record<string, string>, target = '/kv/cart-a/k') => {
    const answer = await send(node, 'GET', target, { headers });
    expect(answer.status).toBe(401);
    expect(jsonOf(answer)).toMatchObject({ code: 'unauthenticated', definite: true });
    return String(answer.headers['www-authenticate']);
  };

  it('that nobody was given is refused, and not repeated', async () => {
    const wrong = `${tokenOf('admin').slice(0, -1)}~`;
    const answer = await send(node, 'GET', '/kv/cart-a/k', {
      headers: { authorization: `Bearer ${wrong}` },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="quorate", error="invalid_token"',
    );
    expect(answer.body.toString()).not.toContain(wrong.slice(0, 20));
  });

  it.each([
    ['of another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['without a scheme', tokenOf('admin')],
    ['twice', `Bearer ${tokenOf('admin')} ${tokenOf('admin')}`],
    ['that is empty', 'Bearer '],
    ['that is its own hash', `Bearer ${made[2]?.stored.sha256}`],
  ])('%s is refused', async (_, authorization) => {
    await get401({ authorization });
  });

  it('in the address is none', async () => {
    await get401({}, `/kv/cart-a/k?access_token=${tokenOf('admin')}`);
  });

  it('is taken whatever the case of its scheme', async () => {
    const headers = { authorization: `bearer ${tokenOf('admin')}` };
    expect((await send(node, 'GET', '/cluster', { headers })).status).toBe(200);
  });

  it('of the wrong role or bucket is told what is needed', async () => {
    const role = await as('reader', 'PUT', '/kv/cart-a/k', { body: 'v' });
    expect(jsonOf(role).detail).toBe(
      'this needs role write for bucket "cart-a"; the token "reader" has role read',
    );
    const bucket = await as('cart-writer', 'PUT', '/kv/other/k', { body: 'v' });
    expect(jsonOf(bucket).detail).toBe(
      'this needs role write for bucket "other"; the token "cart-writer" has role write for buckets that begin with "basket-" or "cart-"',
    );
    const cluster = await as('cart-admin', 'POST', '/cluster/commit');
    expect(jsonOf(cluster).detail).toBe(
      'this needs role admin for all buckets; the token "cart-admin" has role admin for buckets that begin with "cart-"',
    );
  });

  it('that is taken back opens nothing any more', async () => {
    expect((await as('reader', 'GET', '/cluster')).status).toBe(200);
    inForce = new TokenTable([]);
    try {
      expect((await as('reader', 'GET', '/cluster')).status).toBe(401);
      expect((await as('admin', 'PUT', '/kv/cart-a/k', { body: 'v' })).status).toBe(401);
    } finally {
      inForce = ALL_TOKENS;
    }
  });
});

describe('what is refused', () => {
  it('has no effect', async () => {
    await send(node, 'PUT', '/kv/cart-untouched/k', { body: 'v' });
    await as('cart-reader', 'PUT', '/kv/cart-untouched/k', { body: 'v' });
    await as('cart-writer', 'PUT', '/kv/untouched/k', { body: 'v' });
    expect(codeOf(await as('admin', 'GET', '/kv/cart-untouched/k'))).toBe('no_such_bucket');
    expect(codeOf(await as('admin', 'GET', '/kv/untouched/k'))).toBe('no_such_bucket');
  });
});

describe('a batch', () => {
  it('is judged operation by operation', async () => {
    const operations = [
      { op: 'put', bucket: 'cart-b', key: 'k', value: 'v' },
      { op: 'put', bucket: 'other-b', key: 'k', value: 'v' },
      { op: 'get', bucket: 'other-b', key: 'k' },
      { op: 'delete', bucket: 'other-b', key: 'k' },
      { op: 'increment', bucket: 'other-b', key: 'k' },
      { op: 'append', bucket: 'other-b', key: 'k', value: 'v' },
      { op: 'get', bucket: 'cart-b', key: 'none' },
    ];
    const statuses = async (name: Bearer) => {
      const answer = await as(name, 'POST', '/batch', { body: JSON.stringify({ operations }) });
      return jsonOf(answer).results.map(({ status }: { status: number }) => status);
    };
    expect(await statuses('cart-reader')).toEqual([403, 403, 403, 403, 403, 403, 404]);
    expect(await statuses('cart-writer')).toEqual([204, 403, 403, 403, 403, 403, 404]);
    expect(codeOf(await as('admin', 'GET', '/kv/other-b/k'))).toBe('no_such_bucket');
    const reader = await statuses('reader');
    expect(reader.slice(0, 2)).toEqual([403, 403]);
    expect(reader[2]).toBe(404);
  });
});

describe('a watch', () => {
  it('ends when its token is taken back, before anything more is told', async () => {
    const headers = { authorization: `Bearer ${tokenOf('cart-reader')}` };
    const told = new Promise<string>((resolve, reject) => {
      const outgoing = get(
        { host: '127.0.0.1', port: node.port, path: '/watch/cart-raft', headers },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk) => {
            text += String(chunk);
            if (text.includes('beat')) void change();
          });
          incoming.on('end', () => resolve(text));
        },
      );
      outgoing.on('error', reject);
    });
    let changed = false;
    const change = async () => {
      if (changed) return;
      changed = true;
      inForce = new TokenTable(made.map(({ stored }) => stored).filter((t) => t.name === 'admin'));
      await as('admin', 'PUT', '/kv/cart-raft/k', { body: 'hidden' });
    };
    try {
      const text = await told;
      expect(text).toContain('event: problem');
      expect(text).toContain('"code":"unauthenticated"');
      expect(text).not.toContain('hidden');
    } finally {
      inForce = ALL_TOKENS;
    }
  });
});
