/** The work of `quorate salvage --data`: the directory is locked and read, and never written. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeClient } from '../client/http-client.ts';
import type { SalvagedNode } from '../kernel/salvage-batch.ts';
import { rememberedIdentity, salvageableIn } from '../node/index.ts';
import { EXIT } from './exit.ts';
import { withClient } from './node-option.ts';
import { type OfflineStores, withOfflineStores } from './offline-stores.ts';
import type { SalvageFlags } from './salvage-command.ts';
import { offerAll, refusedIn, type SalvageTally } from './salvage-offer.ts';
import { progressText, type SalvageReport, salvageText } from './salvage-text.ts';

const USE = { readOnly: true, withoutPart: 'there is nothing to be salvaged without it' };

/** For replicas that are out of reach for a moment, as in a restart. */
const PATIENCE_MS = 30_000;

const PROGRESS_EVERY_MS = 1_000;

export async function salvageDirectory(data: string, flags: SalvageFlags): Promise<void> {
  await withOfflineStores(data, USE, async (stores) => {
    const node = salvagedNode(stores, data);
    await withClient(flags, async (client) => {
      const report = await salvage(client, node, stores, flags.dryRun === true);
      const text = flags.json === true ? JSON.stringify(documentOf(report), null, 2) : undefined;
      process.stdout.write(`${text ?? salvageText(report)}\n`);
      if (!isWhole(report.tally)) process.exitCode = EXIT.failed;
    });
  });
}

async function salvage(
  client: NodeClient,
  node: SalvagedNode,
  { store }: OfflineStores,
  dryRun: boolean,
): Promise<SalvageReport> {
  let toldAt = performance.now();
  const onProgress = (tally: SalvageTally) => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = performance.now();
    process.stderr.write(`${progressText(tally)}\n`);
  };
  const offer = { client, node, dryRun, patienceMs: PATIENCE_MS, sleep, onProgress };
  const tally = await offerAll(offer, salvageableIn(store));
  const closed = !dryRun && isWhole(tally);
  if (closed) await client.closeSalvage(node.name);
  return { node, dryRun, tally, closed };
}

/** All that could ever be had is there: the salvage need not stay open. */
function isWhole(tally: SalvageTally): boolean {
  return tally.damaged === 0 && refusedIn(tally) === 0;
}

function salvagedNode(stores: OfflineStores, data: string): SalvagedNode {
  const { clusterId, nodeNo, name, directoryId } = rememberedIdentity(stores);
  if (directoryId !== stores.directoryId) {
    throw new Error(`the metadata store in ${data} is that of another directory`);
  }
  return { clusterId, nodeNo, name, directoryId };
}

function documentOf({ node, dryRun, tally, closed }: SalvageReport) {
  const { refused, objects, hints, ...counts } = tally;
  return {
    node: node.name,
    clusterId: node.clusterId,
    dryRun,
    lookedAt: objects + hints,
    hints,
    ...counts,
    refused: Object.fromEntries(refused),
    closed,
  };
}
