/** Reading many records without holding up the node: a stretch a turn. */

import type { Store, StoreRange } from '../ports/store.ts';

/** A turn of about two milliseconds. */
const RECORDS_A_TURN = 500;
const BYTES_A_TURN = 256 * 1024;

export interface Stretch {
  readonly records: number;
  /** Of keys and values. */
  readonly bytes: number;
  /** The last key read; the next stretch goes on behind it. Undefined: there was none. */
  readonly last: Uint8Array | undefined;
  /** Nothing more is in the range. */
  readonly complete: boolean;
}

/**
 * Visits the first records of the range, at least one where there is any.
 * @param recordsMax in this turn
 */
export function readStretch(
  store: Pick<Store, 'range'>,
  range: StoreRange,
  visit: (key: Uint8Array, value: Uint8Array) => void,
  recordsMax = RECORDS_A_TURN,
): Stretch {
  let last: Uint8Array | undefined;
  let records = 0;
  let bytes = 0;
  for (const { key, value } of store.range(range)) {
    if (records === recordsMax || bytes >= BYTES_A_TURN) {
      return { records, bytes, last, complete: false };
    }
    visit(key, value);
    last = key;
    records++;
    bytes += key.length + value.length;
  }
  return { records, bytes, last, complete: true };
}
