/** What nodes have copied for moves of the ring, by their metrics. */

import { request } from 'undici';
import { waitFor } from '../../cluster/wait-for.ts';
import type { NodeClient } from '../../src/client/http-client.ts';

const SCRUB_MS_MAX = 300_000;

export interface TransferTotals {
  readonly keys: number;
  readonly bytes: number;
}

export interface Moved extends TransferTotals {
  /** That the newcomer has in the end, those that were written meanwhile included. */
  readonly keysLeast: number;
}

/** Taken in by all of them. */
export async function transferTotals(urls: readonly string[]): Promise<TransferTotals> {
  const texts = await Promise.all(
    urls.map(async (url) => (await request(`${url}/metrics`)).body.text()),
  );
  const total = (name: string) =>
    texts.reduce((sum, text) => {
      const line = new RegExp(`^${name}\\{direction="in"\\} (\\S+)$`, 'm').exec(text);
      return sum + Number(line?.[1] ?? 0);
    }, 0);
  return {
    keys: total('quorate_transfer_keys_total'),
    bytes: total('quorate_transfer_bytes_total'),
  };
}

export async function movedBetween(
  before: TransferTotals,
  urls: readonly string[],
  newcomer: NodeClient,
): Promise<Moved> {
  const after = await transferTotals(urls);
  return {
    keys: after.keys - before.keys,
    bytes: after.bytes - before.bytes,
    keysLeast: await keysOf(newcomer),
  };
}

/** By reading all its records. */
async function keysOf(client: NodeClient): Promise<number> {
  await client.runRepair({ scrub: true });
  let keys = 0;
  await waitFor('the newcomer to read all its records', SCRUB_MS_MAX, async () => {
    const { run } = await client.repairStatus();
    keys = run?.keys ?? 0;
    return run?.state === 'done';
  });
  return keys;
}
