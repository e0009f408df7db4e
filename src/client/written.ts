/** What becomes of writes, as the SDK tells it. */

import type { WriteAnswer } from './answers.ts';
import type { ValueVersion } from './found.ts';

export interface Written {
  /**
   * For this writer's next write of the key: it replaces what this write replaced, and this
   * write. Undefined of buckets without siblings.
   */
  readonly context: string | undefined;
  /** Of what was written, in buckets of mode paxos and raft. */
  readonly version: ValueVersion | undefined;
}

export interface Deleted extends Written {
  /**
   * False: none of the nodes that were asked knows the key. In buckets of mode dynamo they know
   * of a key that was deleted for a while, and do not look where the delete has a context.
   */
  readonly existed: boolean;
}

export interface Updated<Stored> extends Written {
  /** What was written; undefined: the key was deleted, or there was nothing and nothing to write. */
  readonly value: Stored | undefined;
}

export type Compared =
  | { readonly applied: true; readonly version: ValueVersion | undefined }
  /** Nothing was written; `version` is that of the value that is there, if there is one. */
  | { readonly applied: false; readonly version: ValueVersion | undefined };

export function writtenOf({ context, version, revision }: WriteAnswer): Written {
  return { context: context === '' ? undefined : context, version: version ?? revision };
}
