/** The description of the API as an OpenAPI 3.1 document, from what the routes declare. */

import { ERROR_TABLE, type ErrorCode } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import { ERRORS_OF_ALL, TOKEN_ERRORS } from '../declared-errors.ts';
import {
  always,
  CHALLENGE,
  NO_SNIFFING,
  REQUEST_ID_TOLD,
  RETRY_AFTER,
  TRACE_HEADERS,
  TRACE_RESPONSE,
} from '../declared-headers.ts';
import { PATH_PARAMETERS, TRACE } from '../declared-parameters.ts';
import { PROBLEM } from '../problem.ts';
import type {
  Answer,
  AnswerHeader,
  Contents,
  Method,
  Operation,
  Parameter,
  Route,
} from './operation.ts';
import { componentName, type Schema } from './schema.ts';
import { accessText, SECURITY_SCHEMES, type SecurityRequirement, securityOf } from './security.ts';
import { TAGS } from './tags.ts';

/** Of the API: that of the package. */
const VERSION = '0.1.0';

export interface MediaTypeObject {
  readonly schema?: Schema;
  readonly example?: unknown;
  /** Of one item, where the body is a stream of them. */
  readonly 'x-itemSchema'?: Schema;
}

export interface HeaderObject {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, MediaTypeObject>>;
}

export interface ParameterObject {
  readonly name: string;
  readonly in: Parameter['in'];
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly example: unknown;
  /** Modes of buckets. */
  readonly 'x-quorate-modes'?: readonly string[];
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly SecurityRequirement[];
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: {
    readonly description: string;
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaTypeObject>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by method in small letters. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: typeof SECURITY_SCHEMES;
  };
}

const INFO = {
  title: 'Quorate',
  version: VERSION,
  summary: 'A replicated key-value store in which each request chooses how many nodes must answer.',
  description:
    'Every node takes every request. What a parameter, a header or a field cannot be is refused with `400` and a text that says what would be right; so is every one that is not described here.\n\nErrors are problem documents (RFC 9457). `definite` says whether the request certainly had no effect, `retry` whether sending it again is safe and may help. A path that is not described here is `404` with the code `no_such_route`, another method `405` with `method_not_allowed`.\n\nRequests may bear an `X-Request-Id` of up to 128 letters, digits or `_.:/+=@-`, and a `traceparent` (W3C Trace Context); answers, logs and spans name them by these.\n\nIn JSON, keys and values that are not text stand in `keyBase64` and `valueBase64`.',
  license: { name: 'MIT', identifier: 'MIT' },
};

