/**
 * What a route declares of itself, beside its handlers: from it the route is registered, its
 * query is checked, and the description of the API is put together.
 */

import type { ErrorCode } from '../../kernel/errors.ts';
import type { Role } from '../../kernel/grant.ts';
import type { BucketMode, QuorateNode } from '../../node/index.ts';
import type { AppContext, AppParts } from '../app.ts';
import type { Handler } from '../by-method.ts';
import type { Schema } from './schema.ts';
import type { Tag } from './tags.ts';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

export interface Parameter {
  /** Of a header: with `*` at its end it stands for all that begin so. */
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: Schema;
  readonly example: string | number | boolean;
  readonly required?: true;
  /** Of the bucket; absent: the same in all. In buckets of other modes it is refused. */
  readonly modes?: readonly BucketMode[];
}

export interface AnswerHeader {
  /** As in `Parameter`. */
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
  /** Absent: not in every such answer. */
  readonly required?: true;
}

export interface Content {
  readonly schema?: Schema;
  /** Of one item, where the body is a stream of them: a line, or the data of an event. */
  readonly itemSchema?: Schema;
  readonly example?: unknown;
}

/** By media type; `*` stands for what the client chose. */
export type Contents = Readonly<Record<string, Content>>;

export interface Body {
  readonly description: string;
  readonly required: boolean;
  readonly content: Contents;
}

export interface Answer {
  readonly description: string;
  readonly headers?: readonly AnswerHeader[];
  readonly content?: Contents;
}

/** What a request asks of the token that comes with it. */
export interface Demand {
  readonly role: Role;
  /**
   * `bucket`: the bucket in the path has to be one of the token's. `cluster`: the token has to be
   * for all buckets. `any`: no matter for which buckets it is.
   */
  readonly of: 'bucket' | 'cluster' | 'any';
}

/** `open`: it takes no token. */
export type Access = Demand | 'open';

export interface Operation {
  /** Its name in clients that are generated. */
  readonly id: string;
  readonly tag: Tag;
  /** To whom it is open where clients have to show tokens: see guard.ts. */
  readonly access: Access;
  readonly summary: string;
  /** Paragraphs with empty lines between; `code` in backquotes, and nothing more of Markdown. */
  readonly description: string;
  /** Any other is refused. */
  readonly query?: readonly Parameter[];
  readonly headers?: readonly Parameter[];
  readonly body?: Body;
  /** By status; `default`: of whatever status another node answers with. */
  readonly answers: { readonly [status: number]: Answer; readonly default?: Answer };
  /** Beside those that any request may be answered with. */
  readonly errors: readonly ErrorCode[];
  /** Of problems, by status. */
  readonly problemHeaders?: Readonly<Record<number, readonly AnswerHeader[]>>;
}

/** One method of a path. */
export interface Endpoint {
  readonly operation: Operation;
  /** Called once, when the app is made. */
  readonly serve: (parts: AppParts) => Handler;
}

/** Of a handler that needs the node, and nothing else of what an app is made from. */
export function byNode(
  handle: (c: AppContext, node: QuorateNode) => Response | Promise<Response>,
): Endpoint['serve'] {
  return ({ node }) =>
    (c) =>
      handle(c, node);
}

export interface Route {
  /** With the names of its parts in braces. */
  readonly path: string;
  readonly methods: Readonly<Partial<Record<Method, Endpoint>>>;
}

export function queryNames({ query = [] }: Operation): readonly string[] {
  return query.map(({ name }) => name);
}

/** Of each mode of bucket. */
export function queryNamesByMode({
  query = [],
}: Operation): Readonly<Record<BucketMode, readonly string[]>> {
  const namesIn = (mode: BucketMode) =>
    query.filter(({ modes }) => modes?.includes(mode) ?? true).map(({ name }) => name);
  return { dynamo: namesIn('dynamo'), paxos: namesIn('paxos'), raft: namesIn('raft') };
}
