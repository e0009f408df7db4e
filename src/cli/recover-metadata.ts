/**
 * The work of `quorate metadata recover`: the directory is locked, read, and changed only when
 * somebody has read what that means.
 */

import { createInterface } from 'node:readline';
import { createIntroducer } from '../adapters/peer/introduction.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { systemRandom } from '../adapters/system-random.ts';
import {
  askToFollow,
  type DirectoryStores,
  followCluster,
  type RememberedCluster,
  recoverCluster,
  rememberedCluster,
} from '../node/index.ts';
import { tellAs } from './json-option.ts';
import { addressText } from './listening.ts';
import type { RecoverOptions } from './metadata-command.ts';
import { withOfflineStores } from './offline-stores.ts';
import type { PeerAddressOption } from './option-values.ts';
import { followedText, followingText, recoveredText, recoveringText } from './recovery-text.ts';
import { readSecret } from './secret-option.ts';

const USE = {
  readOnly: false,
  withoutPart: 'from what is left the cluster cannot be recovered',
};

export async function recoverMetadata(options: RecoverOptions): Promise<void> {
  await withOfflineStores(options.data, USE, async (stores) => {
    const remembered = rememberedCluster(stores);
    if (options.follow === undefined) await recoverHere(remembered, stores, options);
    else await comeOver(remembered, stores, options.follow, options);
  });
}

async function recoverHere(
  remembered: RememberedCluster,
  stores: DirectoryStores,
  options: RecoverOptions,
): Promise<void> {
  tell(recoveringText(remembered));
  await confirm(remembered, options);
  const identity = await recoverCluster(remembered, stores, systemRandom, systemClock.wallTime());
  const { name, nodeNo, clusterId } = identity;
  tellAs(options, { name, nodeNo, clusterId }, () => recoveredText(identity, options.data));
}

async function comeOver(
  remembered: RememberedCluster,
  stores: DirectoryStores,
  member: PeerAddressOption,
  options: RecoverOptions,
): Promise<void> {
  const secret = options.secretFile === undefined ? {} : { secret: readSecret(options.secretFile) };
  const introducer = createIntroducer({ ...secret, clock: systemClock });
  const now = systemClock.now();
  const reply = await askToFollow(remembered, stores, member, { introducer, now });
  tell(followingText(remembered, reply, addressText(member.host, member.port)));
  await confirm(remembered, options);
  await followCluster(remembered, stores, reply);
  const { name, nodeNo } = remembered.identity;
  const { clusterId } = reply;
  tellAs(options, { name, nodeNo, clusterId }, () => followedText(remembered, reply, options.data));
}

/** Throws where the answer is not the id of the cluster that ends here. */
async function confirm({ identity }: RememberedCluster, { yes }: RecoverOptions): Promise<void> {
  if (yes === true) return;
  process.stderr.write(`\nType ${identity.clusterId} to go on: `);
  if ((await lineOf(process.stdin)) === identity.clusterId) return;
  throw new Error('cancelled; nothing was changed');
}

async function lineOf(input: NodeJS.ReadStream): Promise<string | undefined> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line.trim();
    return undefined;
  } finally {
    lines.close();
  }
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
