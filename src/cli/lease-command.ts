/** `quorate lease`: promises with a time limit, which keys of raft buckets go with. */

import type { Command } from 'commander';
import type { LeaseDocument } from '../client/cluster-documents.ts';
import { LEASE_TTL_MS_MAX, LEASE_TTL_MS_MIN } from '../node/settings.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { leaseId, wholeNumber } from './option-values.ts';

export function addLeaseCommands(program: Command): void {
  const lease = program.command('lease').description('grant, renew, end or look at a lease');
  addNodeOption(lease.command('grant'))
    .description('grant a lease and print its id, for quorate put --lease')
    .requiredOption(
      '--ttl <ms>',
      'ends after so long, unless it is renewed',
      wholeNumber('milliseconds', LEASE_TTL_MS_MIN, LEASE_TTL_MS_MAX),
    )
    .action(grant);
  addNodeOption(lease.command('renew'))
    .description('begin its time anew')
    .argument('<id>', 'of the lease', leaseId)
    .action(renew);
  addNodeOption(lease.command('revoke'))
    .description('end it now; its keys go')
    .argument('<id>', 'of the lease', leaseId)
    .action(revoke);
  addNodeOption(lease.command('get'))
    .description('print how long it lasts and how many keys it has')
    .argument('<id>', 'of the lease', leaseId)
    .option('--json', 'print it as JSON')
    .action(get);
}

interface GrantFlags extends NodeOption {
  /** In milliseconds. */
  readonly ttl: number;
}

async function grant({ ttl, ...flags }: GrantFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const lease = await client.grantLease(ttl);
    process.stdout.write(`${lease.id}\n`);
    process.stderr.write(`granted: ${leaseText(lease)}\n`);
  });
}

async function renew(id: number, flags: NodeOption): Promise<void> {
  await withClient(flags, async (client) => {
    process.stderr.write(`renewed: ${leaseText(await client.renewLease(id))}\n`);
  });
}

async function revoke(id: number, flags: NodeOption): Promise<void> {
  await withClient(flags, async (client) => {
    await client.revokeLease(id);
    process.stderr.write(`revoked lease ${id}; its keys are gone\n`);
  });
}

interface GetFlags extends NodeOption {
  readonly json?: true;
}

async function get(id: number, flags: GetFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const lease = await client.lease(id);
    const text = flags.json === true ? JSON.stringify(lease, null, 2) : leaseText(lease);
    process.stdout.write(`${text}\n`);
  });
}

function leaseText({ id, ttlMs, keys }: LeaseDocument): string {
  const whose = keys === 1 ? '1 key goes' : `${keys} keys go`;
  return `lease ${id} ends ${ttlMs} ms after it was last renewed; ${whose} with it`;
}
