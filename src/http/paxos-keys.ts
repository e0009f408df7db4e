/**
 * Keys of buckets of mode paxos: the version of a value is the ballot that wrote it, in its text
 * form (`17.3.2.5`), and a value may have a ttl.
 */

import type { Trace } from '../kernel/trace.ts';
import type { KeyPage, KeyRange, PaxosChange, PaxosChanged, PaxosRead } from '../node/index.ts';
import { dynamoOnly, inPresentBucket } from './bucket-mode.ts';
import { versionHeaders } from './problem.ts';
import {
  etagIn,
  expiryDocument,
  headersOfExpiry,
  QUORUM_HEADER,
  quorumText,
} from './representation.ts';
import { sessionHeaders } from './session-headers.ts';
import type {
  Changed,
  Found,
  KeyChange,
  ReadBeside,
  VersionedKey,
  VersionedMode,
} from './versioned-key.ts';

const VERSION_HEADER = 'x-quorate-version';

export const PAXOS_KEYS: VersionedMode = {
  lifetime: 'ttl',
  misplaced: {
    ...dynamoOnly('paxos'),
    lease: 'is for keys of buckets of mode raft; a value of a paxos bucket may have a ttl',
  },
  versionForm: 'the text of a version, such as "17.3.2.5"',
  tagOf: (version) => (typeof version === 'string' && version !== '*' ? version : undefined),
  valueBytesMax: (node) => node.valueBytesMax,
  carriesSessions: true,
  get,
  change,
  list,
};

async function get(
  { node, bucket, key }: VersionedKey,
  timeoutMs: number,
  beside?: ReadBeside,
): Promise<Found> {
  const read = await inPresentBucket(node, bucket, timeoutMs, (present) =>
    node.paxosBuckets.get(present, key, timeoutMs, beside?.causal, beside?.trace),
  );
  const { content, version } = read;
  const told = headersBeside(read, node.id);
  if (content === undefined || version === undefined) {
    return { content: undefined, headers: told, result: {}, beside: {} };
  }
  const tag = versionHeaders(version);
  return {
    content,
    headers: { ...tag, ...told, ...headersOfExpiry(content) },
    result: { version, etag: etagIn(tag) },
    beside: expiryDocument(content),
  };
}

async function change(
  { node, bucket, key }: VersionedKey,
  asked: KeyChange,
  timeoutMs: number,
  trace?: Trace,
): Promise<Changed> {
  const changed = await inPresentBucket(node, bucket, timeoutMs, (present) =>
    node.paxosBuckets.change(present, key, paxosChangeOf(asked), timeoutMs, trace),
  );
  const { version, result } = changed;
  const told = headersBeside(changed, node.id);
  if (asked.type === 'delete') {
    // What is gone has no ETag.
    const headers = { [VERSION_HEADER]: version, ...told };
    return { headers, result: { version }, number: result };
  }
  const tag = versionHeaders(version);
  return {
    headers: { ...tag, ...told },
    result: { version, etag: etagIn(tag) },
    number: result,
  };
}

function list(
  { node, bucket }: Omit<VersionedKey, 'key'>,
  range: KeyRange,
  timeoutMs: number,
): Promise<KeyPage> {
  return inPresentBucket(node, bucket, timeoutMs, (present) =>
    node.paxosBuckets.list(present, range, timeoutMs),
  );
}

function paxosChangeOf(asked: KeyChange): PaxosChange {
  if (asked.type !== 'put') return asked;
  const { content, lease: _, ...put } = asked;
  return { ...put, ...content };
}

function headersBeside(
  { quorum, session }: PaxosRead | PaxosChanged,
  askedNode: string,
): Record<string, string> {
  return { [QUORUM_HEADER]: quorumText(quorum, askedNode), ...sessionHeaders(session) };
}
