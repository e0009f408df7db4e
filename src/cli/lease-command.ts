/** `quorate lease`: promises with a time limit, which keys of raft buckets go with. */

import type { Command } from 'commander';
import type { LeaseDocument } from '../client/cluster-documents.ts';
import { LEASE_TTL_MS_MAX, LEASE_TTL_MS_MIN } from '../node/settings.ts';
import { asChange } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs, printJson, tellAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { leaseId, wholeNumber } from './option-values.ts';

export function addLeaseCommands(program: Command): void {
  const lease = program.command('lease').description('grant, renew, end or look at a lease');
  addJsonOption(addNodeOption(lease.command('grant')))
    .description('grant a lease and print its id, for quorate put --lease')
    .requiredOption(
      '--ttl <ms>',
      'ends after so long, unless it is renewed',
      wholeNumber('milliseconds', LEASE_TTL_MS_MIN, LEASE_TTL_MS_MAX),
    )
    .action(grant);
  addJsonOption(addNodeOption(lease.command('renew')))
    .description('begin its time anew')
    .argument('<id>', 'of the lease', leaseId)
    .action(renew);
  addJsonOption(addNodeOption(lease.command('revoke')))
    .description('end it now; its keys go')
    .argument('<id>', 'of the lease', leaseId)
    .action(revoke);
  addJsonOption(addNodeOption(lease.command('get')))
    .description('print how long it lasts and how many keys it has')
    .argument('<id>', 'of the lease', leaseId)
    .action(get);
}

interface GrantFlags extends NodeOption, JsonFlag {
  /** In milliseconds. */
  readonly ttl: number;
}

async function grant({ ttl, json, ...flags }: GrantFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const lease = await asChange(client.grantLease(ttl));
    if (json === true) return printJson(lease);
    process.stdout.write(`${lease.id}\n`);
    process.stderr.write(`granted: ${leaseText(lease)}\n`);
  });
}

async function renew(id: number, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    const lease = await asChange(client.renewLease(id));
    tellAs(flags, lease, () => `renewed: ${leaseText(lease)}`);
  });
}

async function revoke(id: number, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    await asChange(client.revokeLease(id));
    tellAs(flags, { revoked: id }, () => `revoked lease ${id}; its keys are gone`);
  });
}

async function get(id: number, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => printAs(flags, await client.lease(id), leaseText));
}

function leaseText({ id, ttlMs, keys }: LeaseDocument): string {
  const whose = keys === 1 ? '1 key goes' : `${keys} keys go`;
  return `lease ${id} ends ${ttlMs} ms after it was last renewed; ${whose} with it`;
}
