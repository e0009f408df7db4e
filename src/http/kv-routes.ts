/** One key: GET, HEAD, PUT, DELETE `/kv/{bucket}/{key}` and POST `/kv/{bucket}`. */

import { randomUUID } from 'node:crypto';
import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { percentEncode } from '../kernel/percent.ts';
import type { QuorateNode, WriteContent, WriteResult } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  levelParameter,
  type Parameters,
  parseQuery,
  readRepairParameter,
  returnParameter,
  timeoutParameter,
} from './parameters.ts';
import { CONTEXT_HEADER, QUORUM_HEADER, quorumText, represent } from './representation.ts';
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
  const request = {
    ...keyOfPath(path),
    r: levelParameter(parameters, 'r'),
    pr: levelParameter(parameters, 'pr') ?? 0,
    readRepair: readRepairParameter(parameters),
  };
  const result = await node.read(request, timeoutParameter(parameters));
  return represent(c, result, node.id);
}

export async function putKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, PUT_PARAMETERS);
  const target = keyOfPath(path);
  refuseConditions(c);
  const returnBody = returnParameter(parameters);
  const content = await readContent(c, node);
  const result = await write(c, node, parameters, { ...target, content, returnBody });
  if (result.object !== undefined) {
    return represent(c, { ...result, object: result.object }, node.id);
  }
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

export async function deleteKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, DELETE_PARAMETERS);
  const target = keyOfPath(path);
  refuseConditions(c);
  const result = await write(c, node, parameters, { ...target, content: null, returnBody: false });
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

export async function postValue(c: AppContext, node: QuorateNode): Promise<Response> {
  const { path, parameters } = readTarget(c, PUT_PARAMETERS);
  const bucket = bucketOfPath(path);
  refuseConditions(c);
  const returnBody = returnParameter(parameters);
  const key = utf8(randomUUID());
  const content = await readContent(c, node);
  const result = await write(c, node, parameters, { bucket, key, content, returnBody });
  const location = `/kv/${bucket}/${percentEncode(key)}`;
  if (result.object !== undefined) {
    const response = represent(c, { ...result, object: result.object }, node.id);
    return new Response(response.body, {
      status: 201,
      headers: { ...Object.fromEntries(response.headers), location },
    });
  }
  return new Response(null, { status: 201, headers: { ...writeHeaders(result, node), location } });
}

interface WriteTarget {
  readonly bucket: string;
  readonly key: Uint8Array;
  readonly content: WriteContent | null;
  readonly returnBody: boolean;
}

function write(
  c: AppContext,
  node: QuorateNode,
  parameters: Parameters,
  target: WriteTarget,
): Promise<WriteResult> {
  const request = {
    ...target,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    r: levelParameter(parameters, 'r'),
  };
  return node.write(request, timeoutParameter(parameters));
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
  const condition = CONDITIONS.find((name) => c.env.incoming.headers[name] !== undefined);
  if (condition === undefined) return;
  throw new QuorateError(
    'condition_unsupported',
    `a dynamo bucket cannot check ${condition} atomically: send the X-Quorate-Context of your last read instead and resolve siblings, or use a bucket whose mode is paxos or raft`,
    { parameter: condition },
  );
}

function writeHeaders(result: WriteResult, node: QuorateNode): Record<string, string> {
  return {
    [CONTEXT_HEADER]: result.context,
    [QUORUM_HEADER]: quorumText(result.quorum, node.id),
  };
}
