/** The description of the API, against the routes that a node has and against what it takes. */

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, describe as group, it } from 'vitest';
import { createApp } from '../../../src/http/app.ts';
import {
  describe,
  type OpenApiDocument,
  type OperationObject,
  type ParameterObject,
} from '../../../src/http/openapi/document.ts';
import { component, object, text } from '../../../src/http/openapi/schema.ts';
import { patternOf, ROUTES } from '../../../src/http/routes.ts';
import { DeclaredAnswers, declaredAnswers } from '../../declared-answers.ts';
import { type HttpNode, jsonOf, send, sendAnything, startHttpNode } from './http-node.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
const MODES = ['dynamo', 'paxos', 'raft'] as const;

const { document } = declaredAnswers;

interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

const operations: readonly Described[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    return { method: method.toUpperCase(), path, operation };
  }),
);

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
  for (const mode of MODES) {
    await send(node, 'PUT', `/buckets/${mode}`, { body: JSON.stringify({ mode }) });
  }
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

function jsonFile(path: string) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

/** With the schemas in a description judged by JSON Schema, as they have no dialect of their own. */
function openApiSchema() {
  const told = JSON.stringify(jsonFile('./openapi-3.1/schema.json'));
  return JSON.parse(
    told.replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"https://json-schema.org/draft/2020-12/schema"',
    ),
  );
}

/** A target of the operation, in a bucket of the mode. */
function targetOf(path: string, mode: string, query = ''): string {
  const named = path.replace('{node}', 'n1').replace('{path}', 'kv/{bucket}/{key}');
  return `${named.replace('{bucket}', mode).replace('{key}', 'k').replace('{id}', '7')}${query}`;
}

function bodyOf({ requestBody }: OperationObject): { body?: string } {
  const [media] = Object.values(requestBody?.content ?? {});
  const example = media?.example;
  if (example === undefined) return {};
  return { body: typeof example === 'string' ? example : JSON.stringify(example) };
}

function inQuery({ parameters }: OperationObject): readonly ParameterObject[] {
  return parameters.filter((parameter) => parameter.in === 'query');
}

function pairOf({ name, example }: ParameterObject): string {
  return `${name}=${example}`;
}

group('the description', () => {
  it('is what OpenAPI 3.1 demands', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(openApiSchema());
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is served as it is, with the version of the package', async () => {
    const { version } = jsonFile('../../../package.json');
    expect(document.info.version).toBe(version);
    const answer = await send(node, 'GET', '/openapi.json');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(jsonOf(answer)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has every route of a node, and no other', () => {
    const unused = {} as Parameters<typeof createApp>[0];
    const app = createApp(unused, new AbortController().signal);
    const patterns = new Set(app.routes.map(({ path }) => path));
    expect([...patterns].sort()).toEqual([...new Set(ROUTES.map(patternOf))].sort());
    expect(Object.keys(document.paths)).toEqual(ROUTES.map(({ path }) => path));
  });

  it.each(Object.entries(document.paths))('tells all methods of %s', async (path, methods) => {
    const described = Object.keys(methods).map((method) => method.toUpperCase());
    for (const method of [...METHODS, 'PATCH', 'OPTIONS']) {
      if (described.includes(method)) continue;
      const answer = await send(node, method, targetOf(path, 'raft'));
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe(described.join(', '));
    }
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has examples that are what they are examples of', () => {
    const examples = operations.flatMap(({ operation }) => [
      ...operation.parameters.map(({ schema, example }) => ({ schema, example })),
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.values(operation.responses).flatMap(({ content = {} }) => Object.values(content)),
    ]);
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    for (const { schema, example } of examples) {
      if (schema === undefined || example === undefined) continue;
      const told = { ...schema, components: document.components };
      expect(ajv.validate(told, example), `${JSON.stringify(example)} ${ajv.errorsText()}`).toBe(
        true,
      );
    }
  });

  it('refuses two schemas of one name', () => {
    const one = component('One', object({ a: text('A.') }));
    const other = component('One', object({ b: text('B.') }));
    const [route] = ROUTES.filter(({ path }) => path === '/healthz');
    const endpoint = route?.methods.GET;
    if (endpoint === undefined) throw new Error('there is no such route');
    const content = { 'application/json': { schema: object({ one, other }) } };
    const operation = { ...endpoint.operation, answers: { 200: { description: 'It.', content } } };
    const wrong = { path: '/healthz', methods: { GET: { ...endpoint, operation } } };
    expect(() => describe([wrong])).toThrow('two schemas have the name One');
  });
});

