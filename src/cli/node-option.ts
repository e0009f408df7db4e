/** What every command has that asks a running node: where it is, and how to be let in. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { BackupClient } from '../client/backup-client.ts';
import type { NodeAddress } from '../client/cluster-documents.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { NodeClient } from '../client/http-client.ts';
import { CA_VARIABLE, NODE_VARIABLE, TOKEN_FILE_VARIABLE } from './config/variables.ts';
import { messageOf, UsageError } from './exit.ts';
import { addressText } from './listening.ts';
import { nodeAddress } from './option-values.ts';

export interface NodeOption {
  readonly node: string;
  readonly ca?: string;
  readonly tokenFile?: string;
}

const DEFAULT_NODE = 'http://127.0.0.1:8101';

export function addNodeOption(command: Command): Command {
  return command
    .addOption(
      new Option('--node <url>', 'the node to ask')
        .argParser(nodeAddress)
        .env(NODE_VARIABLE)
        .default(DEFAULT_NODE),
    )
    .addOption(
      new Option('--ca <file>', 'trust certificates of this authority (PEM), for https').env(
        CA_VARIABLE,
      ),
    )
    .addOption(
      new Option('--token-file <file>', 'show the token in here').env(TOKEN_FILE_VARIABLE),
    );
}

/** A command must not outlive its work because of a connection that is kept open. */
export async function withClient(
  flags: NodeOption,
  work: (client: NodeClient) => Promise<void>,
): Promise<void> {
  const client = new NodeClient(flags.node, connectionOptions(flags));
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

type MemberAddress = Pick<NodeAddress, 'host' | 'clientPort'>;

/** Of another member of the cluster, reached in the same way as the node that was named. */
export function clientOfMember(flags: NodeOption, member: MemberAddress): NodeClient {
  return new NodeClient(addressOfMember(flags, member), connectionOptions(flags));
}

/** For backup and restore: of the node that was named, or of another member. */
export function backupClientOf(flags: NodeOption, member?: MemberAddress): BackupClient {
  const address = member === undefined ? flags.node : addressOfMember(flags, member);
  return new BackupClient(address, connectionOptions(flags));
}

function addressOfMember({ node }: NodeOption, { host, clientPort }: MemberAddress): string {
  const { protocol } = new URL(node);
  return `${protocol}//${addressText(host, clientPort)}`;
}

/** Throws `UsageError` where a file cannot be read. */
export function connectionOptions({ ca, tokenFile }: NodeOption): ConnectionOptions {
  return {
    ...(tokenFile && { token: readText('--token-file', tokenFile) }),
    ...(ca && { tls: { ca: readText('--ca', ca) } }),
  };
}

function readText(option: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be read: ${messageOf(error)}`);
  }
  if (text !== '') return text;
  throw new UsageError(`${option} ${file} is empty`);
}
