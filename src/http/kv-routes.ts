/** One key: GET, HEAD, PUT, DELETE `/kv/{bucket}/{key}` and POST `/kv/{bucket}`. */

import { randomUUID } from 'node:crypto';
import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { percentEncode } from '../kernel/percent.ts';
import type { QuorateNode, SiblingObject, WriteContent, WriteResult } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  levelParameter,
  type Parameters,
  parseQuery,
  readRepairParameter,
  returnParameter,
  timeoutParameter,
} from './parameters.ts';
import {
  CONTEXT_HEADER,
  type Known,
  QUORUM_HEADER,
  quorumText,
  represent,
} from './representation.ts';
import { readBody } from './request-body.ts';
import { bucketOfPath, keyOfPath, pathOf, queryOf } from './request-target.ts';
import { checkContentType, metaOfHeaders } from './value-headers.ts';

const READ_PARAMETERS = ['r', 'pr', 'read_repair', 'timeout'];
const PUT_PARAMETERS = ['w', 'pw', 'return', 'timeout'];
const DELETE_PARAMETERS = ['w', 'pw', 'r', 'timeout'];

/** Conditions that only a linearizable bucket could check. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'];

export async function getKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, READ_PARAMETERS);
  const { bucket, key } = keyOfPath(path);
  const request = {
    bucket,
    key,
    r: levelParameter(parameters, 'r'),
    pr: levelParameter(parameters, 'pr') ?? 0,
    readRepair: readRepairParameter(parameters),
  };
  const result = await node.read(request, timeoutParameter(parameters));
  return represent(c, result, node.id);
}

export async function putKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, PUT_PARAMETERS);
  const { bucket, key } = keyOfPath(path);
  const result = await put(c, node, parameters, bucket, key);
  if (result.object !== undefined) return represent(c, known(result, result.object), node.id);
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

export async function deleteKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, DELETE_PARAMETERS);
  const { bucket, key } = keyOfPath(path);
  refuseConditions(c);
  const request = {
    bucket,
    key,
    content: null,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    r: levelParameter(parameters, 'r'),
    returnBody: false,
  };
  const result = await node.write(request, timeoutParameter(parameters));
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

export async function postValue(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, PUT_PARAMETERS);
  const bucket = bucketOfPath(path);
  const key = utf8(randomUUID());
  const result = await put(c, node, parameters, bucket, key);
  const location = `/kv/${bucket}/${percentEncode(key)}`;
  if (result.object !== undefined) {
    const response = represent(c, known(result, result.object), node.id);
    return new Response(response.body, {
      status: 201,
      headers: { ...Object.fromEntries(response.headers), location },
    });
  }
  return new Response(null, { status: 201, headers: { ...writeHeaders(result, node), location } });
}

async function put(
  c: AppContext,
  node: QuorateNode,
  parameters: Parameters,
  bucket: string,
  key: Uint8Array,
): Promise<WriteResult> {
  refuseConditions(c);
  const request = {
    bucket,
    key,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    r: undefined,
    returnBody: returnParameter(parameters),
    content: await readContent(c, node),
  };
  return node.write(request, timeoutParameter(parameters));
}

function known({ context, quorum }: WriteResult, object: SiblingObject): Known {
  return { context, quorum, object };
}

function readTarget(c: AppContext, allowed: readonly string[]) {
  const target = c.env.incoming.url ?? '/';
  return { path: pathOf(target), parameters: parseQuery(queryOf(target), allowed) };
}

/** Tokens have no commas, so a repeated header, which arrives joined, is taken apart again. */
function contextsOf(c: AppContext): readonly string[] {
  const header = c.env.incoming.headers[CONTEXT_HEADER];
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
}

async function readContent(c: AppContext, node: QuorateNode): Promise<WriteContent> {
  const { incoming } = c.env;
  const contentType = incoming.headers['content-type'] ?? '';
  checkContentType(contentType);
  const meta = metaOfHeaders(incoming.headers);
  return { value: await readBody(incoming, node.valueBytesMax), contentType, meta };
}

function refuseConditions(c: AppContext): void {
  const { headers } = c.env.incoming;
  const condition = CONDITIONS.find((name) => headers[name] !== undefined);
  if (condition === undefined) return;
  throw new QuorateError(
    'condition_unsupported',
    `${condition} could not be checked atomically here, which takes a bucket of mode paxos or raft (there are none yet): send the X-Quorate-Context of your last read instead, and resolve siblings`,
    { parameter: condition },
  );
}

function writeHeaders(result: WriteResult, node: QuorateNode): Record<string, string> {
  return {
    [CONTEXT_HEADER]: result.context,
    [QUORUM_HEADER]: quorumText(result.quorum, node.id),
  };
}
