/** One request of a client, and what came of it, in a history. */

import type { AskedOperation, Heard, Recorder } from '../../src/checkers/recorder.ts';
import { outcomeOf } from '../workloads/workload.ts';

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
  const end = recorder.begin(asked);
  try {
    const answer = await request();
    end({ outcome: 'ok', ...heardOf(answer) });
    return answer;
  } catch (error) {
    end(outcomeOf(asked.op, error));
    return undefined;
  }
}
