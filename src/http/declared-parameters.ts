/** Parameters and headers that requests may bear, each declared once: see openapi/operation.ts. */

import { PAUSE_MS_MAX } from '../kernel/fault-table.ts';
import { KEY_BYTES_MAX } from '../kernel/names.ts';
import { TTL_FORM } from '../kernel/ttl.ts';
import {
  DEFAULT_TIMEOUT_MS,
  GUARANTEES,
  LEASE_TTL_MS_MAX,
  LEASE_TTL_MS_MIN,
  TIMEOUT_MS_MAX,
} from '../node/index.ts';
import type { Parameter } from './openapi/operation.ts';
import { choice, component, either, type Schema, text, whole } from './openapi/schema.ts';
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './parameters.ts';

const NAMED_LEVEL: Schema = { type: 'string', enum: ['one', 'quorum', 'all'] };

/** How many have to answer. */
export const LEVEL = component(
  'Level',
  either(
    'A number of nodes, or its name: `quorum` is more than half of the n of the bucket.',
    {
      type: 'integer',
      minimum: 1,
    },
    NAMED_LEVEL,
  ),
);

/** How many of the key's own replicas have to be among them. */
export const PRIMARY_LEVEL = component(
  'PrimaryLevel',
  either('Likewise; 0 asks for nothing.', { type: 'integer', minimum: 0 }, NAMED_LEVEL),
);

const BUCKET: Parameter = {
  name: 'bucket',
  in: 'path',
  description: 'The name of the bucket.',
  schema: text('1 to 64 letters, digits, dots, dashes or underscores.', {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  }),
  example: 'carts',
  required: true,
};

const KEY: Parameter = {
  name: 'key',
  in: 'path',
  description: `1 to ${KEY_BYTES_MAX} bytes, any bytes, percent-encoded; a slash may stand as it is.`,
  schema: { type: 'string', minLength: 1 },
  example: 'alice',
  required: true,
};

const PART: Parameter = {
  name: 'part',
  in: 'path',
  description: 'As the page of the dashboard names it.',
  schema: { type: 'string', minLength: 1 },
  example: 'dashboard-3f9c.js',
  required: true,
};

const LEASE_ID: Parameter = {
  name: 'id',
  in: 'path',
  description: 'What the lease was granted as.',
  schema: whole('An index of the log of the metadata group.', 0),
  example: 17,
  required: true,
};

const NODE: Parameter = {
  name: 'node',
  in: 'path',
  description: 'The name of a member of the cluster; that of this node will do as well.',
  schema: { type: 'string' },
  example: 'n2',
  required: true,
};

const RELAYED_PATH: Parameter = {
  name: 'path',
  in: 'path',
  description: 'Any path of this API, as it is: slashes stand as they are.',
  schema: { type: 'string' },
  example: 'kv/carts/alice',
  required: true,
};

/** By their names in the paths of routes. */
export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  bucket: BUCKET,
  key: KEY,
  id: LEASE_ID,
  part: PART,
  node: NODE,
  path: RELAYED_PATH,
};

type QueryParameter = Pick<Parameter, 'name' | 'description' | 'schema' | 'example'> &
  Partial<Pick<Parameter, 'modes' | 'required'>>;

function query(parameter: QueryParameter): Parameter {
  return { ...parameter, in: 'query' };
}

const DYNAMO = ['dynamo'] as const;

export const R = query({
  name: 'r',
  description: 'How many nodes must answer the read. Default: that of the bucket.',
  schema: LEVEL,
  example: 1,
  modes: DYNAMO,
});

export const W = query({
  name: 'w',
  description: 'How many disks must have the write. Default: that of the bucket.',
  schema: LEVEL,
  example: 'quorum',
  modes: DYNAMO,
});

export const PR = query({
  name: 'pr',
  description: 'So many of the answers must be those of the key’s own replicas. Default: 0.',
  schema: PRIMARY_LEVEL,
  example: 0,
  modes: DYNAMO,
});

export const PW = query({
  name: 'pw',
  description: 'So many of the disks must be those of the key’s own replicas. Default: 0.',
  schema: PRIMARY_LEVEL,
  example: 0,
  modes: DYNAMO,
});

export const SLOPPY = query({
  name: 'sloppy',
  description:
    '`true` (the default): where a replica does not answer, another node may stand in for it. `false`: only the replicas of the key count.',
  schema: { type: 'boolean', default: true },
  example: false,
  modes: DYNAMO,
});

export const READ_REPAIR = query({
  name: 'read_repair',
  description: 'When replicas that were found behind get what they lack.',
  schema: {
    ...choice(
      '`async`: in the background; `blocking`: before the answer; `off`: not by this read.',
      ['async', 'blocking', 'off'],
    ),
    default: 'async',
  },
  example: 'off',
  modes: DYNAMO,
});

export const VALUES = query({
  name: 'values',
  description: '`false`: values are left out. `true` (the default): short ones are told.',
  schema: { type: 'boolean', default: true },
  example: false,
});

export const TIMEOUT = query({
  name: 'timeout',
  description: 'How long the node may take, in milliseconds.',
  schema: { ...whole('Milliseconds.', 1, TIMEOUT_MS_MAX), default: DEFAULT_TIMEOUT_MS },
  example: 5_000,
});

export const SESSION = query({
  name: 'session',
  description: `What the session guarantees, with commas between: ${GUARANTEES.map((name) => `\`${name}\``).join(', ')}. The token of the session’s last answer goes along in X-Quorate-Session; the first request has none. \`causal\` is for buckets of mode dynamo and paxos.`,
  schema: text('One or more of the guarantees, with commas between.', {
    pattern: `^(${GUARANTEES.join('|')})(,(${GUARANTEES.join('|')}))*$`,
  }),
  example: 'ryw,mr',
});

