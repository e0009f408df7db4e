/**
 * Whether what a node answers is what its description declares: the status, the headers, the
 * media type and the body; and whether requests that it took are declared.
 */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  describe,
  type HeaderObject,
  type MediaTypeObject,
  type OpenApiDocument,
  type OperationObject,
} from '../src/http/openapi/document.ts';
import { RELAYED_BY_HEADER } from '../src/http/relay/carried-headers.ts';
import { relayedOf } from '../src/http/relay/relayed-target.ts';
import { ROUTES } from '../src/http/routes.ts';

export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly sent: {
    readonly headers?: Readonly<Record<string, string | undefined>>;
    readonly body?: string | Uint8Array | undefined;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: NodeJS.Dict<string | string[]>;
    /** Of an answer that has no end of its own: what has come so far. */
    readonly body: Uint8Array;
  };
}

type Schema = Readonly<Record<string, unknown>>;

const COMPONENTS = '#/components/schemas/';
const COMPONENT_IDS = 'https://quorate.invalid/';
const PROBLEM: Schema = { $ref: `${COMPONENTS}Problem` };

/** Headers that only a node with something to tell by them sends. */
const TELLING =
  /^(x-quorate-.*|x-request-id|traceresponse|server-timing|etag|location|allow|retry-after|www-authenticate|content-security-policy)$/;
/** Headers of requests that change what is done. */
const ASKING = /^(x-quorate-.*|if-.*|idempotency-key|last-event-id)$/;

export class DeclaredAnswers {
  readonly document: OpenApiDocument;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.document = document;
    this.#ajv = new Ajv2020({ strictTypes: false });
    addFormats.default(this.#ajv);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      this.#ajv.addSchema({ ...closed(schema), $id: COMPONENT_IDS + name });
    }
  }

  /** Throws where an answer is not as declared. */
  expectAnswer(exchange: Exchange): void {
    const asked = isCarried(exchange) ? asAsked(exchange) : exchange;
    const { method, target, answer } = asked;
    const operation = this.#operationOf(asked);
    const problems = operation
      ? this.#problemsOf(operation, method, answer)
      : this.#undescribed(method, target, answer);
    demandNone(problems, exchange);
  }

  /** Throws where a request was carried out that is not declared so. */
  expectRequest(exchange: Exchange): void {
    const asked = isCarried(exchange) ? asAsked(exchange) : exchange;
    const { target, sent, answer } = asked;
    const operation = this.#operationOf(asked);
    if (operation === undefined || !isCarriedOut(operation, answer)) return;
    const [, query = ''] = target.split(/\?(.*)/s);
    demandNone(this.#undeclaredOf(operation, query, sent), exchange);
  }

  #problemsOf(
    operation: OperationObject,
    method: string,
    { status, headers, body }: Exchange['answer'],
  ): readonly string[] {
    const response = operation.responses[status];
    if (response === undefined) return [`${operation.operationId} declares no ${status}`];
    return [
      ...this.#wrongHeaders(response.headers ?? {}, headers),
      ...this.#wrongBody(response.content, String(headers['content-type'] ?? ''), body, method),
    ];
  }

  #operationOf({ method, target }: Exchange): OperationObject | undefined {
    const [path = ''] = target.split('?');
    for (const [template, methods] of Object.entries(this.document.paths)) {
      const pattern = template
        .replace('{bucket}/{key}', '[^/]*/.*')
        .replace('{node}/', '[^/]*/')
        .replace(/^\/kv\/\{bucket\}$/, '/kv/[^/]*')
        .replace(/\{[^}]+\}$/, '.*');
      if (!new RegExp(`^${pattern}$`, 's').test(path)) continue;
      return methods[method.toLowerCase()];
    }
    return undefined;
  }

  /** Of what is not described, a node can only say that. */
  #undescribed(method: string, target: string, { status, headers, body }: Exchange['answer']) {
    if (status < 400) return [`nothing is declared of ${method} ${target}`];
    if (status === 405 && headers.allow === undefined) return ['405 without Allow'];
    if (method === 'HEAD') return [];
    return this.#wrongJson(PROBLEM, body);
  }

  /** What a request bore that nobody declared, and yet it was carried out. */
  #undeclaredOf(
    { parameters, requestBody }: OperationObject,
    query: string,
    { headers = {}, body }: Exchange['sent'],
  ): readonly string[] {
    const declared = (where: string) =>
      parameters.filter((parameter) => parameter.in === where).map(({ name }) => name);
    const inQuery = [...new URLSearchParams(query).keys()];
    const asking = Object.keys(headers).filter(
      (name) => headers[name] !== undefined && ASKING.test(name.toLowerCase()),
    );
    const schema = requestBody?.content['application/json']?.schema;
    const hasBody = body !== undefined && body.length > 0;
    return [
      ...inQuery.filter((name) => !declared('query').includes(name)).map(undeclared('parameter')),
      ...asking.filter((name) => !isAmong(name, declared('header'))).map(undeclared('header')),
      ...(hasBody && schema ? this.#wrongJson(schema, Buffer.from(body)) : []),
    ];
  }

  #wrongHeaders(
    declared: Readonly<Record<string, HeaderObject>>,
    headers: NodeJS.Dict<string | string[]>,
  ): readonly string[] {
    const others = Object.keys(headers).filter(
      (name) => TELLING.test(name) && !isAmong(name, Object.keys(declared)),
    );
    const wrong = Object.entries(declared).flatMap(([name, { required, schema }]) => {
      const value = headers[name.toLowerCase()];
      if (value === undefined) return required ? [`the header ${name} is missing`] : [];
      const inside = schema.contentSchema as Schema | undefined;
      return [
        ...this.#wrong(schema, value, name),
        ...(inside ? this.#wrongJson(inside, Buffer.from(String(value))) : []),
      ];
    });
    return [...others.map(undeclared('header')), ...wrong];
  }

  #wrongBody(
    content: Readonly<Record<string, MediaTypeObject>> = {},
    contentType: string,
    body: Uint8Array,
    method: string,
  ): readonly string[] {
    const [type = ''] = contentType.split(';');
    if (method === 'HEAD' || body.length === 0) return body.length === 0 ? [] : ['HEAD has a body'];
    const media = content[type] ?? content['*/*'];
    if (media === undefined) return [`the media type ${JSON.stringify(type)} is not declared`];
    const { schema, 'x-itemSchema': itemSchema } = media;
    if (itemSchema !== undefined) {
      return itemsOf(type, body).flatMap((item) => this.#wrongJson(itemSchema, item));
    }
    if (schema === undefined) return [];
    const isJson = type.endsWith('json');
    return isJson
      ? this.#wrongJson(schema, body)
      : this.#wrong(schema, Buffer.from(body).toString('utf8'), 'the body');
  }

  #wrongJson(schema: Schema, body: Uint8Array): readonly string[] {
    try {
      return this.#wrong(schema, JSON.parse(Buffer.from(body).toString('utf8')), 'the body');
    } catch (error) {
      if (error instanceof SyntaxError) return [`the body is no JSON: ${error.message}`];
      throw error;
    }
  }

  #wrong(schema: Schema, value: unknown, what: string): readonly string[] {
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile(closed(schema));
      this.#validators.set(schema, validate);
    }
    if (validate(value)) return [];
    return [`${what}: ${this.#ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors)}`];
  }
}

