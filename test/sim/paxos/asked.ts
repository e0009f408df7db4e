/**
 * What clients ask of one key of a linearizable bucket and what they hear, as a history. It
 * knows more than src/checkers/history.ts: updates in place beside versions, and expiry.
 */

export type Condition =
  | { readonly type: 'none' }
  /** If-Match; the version as the client was told it. */
  | { readonly type: 'version'; readonly version: string }
  /** If-None-Match: *. */
  | { readonly type: 'absent' }
  /** If-Match: *. */
  | { readonly type: 'present' };

export type Change =
  | { readonly op: 'put'; readonly value: string; readonly ttlMs: number | undefined }
  | { readonly op: 'delete' }
  /** By 1. */
  | { readonly op: 'increment' }
  | { readonly op: 'append'; readonly text: string };

export type AskedChange = Change & { readonly condition: Condition };

/**
 * `expire` nobody asks for: it makes absent what the write of that number gave an end. Clocks
 * stand wrong, so it may come at any time, or never.
 */
export type Asked =
  | { readonly op: 'read' }
  | AskedChange
  | { readonly op: 'expire'; readonly write: number };

export type RefusalCode = 'condition_failed' | 'not_found' | 'not_a_number';

export type Answer =
  /** Of a read: of the value that is there; undefined: there is none. */
  | { readonly type: 'found'; readonly value?: string; readonly version?: string }
  | { readonly type: 'applied'; readonly version: string; readonly result?: number }
  /** The version is that of the value that is there; undefined: there is none. */
  | {
      readonly type: 'refused';
      readonly code: RefusalCode;
      readonly version?: string;
      /** Where it was told. */
      readonly value?: string;
    };

export interface Operation {
  /** Its place in the history. */
  readonly number: number;
  readonly process: number;
  /** Bucket and key. */
  readonly key: string;
  readonly asked: Asked;
  /** Of the first time that it was asked, in ms. */
  readonly invoke: number;
  /** When the first answer came; undefined: none did. */
  complete?: number;
  /** Undefined: what became of it is not known, or `never` holds. */
  answer?: Answer;
  /** No time that it was asked was it begun: so all that heard of it said. */
  never: boolean;
  /** Where it was asked and what was heard, for whoever looks into a violation. */
  readonly heard: string[];
}

/** Their first numbers are the epoch of a partition and a counter, or one revision. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (const [i, number] of left.entries()) {
    const order = number - (right[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}

export function operationText(operation: Operation): string {
  const { number, process, invoke, complete, asked, answer, heard } = operation;
  const outcome = answer === undefined ? 'unknown' : JSON.stringify(answer);
  const times = `${invoke.toFixed(2)} to ${complete?.toFixed(2) ?? 'never'}`;
  return `#${number} process ${process}, ms ${times}: ${JSON.stringify(asked)}, ${outcome} (${heard.join('; ')})`;
}