export const TRACE = query({
  name: 'trace',
  description:
    '`true`: the answer tells in X-Quorate-Trace which node was asked for what, and when it answered.',
  schema: { type: 'boolean', default: false },
  example: true,
});

export const RETURN_BODY = query({
  name: 'return',
  description:
    '`body`: the answer is what a read would find now. Where a condition did not hold in a bucket of mode paxos, the problem then has the value that is there.',
  schema: { type: 'string', const: 'body' },
  example: 'body',
});

/** How people and programs write how long a value lives. */
export const TTL_SCHEMA = component('Ttl', {
  description: `How long a value lives: ${TTL_FORM}.`,
  type: ['string', 'integer'],
  pattern: '^(none|[0-9]+(d|h|m|s|ms)?)$',
});

export const VALUE_TTL = query({
  name: 'ttl',
  description: 'How long the value lives. Default: that of the bucket.',
  schema: TTL_SCHEMA,
  example: '30s',
  modes: ['dynamo', 'paxos'],
});

export const UPDATE_TTL = query({
  name: 'ttl',
  description: 'How long the value lives that this makes, where there was none.',
  schema: TTL_SCHEMA,
  example: '30s',
  modes: ['paxos'],
});

export const LEASE = query({
  name: 'lease',
  description: 'The key goes when this lease ends.',
  schema: whole('The id that `POST /leases` granted.', 0),
  example: 17,
  modes: ['raft'],
});

export const OP = query({
  name: 'op',
  description: 'What is to be done to the value, in one step.',
  schema: choice('`increment` adds to a whole number, `append` to the end of any value.', [
    'increment',
    'append',
  ]),
  example: 'increment',
  required: true,
  modes: ['paxos', 'raft'],
});

export const BY = query({
  name: 'by',
  description: 'What an increment adds. Default: 1.',
  schema: whole('A whole number.', -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  example: 5,
  modes: ['paxos', 'raft'],
});

export const PREFIX = query({
  name: 'prefix',
  description: 'Only keys that begin with these bytes, percent-encoded.',
  schema: { type: 'string' },
  example: 'a',
});

export const LIMIT = query({
  name: 'limit',
  description: 'The most keys in the answer.',
  schema: { ...whole('Keys.', 1, LIST_LIMIT_MAX), default: LIST_LIMIT_DEFAULT },
  example: 100,
});

export const CURSOR = query({
  name: 'cursor',
  description: 'Where to go on: the cursor in the last line of the page before, unchanged.',
  schema: { type: 'string' },
  example: 'YWxpY2U',
});

export const AFTER = query({
  name: 'after',
  description:
    'The revision of the last change that is known: the stream begins with what came after it. Left out: with what comes now.',
  schema: whole('A revision.', 0),
  example: 0,
});

export const LEASE_TTL = query({
  name: 'ttl',
  description: 'How long the lease lasts unless it is renewed, in milliseconds.',
  schema: whole('Milliseconds.', LEASE_TTL_MS_MIN, LEASE_TTL_MS_MAX),
  example: 10_000,
  required: true,
});

export const PAUSE_MS = query({
  name: 'ms',
  description: 'For how long.',
  schema: whole('Milliseconds.', 1, PAUSE_MS_MAX),
  example: 5_000,
  required: true,
});

type HeaderParameter = Pick<Parameter, 'name' | 'description' | 'example' | 'modes'> & {
  readonly schema?: Schema;
};

function header({ schema = { type: 'string' }, ...parameter }: HeaderParameter): Parameter {
  return { ...parameter, in: 'header', schema };
}

export const CONTEXT_SENT = header({
  name: 'X-Quorate-Context',
  description:
    'What the writer has seen, as an answer told it: the write replaces just that. Several, with commas between, stand for all of them.',
  example: 'AQIDBA',
  modes: ['dynamo'],
});

export const SESSION_SENT = header({
  name: 'X-Quorate-Session',
  description: 'The token of the last answer of this session. Goes with `session`.',
  example: 'AQIDBA',
});

export const IF_NONE_MATCH_READ = header({
  name: 'If-None-Match',
  description: 'ETags that the client has: if one of them is the present one, the answer is 304.',
  example: '"0123456789abcdef"',
});

export const IF_MATCH = header({
  name: 'If-Match',
  description: 'The write runs only if one of these ETags is the present one; `*`: if any is.',
  example: '"17"',
  modes: ['paxos', 'raft'],
});

export const IF_NONE_MATCH = header({
  name: 'If-None-Match',
  description:
    'The write runs only if none of these ETags is the present one; `*`: if there is no value.',
  example: '*',
  modes: ['paxos', 'raft'],
});

export const IDEMPOTENCY_KEY = header({
  name: 'Idempotency-Key',
  description:
    'A UUID of version 7, made anew for each write: however often the same request is sent with it, at any node, it runs once and answers what it answered first.',
  schema: text('A UUID of version 7; quotes around it are taken off.'),
  example: '01890a5d-ac96-774b-bcce-b302099a8057',
  modes: ['paxos', 'raft'],
});

export const META_SENT = header({
  name: 'X-Quorate-Meta-*',
  description:
    'Annotations of the client, kept with the value and told with it: any headers whose names begin so, up to 4 KiB together.',
  example: 'blue',
});

export const RELAYED_BY_SENT = header({
  name: 'X-Quorate-Relayed-By',
  description: 'Of a node that carries the request: it is refused, as nothing is carried twice.',
  example: 'n1',
});

export const LAST_EVENT_ID = header({
  name: 'Last-Event-ID',
  description: 'Of a reader that comes back: the last id it has seen. It goes before `after`.',
  schema: whole('A revision.', 0),
  example: 42,
});
