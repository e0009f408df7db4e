/** One request of a client, and what came of it, in a history. */

import type { AskedOperation, Heard, Recorder } from '../../src/checkers/recorder.ts';
import { isExpected } from '../../src/kernel/errors.ts';

/**
 * Undefined where there was no answer. Rejects with what neither a node nor a lost connection
 * explains.
 */
export async function recorded<Answer>(
  recorder: Recorder,
  asked: AskedOperation,
  request: () => Promise<Answer>,
  heardOf: (answer: Answer) => Omit<Heard, 'outcome'>,
): Promise<Answer | undefined> {
  try {
    return await recorder.record(asked, request, heardOf);
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}
