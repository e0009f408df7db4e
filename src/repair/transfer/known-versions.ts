/**
 * What a receiver has of a partition already, and so need not travel: it tells the source its
 * keys and their versions, as anti-entropy does (merkle/leaf-items.ts), for a stretch of keys
 * with each chunk that it asks for.
 *
 * What is told may be on its way to the disk yet: the cursor that goes behind it is written
 * later, and the store keeps that order.
 */

import { DecodeError } from '../../kernel/bytes.ts';
import { QuorateError } from '../../kernel/errors.ts';
import { hash64 } from '../../kernel/hash.ts';
import { decodeItems, encodeItems } from '../../merkle/leaf-items.ts';
import type { StoreRange } from '../../ports/store.ts';
import { type KeptItem, type ScanPorts, scanItems } from '../../replica/leaf-scan.ts';
import { rangesBehind } from '../../replica/store-keys.ts';
import type { KnownVersions } from './transfer-messages.ts';

/** In one list: 32 KiB. */
const ITEMS_MAX = 2_048;

/** The next keys of these ranges that are here; `isLeftOut`: those that are not to be told. */
export async function listKnown(
  ports: ScanPorts,
  ranges: readonly StoreRange[],
  after: Uint8Array | null,
  isLeftOut: (storedKey: Uint8Array) => boolean,
): Promise<KnownVersions> {
  const items: KeptItem[] = [];
  for (const range of rangesBehind(ranges, after ?? undefined)) {
    const room = ITEMS_MAX - items.length;
    const page = await scanItems(ports, range, room, (storedKey) => !isLeftOut(storedKey));
    items.push(...page.found);
    if (page.reached === undefined) continue;
    return { items: encodeItems(items), last: page.reached };
  }
  return { items: encodeItems(items), last: null };
}

/** At the source: what the receiver has told. */
export class ReceiversVersions {
  /** The chunk ends with this key; null: it may go on to the end. */
  readonly last: Uint8Array | null;
  readonly #digests: ReadonlyMap<bigint, bigint>;

  /** Throws `bad_request`. */
  constructor(known: KnownVersions | null) {
    this.last = known?.last ?? null;
    this.#digests = known === null ? new Map() : digestsIn(known.items);
  }

  has(storedKey: Uint8Array, digest: bigint | undefined): boolean {
    if (digest === undefined || this.#digests.size === 0) return false;
    return this.#digests.get(hash64(storedKey)) === digest;
  }
}

function digestsIn(items: Uint8Array): ReadonlyMap<bigint, bigint> {
  try {
    return new Map(decodeItems(items).map(({ keyHash, digest }) => [keyHash, digest]));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `a list of versions ${error.message}`);
  }
}