/** Throws where two components have one name. */
export function describe(routes: readonly Route[]): OpenApiDocument {
  const components = new Components();
  const paths = routes.map((route) => [route.path, pathItem(route, components)]);
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/', description: 'The node that told this; any other one will do.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: { schemas: components.schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

/** Schemas that have names stand in one place, and are referred to elsewhere. */
class Components {
  readonly #named = new Map<string, Schema>();
  readonly #told = new Map<string, Schema>();

  get schemas(): Readonly<Record<string, Schema>> {
    const byName = [...this.#told].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(byName);
  }

  told(schema: Schema): Schema {
    return this.#tell(schema) as Schema;
  }

  #tell(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#tell(item));
    if (typeof value !== 'object' || value === null) return value;
    const name = componentName(value);
    if (name === undefined) return this.#inside(value);
    const known = this.#named.get(name);
    invariant(known === undefined || known === value, `two schemas have the name ${name}`);
    if (known === undefined) {
      this.#named.set(name, value as Schema);
      this.#told.set(name, this.#inside(value));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #inside(schema: object): Schema {
    const entries = Object.entries(schema).map(([keyword, value]) => [keyword, this.#tell(value)]);
    return Object.fromEntries(entries);
  }
}

function pathItem({ path, methods }: Route, components: Components) {
  const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => {
    const parameter = PATH_PARAMETERS[name];
    invariant(parameter !== undefined, `nothing is declared of {${name}} in ${path}`);
    return parameter;
  });
  const entries = Object.entries(methods).map(([method, { operation }]) => {
    return [method.toLowerCase(), operationObject(method as Method, named, operation, components)];
  });
  return Object.fromEntries(entries) as Record<string, OperationObject>;
}

function operationObject(
  method: Method,
  named: readonly Parameter[],
  operation: Operation,
  components: Components,
): OperationObject {
  const { id, tag, access, summary, description, query = [], headers = [], body } = operation;
  const isHead = method === 'HEAD';
  return {
    operationId: isHead ? `${id}Head` : id,
    tags: [tag],
    summary: isHead ? `${summary}: only the headers` : summary,
    description: `${description}\n\n${accessText(access)}`,
    security: securityOf(access),
    parameters: [...named, ...query, ...headers].map((parameter) => {
      return parameterObject(parameter, components);
    }),
    ...(body !== undefined && {
      requestBody: { ...body, content: contentObjects(body.content, components) },
    }),
    responses: responseObjects(operation, isHead, components),
  };
}

function parameterObject(
  { modes, required, schema, ...parameter }: Parameter,
  components: Components,
): ParameterObject {
  return {
    ...parameter,
    required: required === true,
    schema: components.told(schema),
    ...(modes && { 'x-quorate-modes': modes }),
  };
}

function contentObjects(contents: Contents, components: Components) {
  const entries = Object.entries(contents).map(([type, { schema, itemSchema, example }]) => [
    type,
    {
      ...(schema && { schema: components.told(schema) }),
      ...(itemSchema && { 'x-itemSchema': components.told(itemSchema) }),
      ...(example !== undefined && { example }),
    },
  ]);
  return Object.fromEntries(entries) as Record<string, MediaTypeObject>;
}

function responseObjects(
  operation: Operation,
  isHead: boolean,
  components: Components,
): Record<string, ResponseObject> {
  const answers = Object.entries({ ...operation.answers, ...problemAnswers(operation) });
  const responses = answers.map(([status, { description, headers = [], content }]) => [
    status,
    {
      description,
      headers: headerObjects([...headers, ...headersOfAll(operation, Number(status))], components),
      ...(content && !isHead && { content: contentObjects(content, components) }),
    },
  ]);
  return Object.fromEntries(responses);
}

/** Those of every answer. Where what came in was no HTTP request, the refusal has no id. */
function headersOfAll({ query = [] }: Operation, status: number): readonly AnswerHeader[] {
  return [
    status < 400 ? always(REQUEST_ID_TOLD) : REQUEST_ID_TOLD,
    NO_SNIFFING,
    ...(query.includes(TRACE) ? TRACE_HEADERS : []),
    TRACE_RESPONSE,
  ];
}

function headerObjects(headers: readonly AnswerHeader[], components: Components) {
  return Object.fromEntries(
    headers.map(({ name, description, schema, required }) => [
      name,
      { description, required: required === true, schema: components.told(schema) },
    ]),
  );
}

/** By the status of a problem. */
const PROBLEM_HEADERS: Readonly<Record<number, readonly AnswerHeader[]>> = {
  401: [always(CHALLENGE)],
  403: [CHALLENGE],
  503: [RETRY_AFTER],
};

/** By status: which codes there are, and what each means. */
function problemAnswers({ access, errors, problemHeaders = {} }: Operation) {
  const ofAccess = access === 'open' ? [] : TOKEN_ERRORS;
  const codes = new Set([...ERRORS_OF_ALL, ...ofAccess, ...errors]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_TABLE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, ofStatus]) => [
    status,
    {
      description: ofStatus.map((code) => `\`${code}\`: ${ERROR_TABLE[code].title}.`).join('\n\n'),
      headers: [...(problemHeaders[status] ?? []), ...(PROBLEM_HEADERS[status] ?? [])],
      content: {
        'application/problem+json': {
          schema: { allOf: [PROBLEM], properties: { code: { enum: ofStatus } } },
        },
      },
    },
  ]);
  return Object.fromEntries(answers) as Record<number, Answer>;
}