function demandNone(problems: readonly string[], { method, target, answer }: Exchange): void {
  if (problems.length === 0) return;
  const { status, headers, body } = answer;
  const shown = Buffer.from(body).toString('utf8').slice(0, 2_000);
  throw new Error(
    `${method} ${target.slice(0, 200)} answered ${status}, which is not as declared:\n${problems.join('\n')}\n${JSON.stringify(headers)}\n${shown}`,
  );
}

/** Of an answer that came from another node: it is declared by what that node was asked. */
function isCarried({ answer }: Exchange): boolean {
  return answer.headers[RELAYED_BY_HEADER] !== undefined;
}

function asAsked({ target, answer, ...exchange }: Exchange): Exchange {
  const { [RELAYED_BY_HEADER]: _, ...headers } = answer.headers;
  return { ...exchange, target: relayedOf(target).target, answer: { ...answer, headers } };
}

/** A batch is answered though operations in it were refused. */
function isCarriedOut({ operationId }: OperationObject, { status, body }: Exchange['answer']) {
  if (operationId !== 'runBatch' || status !== 200) return status < 400;
  const { results } = JSON.parse(Buffer.from(body).toString('utf8'));
  return !results.some(({ problem }: { readonly problem?: unknown }) => problem !== undefined);
}

function undeclared(what: string): (name: string) => string {
  return (name) => `the ${what} ${name} is not declared`;
}

/** `*` at the end of a declared name stands for all that begin so. */
function isAmong(name: string, declared: readonly string[]): boolean {
  return declared.some((other) => {
    const known = other.toLowerCase();
    return known.endsWith('*')
      ? name.toLowerCase().startsWith(known.slice(0, -1))
      : name.toLowerCase() === known;
  });
}

function itemsOf(type: string, body: Uint8Array): readonly Buffer[] {
  const lines = Buffer.from(body).toString('utf8').split('\n').slice(0, -1);
  const items =
    type === 'text/event-stream'
      ? lines.flatMap((line) => /^data: (.*)$/.exec(line)?.[1] ?? [])
      : lines;
  return items.map((item) => Buffer.from(item));
}

/** Clients may be told more one day; today there is nothing that is not declared. */
function closed(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, told(keyword, value)]);
  const { type, properties, additionalProperties } = schema;
  const isObject = type === 'object' && properties !== undefined;
  return {
    ...Object.fromEntries(entries),
    ...(isObject && additionalProperties === undefined && { additionalProperties: false }),
  };
}

function told(keyword: string, value: unknown): unknown {
  if (keyword === '$ref') return String(value).replace(COMPONENTS, COMPONENT_IDS);
  if (Array.isArray(value)) return value.map((item) => told('', item));
  return typeof value === 'object' && value !== null ? closed(value as Schema) : value;
}

/** By the description of this program. */
export const declaredAnswers = new DeclaredAnswers(describe(ROUTES));
