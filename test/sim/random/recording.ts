/** The history of a run, and what no client may meet. */

import { type Failed, heardOfError } from '../../../src/checkers/heard-error.ts';
import type { Output, Quorum, Replaced } from '../../../src/checkers/history.ts';
import { type AskedOperation, Recorder } from '../../../src/checkers/recorder.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';

type WithoutProcess<One> = One extends AskedOperation ? Omit<One, 'process'> : never;

/** What is known of an operation when it is asked. */
export type Asked = WithoutProcess<AskedOperation>;

export interface Answered<Result> {
  readonly result: Result;
  readonly output: Output;
  /** What is only known of the operation with its answer. */
  readonly told?: { readonly quorum?: Quorum; readonly replaces?: Replaced };
}

export type Heard<Result> = Answered<Result> | Failed;

export class Recording extends Recorder {
  readonly surprises: string[] = [];

  /** Notes the operation and what it came to. */
  async note<Result>(
    process: number,
    asked: Asked,
    ask: () => Promise<Heard<Result>>,
  ): Promise<Result | undefined> {
    const end = this.begin({ process, ...asked } as AskedOperation);
    const heard = await ask();
    if ('outcome' in heard) {
      end(heard);
      return undefined;
    }
    const { result, output, told } = heard;
    end({ outcome: 'ok', output, ...told });
    return result;
  }

  failure(error: unknown, at: NodeId, what: string): Failed {
    if (error instanceof QuorateError && error.status !== 503) {
      this.surprises.push(`${what} at ${at} met ${error.code}: ${error.message}`);
    }
    return heardOfError(error);
  }
}
