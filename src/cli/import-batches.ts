/** Operations of an import on their way to a node, in batches that it takes. */

import type { BatchResult } from '../client/batch-result.ts';
import type { NodeClient } from '../client/http-client.ts';
import { isDefinite, isExpected, QuorateError } from '../kernel/errors.ts';
import { messageOf } from './exit.ts';
import type { Operation } from './import-puts.ts';

export type BatchClient = Pick<NodeClient, 'batch'>;

export interface BatchAnswers {
  /** In the order of the operations. */
  readonly results: readonly BatchResult[];
  /** Why some have no result of their own: `NO_ANSWER` is their problem. */
  readonly failure: unknown;
}

export const NO_ANSWER = 'no_answer';

const TIMEOUT_MS = 30_000;
/** Below what a node takes in one batch. */
const OPERATIONS_AT_ONCE = 500;
const BYTES_AT_ONCE = 16 * 1024 * 1024;

export async function sendOperations(
  client: BatchClient,
  operations: readonly Operation[],
): Promise<BatchAnswers> {
  const results: BatchResult[] = [];
  let failure: unknown;
  for (let from = 0; from < operations.length; ) {
    let to = from;
    for (let bytes = 0; to < operations.length && to - from < OPERATIONS_AT_ONCE; to++) {
      bytes += String(operations[to]?.valueBase64 ?? '').length;
      if (bytes > BYTES_AT_ONCE && to > from) break;
    }
    const batch = operations.slice(from, to);
    try {
      results.push(...(await client.batch(batch, TIMEOUT_MS)));
    } catch (error) {
      if (!isExpected(error)) throw error;
      failure ??= error;
      results.push(...batch.map(() => unanswered(error)));
    }
    from = to;
  }
  return { results, failure };
}

/** Whether the same may be asked for again with hope. */
export function isPassing(failure: unknown): boolean {
  return !(failure instanceof QuorateError) || failure.retry || !failure.definite;
}

function unanswered(error: unknown): BatchResult {
  const definite = isDefinite(error);
  const problem = { code: NO_ANSWER, detail: messageOf(error), definite, retry: true };
  return { status: 503, problem };
}
