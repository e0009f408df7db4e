/** `--node`, which every command has that asks a running node. */

import type { Command } from 'commander';
import { NodeClient } from '../client/http-client.ts';
import { nodeAddress } from './option-values.ts';

export interface NodeOption {
  readonly node: string;
}

const DEFAULT_NODE = 'http://127.0.0.1:8101';

export function addNodeOption(command: Command): Command {
  return command.option('--node <url>', 'the node to ask', nodeAddress, DEFAULT_NODE);
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
