/** One key: GET, HEAD, PUT, DELETE `/kv/{bucket}/{key}` and POST `/kv/{bucket}`. */

import { randomUUID } from 'node:crypto';
import { utf8 } from '../kernel/bytes.ts';
import { percentEncode } from '../kernel/percent.ts';
import type { QuorateNode, SiblingObject, WriteContent, WriteResult } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { RAFT_ONLY, raftBucketNamed } from './bucket-mode.ts';
import { conditionUnsupported } from './conditions.ts';
import { HeldRequest, holdAnswer } from './held-request.ts';
import {
  levelParameter,
  parseQuery,
  readRepairParameter,
  returnParameter,
  sloppyParameter,
  timeoutOfQuery,
  timeoutParameter,
  valueTtlParameter,
} from './parameters.ts';
import { deleteRaftKey, getRaftKey, putRaftKey } from './raft-kv-routes.ts';
import {
  CONTEXT_HEADER,
  type Known,
  QUORUM_HEADER,
  quorumText,
  represent,
} from './representation.ts';
import { readBody } from './request-body.ts';
import { bucketOfPath, keyOfPath, pathOf, queryOf } from './request-target.ts';
import { sessionHeaders, sessionOf } from './session-headers.ts';
import { checkContentType, metaOfHeaders } from './value-headers.ts';

const READ_PARAMETERS = ['r', 'pr', 'sloppy', 'read_repair', 'timeout', 'session'];
const PUT_PARAMETERS = ['w', 'pw', 'sloppy', 'return', 'timeout', 'ttl', 'session'];
const DELETE_PARAMETERS = ['w', 'pw', 'r', 'sloppy', 'timeout', 'session'];

/** Conditions that only a linearizable bucket could check. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'];

export async function getKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, raft } = await targetOf(c, node);
  if (raft !== undefined) return getRaftKey(c, { node, bucket: raft, key });
  const parameters = parseQuery(query, READ_PARAMETERS, RAFT_ONLY);
  const request = {
    bucket,
    key,
    r: levelParameter(parameters, 'r'),
    pr: levelParameter(parameters, 'pr') ?? 0,
    sloppy: sloppyParameter(parameters),
    readRepair: readRepairParameter(parameters),
    session: sessionOf(c, parameters),
  };
  const result = await node.read(request, timeoutParameter(parameters));
  holdAnswer(c, node, result.object.siblings);
  return represent(c, result, node.id);
}

export async function putKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, raft } = await targetOf(c, node);
  if (raft !== undefined) return putRaftKey(c, { node, bucket: raft, key });
  return put(c, node, query, bucket, key);
}

export async function deleteKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, raft } = await targetOf(c, node);
  if (raft !== undefined) return deleteRaftKey(c, { node, bucket: raft, key });
  const parameters = parseQuery(query, DELETE_PARAMETERS, RAFT_ONLY);
  refuseConditions(c);
  const request = {
    bucket,
    key,
    content: null,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    sloppy: sloppyParameter(parameters),
    r: levelParameter(parameters, 'r'),
    returnBody: false,
    session: sessionOf(c, parameters),
  };
  const result = await node.write(request, timeoutParameter(parameters));
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

export async function postValue(c: AppContext, node: QuorateNode): Promise<Response> {
  const target = c.env.incoming.url ?? '/';
  const query = queryOf(target);
  const bucket = bucketOfPath(pathOf(target));
  const raft = await raftBucketNamed(node, bucket, timeoutOfQuery(query));
  const key = utf8(randomUUID());
  const response = await (raft === undefined
    ? put(c, node, query, bucket, key)
    : putRaftKey(c, { node, bucket: raft, key }));
  const location = `/kv/${bucket}/${percentEncode(key)}`;
  return new Response(response.body, {
    status: 201,
    headers: { ...Object.fromEntries(response.headers), location },
  });
}

async function put(
  c: AppContext,
  node: QuorateNode,
  query: string,
  bucket: string,
  key: Uint8Array,
): Promise<Response> {
  const parameters = parseQuery(query, PUT_PARAMETERS, RAFT_ONLY);
  refuseConditions(c);
  const request = {
    bucket,
    key,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    sloppy: sloppyParameter(parameters),
    r: undefined,
    ttlMs: valueTtlParameter(parameters),
    returnBody: returnParameter(parameters),
    session: sessionOf(c, parameters),
    content: await readContent(c, node),
  };
  const result = await node.write(request, timeoutParameter(parameters));
  if (result.object !== undefined) return represent(c, known(result, result.object), node.id);
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

function known({ context, quorum, session }: WriteResult, object: SiblingObject): Known {
  return { context, quorum, object, session };
}

/** `raft` is the bucket where it is one of that mode. */
async function targetOf(c: AppContext, node: QuorateNode) {
  const target = c.env.incoming.url ?? '/';
  const query = queryOf(target);
  const { bucket, key } = keyOfPath(pathOf(target));
  const raft = await raftBucketNamed(node, bucket, timeoutOfQuery(query));
  return { bucket, key, query, raft };
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
  const held = new HeldRequest(c, node);
  return { value: await readBody(incoming, node.valueBytesMax, held), contentType, meta };
}

function refuseConditions(c: AppContext): void {
  const { headers } = c.env.incoming;
  const condition = CONDITIONS.find((name) => headers[name] !== undefined);
  if (condition !== undefined) throw conditionUnsupported(condition);
}

function writeHeaders(result: WriteResult, node: QuorateNode): Record<string, string> {
  return {
    [CONTEXT_HEADER]: result.context,
    [QUORUM_HEADER]: quorumText(result.quorum, node.id),
    ...sessionHeaders(result.session),
  };
}
