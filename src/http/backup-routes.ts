/**
 * `/cluster/backup` and `/cluster/restore`: the copy of one node, and keys of a copy on their way
 * back. Used by `quorate backup` and `quorate restore`.
 */

import { decodeRestoreBatch } from '../kernel/restore-batch.ts';
import type { NodeCopy, QuorateNode } from '../node/index.ts';
import type { AppContext, AppParts } from './app.ts';
import type { Handler } from './by-method.ts';
import { ASKED } from './cluster-schemas.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import { GROUP_ERRORS, NODE_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { json } from './json-document.ts';
import { offering } from './offered-batch.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
import { count, listOf, object, text } from './openapi/schema.ts';
import { parametersOf, timeoutParameter } from './parameters.ts';
import type { OnUnexpected } from './problem.ts';

/** Whoever takes nothing for so long keeps the disk from reusing room, for nobody. */
const IDLE_MS_MAX = 60_000;

const COPY_TYPE = 'application/vnd.quorate.copy';

const MARK: Operation = {
  id: 'getRemovalMark',
  tag: 'Backup',
  access: ADMIN_CLUSTER,
  summary: 'How much a node has removed',
  description:
    'Where two marks of a node are the same, it has removed nothing from its disk in between. `quorate backup` asks all nodes for their marks before it asks for the first copy.',
  answers: {
    200: {
      description: 'The mark as of now.',
      content: {
        'application/json': {
          schema: object({
            node: ASKED,
            mark: object({
              life: count('Of this start of the node.'),
              deletes: count('Records that it has removed since.'),
            }),
          }),
          example: { node: 'n1', mark: { life: 81985529216486, deletes: 17 } },
        },
      },
    },
  },
  errors: [],
};

const COPY: Operation = {
  id: 'copyNode',
  tag: 'Backup',
  access: ADMIN_CLUSTER,
  summary: 'Copy what a node keeps',
  description:
    'All that the node keeps at one moment, in blocks with checksums; without the last block it is not whole. Two copies of a node are made at a time; one that nobody takes for a minute is given up.',
  query: [TIMEOUT],
  answers: {
    200: {
      description: 'The copy, in the form of this version of Quorate.',
      content: { [COPY_TYPE]: {} },
    },
  },
  errors: ['not_ready', 'overloaded'],
};

const RESTORE = offering(
  {
    id: 'restoreKeys',
    tag: 'Backup',
    summary: 'Bring back keys of a backup',
    description:
      'What `quorate restore` sends: some keys of one bucket with what copies had of them. Nothing that is there is written over. Answers when each key is on the disks of all that keep it, or says why it is not.',
    errors: [
      ...NODE_ERRORS,
      'out_of_time',
      'bad_key',
      'no_such_bucket',
      'bucket_mode',
      'value_too_large',
    ],
  },
  {
    description:
      '`doubtful`: offered before, and perhaps deleted since: not written. `refused` keys may be offered again where `retry` says so.',
    words: ['restored', 'present', 'expired', 'doubtful', 'refused'],
  },
  {
    decode: decodeRestoreBatch,
    offer: (node, batch, timeoutMs) => node.restore.offer(batch, timeoutMs),
  },
);

const BUCKETS: Operation = {
  id: 'listBucketNumbers',
  tag: 'Backup',
  access: ADMIN_CLUSTER,
  summary: 'List the numbers of the buckets',
  description:
    'By which `quorate restore` knows the buckets that it made: no number is given twice, so a bucket that was deleted and made anew has another one.',
  query: [TIMEOUT],
  answers: {
    200: {
      description: 'The buckets, by name.',
      content: {
        'application/json': {
          schema: object({
            node: ASKED,
            buckets: listOf(
              object({ name: text('Its name.'), number: count('Its number.') }),
              'By name.',
            ),
          }),
          example: { node: 'n1', buckets: [{ name: 'carts', number: 7 }] },
        },
      },
    },
  },
  errors: GROUP_ERRORS,
};

const LOOK: Endpoint = { operation: MARK, serve: byNode(getRemovalMark) };

const LIST: Endpoint = { operation: BUCKETS, serve: byNode(getBucketNumbers) };

export const BACKUP_ROUTE: Route = {
  path: '/cluster/backup',
  methods: { GET: LOOK, HEAD: LOOK, POST: { operation: COPY, serve: createCopy } },
};

export const RESTORE_ROUTE: Route = {
  path: '/cluster/restore',
  methods: {
    GET: LIST,
    HEAD: LIST,
    POST: RESTORE,
  },
};

/** By which a backup can tell whether this node removed anything meanwhile. */
function getRemovalMark(_: AppContext, node: QuorateNode): Response {
  return json({ node: node.id, mark: node.backup.mark() });
}

/** Streams what this node keeps as of now (kernel/backup-copy.ts). */
function createCopy({ node, onUnexpected, closing }: AppParts): Handler {
  return async (c) => {
    const copy = await node.backup.copy(timeoutParameter(parametersOf(c, COPY)));
    return new Response(streamOf(copy, onUnexpected, closing), {
      headers: { 'content-type': COPY_TYPE, 'cache-control': 'no-store' },
    });
  };
}

/** As of now. */
async function getBucketNumbers(c: AppContext, node: QuorateNode): Promise<Response> {
  const buckets = await node.buckets.list(timeoutParameter(parametersOf(c, BUCKETS)));
  return json({ node: node.id, buckets: buckets.map(({ name, number }) => ({ name, number })) });
}

/** A block is read when there is room for it, and no more once the copy is over. */
function streamOf(
  copy: NodeCopy,
  onUnexpected: OnUnexpected,
  closing: AbortSignal,
): ReadableStream<Uint8Array> {
  let over = false;
  let onClosing = () => {};
  let idle: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    over = true;
    clearTimeout(idle);
    closing.removeEventListener('abort', onClosing);
    copy.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const giveUp = (reason: string) => {
          end();
          controller.error(new Error(reason));
        };
        onClosing = () => giveUp('the node is stopping');
        closing.addEventListener('abort', onClosing);
        idle = setTimeout(() => giveUp('nobody takes the copy'), IDLE_MS_MAX);
        idle.unref();
      },
      async pull(controller) {
        idle?.refresh();
        // Other requests take their turns between two blocks.
        await new Promise((resolve) => setImmediate(resolve));
        if (over) return;
        try {
          const { done, value } = copy.blocks.next();
          if (done !== true) {
            controller.enqueue(value);
            return;
          }
          end();
          controller.close();
        } catch (error) {
          end();
          onUnexpected(error);
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}