group('parameters', () => {
  const asked = operations.filter(({ path, method }) => {
    // One that is accepted never ends.
    return !(path.startsWith('/watch/') && method === 'GET');
  });

  it.each(operations)('$method $path refuses what is not declared', async (described) => {
    const { method, path, operation } = described;
    const needed = inQuery(operation).filter(({ required }) => required);
    const query = `?${[...needed.map(pairOf), 'nonsense=1'].join('&')}`;
    const target = targetOf(path, path.startsWith('/watch/') ? 'raft' : 'paxos', query);
    const answer = await send(node, method, target, bodyOf(operation));
    expect(answer.status).toBe(400);
    if (method === 'HEAD') return;
    expect(jsonOf(answer)).toMatchObject({ code: 'bad_parameter', parameter: 'nonsense' });
  });

  const each = asked.flatMap(({ method, path, operation }) =>
    inQuery(operation).map((parameter) => ({ method, path, operation, parameter })),
  );

  it.each(each)('$method $path takes $parameter.name', async (one) => {
    const { method, path, operation, parameter } = one;
    const needed = inQuery(operation).filter(({ required }) => required);
    const pairs = new Set([...needed, parameter].map(pairOf));
    for (const mode of path.startsWith('/kv/') ? MODES : (['dynamo'] as const)) {
      const target = targetOf(path, mode, `?${[...pairs].join('&')}`);
      const answer = await sendAnything(node, method, target, bodyOf(operation));
      if (method === 'HEAD') continue;
      const isFor = parameter['x-quorate-modes']?.includes(mode) ?? true;
      if (!isFor) expect(answer.status, `${mode}: ${answer.body}`).toBe(400);
      else if (answer.status === 400) expect(jsonOf(answer).parameter).not.toBe(parameter.name);
    }
  });
});

group('what is not as described is found', () => {
  const declared = new DeclaredAnswers(JSON.parse(JSON.stringify(document)) as OpenApiDocument);
  const exchange = {
    method: 'GET',
    target: '/healthz',
    sent: {},
    answer: {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'r1',
        'x-content-type-options': 'nosniff',
      },
      body: Buffer.from('{"healthy": true}'),
    },
  };
  const { answer } = exchange;

  it('as it is, it passes', () => {
    declared.expectAnswer(exchange);
    declared.expectRequest(exchange);
  });

  it.each([
    ['declares no 203', { ...answer, status: 203 }],
    ['media type "text/html"', { ...answer, headers: { 'content-type': 'text/html' } }],
    ['must be equal to constant', { ...answer, body: Buffer.from('{"healthy": false}') }],
    ['additional properties', { ...answer, body: Buffer.from('{"healthy": true, "x": 1}') }],
    ['is no JSON', { ...answer, body: Buffer.from('well') }],
    [
      'header x-quorate-trace is not declared',
      { ...answer, headers: { ...answer.headers, 'x-quorate-trace': '{}' } },
    ],
    ['X-Request-Id is missing', { ...answer, headers: { 'content-type': 'application/json' } }],
    ['header etag', { ...answer, headers: { ...answer.headers, etag: '"1"' } }],
  ])('an answer: %s', (why, other) => {
    expect(() => declared.expectAnswer({ ...exchange, answer: other })).toThrow(why);
  });

  it('an answer without a header that it must have', () => {
    const created = { ...answer, status: 201, body: Buffer.from('{"id":1,"ttlMs":1,"keys":0}') };
    const grant = { ...exchange, method: 'POST', target: '/leases?ttl=5000', answer: created };
    expect(() => declared.expectAnswer(grant)).toThrow('the header Location is missing');
  });

  it.each(['{', '{"requestId":"r1"}'])('a header of JSON: %s', (trace) => {
    const headers = { ...answer.headers, 'content-type': 'text/plain', 'x-quorate-trace': trace };
    const got = { ...answer, headers, body: Buffer.from('v') };
    const read = { ...exchange, target: '/kv/b/k?trace=true', answer: got };
    expect(() => declared.expectAnswer(read)).toThrow(/is no JSON|must have required property/);
  });

  it('a code that the operation does not declare', () => {
    const problem = declared.document.paths['/healthz']?.get?.responses['400'];
    expect(JSON.stringify(problem)).not.toContain('bad_context');
    const body = { type: 'urn:quorate:error:bad_context', title: '', status: 400, detail: '' };
    const refused = {
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: Buffer.from(
        JSON.stringify({ ...body, code: 'bad_context', definite: true, retry: false }),
      ),
    };
    expect(() => declared.expectAnswer({ ...exchange, answer: refused })).toThrow('data/code');
  });

  it.each([
    ['parameter trace', { target: '/healthz?trace=true' }],
    ['header if-match', { sent: { headers: { 'if-match': '*' } } }],
  ])('a request that was carried out: %s', (why, other) => {
    expect(() => declared.expectRequest({ ...exchange, ...other })).toThrow(why);
  });
});
