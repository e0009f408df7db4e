/** How many records there are of what no tree counts, found by reading them, a stretch a turn. */

import type { Clock } from '../../ports/clock.ts';
import type { Store, StoreRange } from '../../ports/store.ts';
import { rangeBehind } from '../../replica/store-keys.ts';
import { readStretch } from '../../replica/store-stretch.ts';
import { pause } from '../pace.ts';

export interface RecordCountPorts {
  readonly store: Store;
  readonly clock: Clock;
}

/** In all ranges together; more are not counted. */
const RECORDS_READ_MAX = 50_000;

/** Bytes are those of keys and records. */
export async function countRecords(
  { store, clock }: RecordCountPorts,
  ranges: readonly StoreRange[],
): Promise<{ readonly records: number; readonly bytes: number }> {
  let records = 0;
  let bytes = 0;
  for (const range of ranges) {
    let rest = range;
    while (records < RECORDS_READ_MAX) {
      const stretch = readStretch(store, rest, () => {});
      records += stretch.records;
      bytes += stretch.bytes;
      if (stretch.complete) break;
      rest = rangeBehind(rest, stretch.last);
      await pause(clock, 0);
    }
  }
  return { records, bytes };
}
