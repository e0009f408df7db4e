/** `--node`, which every command has that asks a running node. */

import { type Command, Option } from 'commander';
import type { NodeAddress } from '../client/cluster-documents.ts';
import { NodeClient } from '../client/http-client.ts';
import { NODE_VARIABLE } from './config/variables.ts';
import { addressText } from './listening.ts';
import { nodeAddress } from './option-values.ts';

export interface NodeOption {
  readonly node: string;
}

const DEFAULT_NODE = 'http://127.0.0.1:8101';

export function addNodeOption(command: Command): Command {
  return command.addOption(
    new Option('--node <url>', 'the node to ask')
      .argParser(nodeAddress)
      .env(NODE_VARIABLE)
      .default(DEFAULT_NODE),
  );
}

/** A command must not outlive its work because of a connection that is kept open. */
export async function withClient(
  { node }: NodeOption,
  work: (client: NodeClient) => Promise<void>,
): Promise<void> {
  const client = new NodeClient(node);
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

/** Of another member of the cluster, reached in the same way as the node that was named. */
export function clientOfMember(
  { node }: NodeOption,
  { host, clientPort }: Pick<NodeAddress, 'host' | 'clientPort'>,
): NodeClient {
  const { protocol } = new URL(node);
  return new NodeClient(`${protocol}//${addressText(host, clientPort)}`);
}
