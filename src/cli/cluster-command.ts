/** `quorate cluster`: changes of the ring, staged, looked at as a plan, committed or given up. */

import type { Command } from 'commander';
import type { NodeClient } from '../client/http-client.ts';
import type { RingChange, RingPlanDocument } from '../client/ring-documents.ts';
import { asChange } from './exit.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { nodeName, wholeNumber, zoneName } from './option-values.ts';
import { ringPlanText } from './ring-plan-text.ts';

interface ClusterFlags extends NodeOption {
  readonly json?: true;
}

interface LossFlags extends ClusterFlags {
  readonly acceptLoss?: boolean;
}

const ACCEPT_LOSS = 'even where so many are dead that acknowledged writes may be lost';

const WEIGHT_MAX = 100;
const REPLICATION_FACTOR_MAX = 9;

export function addClusterCommands(program: Command): void {
  const cluster = program
    .command('cluster')
    .description('change the ring: stage changes, look at the plan, then commit it');
  const add = (usage: string, description: string) =>
    addNodeOption(cluster.command(usage))
      .description(description)
      .option('--json', 'print it as JSON');
  addChanges(cluster);
  add('plan', 'print what the staged changes would do').action((flags: ClusterFlags) =>
    show(flags, (client) => client.ringPlan()),
  );
  add('commit', 'begin the staged changes').action((flags: ClusterFlags) =>
    show(flags, (client) => asChange(client.commitRing())),
  );
  add('clear', 'forget the staged changes').action((flags: ClusterFlags) =>
    show(flags, (client) => asChange(client.clearRingChanges())),
  );
  add('abort', 'give up the committed changes, as far as they can be taken back').action(
    (flags: ClusterFlags) => show(flags, (client) => asChange(client.abortRing())),
  );
}

function addChanges(cluster: Command): void {
  const add = (usage: string, description: string) =>
    addNodeOption(cluster.command(usage))
      .description(description)
      .option('--json', 'print the plan as JSON');
  add('join', 'stage: a node that was started with --stage takes its share')
    .argument('<node>', 'its name', nodeName)
    .action((node: string, flags: ClusterFlags) => stage(flags, { change: 'join', node }));
  add('leave', 'stage: a node hands over all that it keeps')
    .argument('<node>', 'its name', nodeName)
    .action((node: string, flags: ClusterFlags) => stage(flags, { change: 'leave', node }));
  add('remove', 'stage: others take the places of a node that is dead for good')
    .argument('<node>', 'its name', nodeName)
    .option('--accept-loss', ACCEPT_LOSS)
    .action((node: string, { acceptLoss = false, ...flags }: LossFlags) =>
      stage(flags, { change: 'remove', node, acceptLoss }),
    );
  add('replace', 'stage: one node takes the places of another that is dead for good')
    .argument('<dead>', 'the name of the dead one', nodeName)
    .argument('<by>', 'the name of the other', nodeName)
    .option('--accept-loss', ACCEPT_LOSS)
    .action((node: string, by: string, { acceptLoss = false, ...flags }: LossFlags) =>
      stage(flags, { change: 'replace', node, by, acceptLoss }),
    );
  add('zone', 'stage: a node is in another zone; without a zone: in none')
    .argument('<node>', 'its name', nodeName)
    .argument('[zone]', 'nodes of one zone may fail together', zoneName)
    .action((node: string, zone: string | undefined, flags: ClusterFlags) =>
      stage(flags, { change: 'zone', node, zone: zone ?? null }),
    );
  add('weight', 'stage: a node takes a larger or smaller share')
    .argument('<node>', 'its name', nodeName)
    .argument('<weight>', 'times that of weight 1', wholeNumber('weight', 1, WEIGHT_MAX))
    .action((node: string, weight: number, flags: ClusterFlags) =>
      stage(flags, { change: 'weight', node, weight }),
    );
  add('replication', 'stage: another number of replicas of each key, N')
    .argument('<n>', 'how many', wholeNumber('replicas', 1, REPLICATION_FACTOR_MAX))
    .action((replicationFactor: number, flags: ClusterFlags) =>
      stage(flags, { change: 'replication_factor', replicationFactor }),
    );
}

function stage(flags: ClusterFlags, change: RingChange): Promise<void> {
  return show(flags, (client) => asChange(client.stageRingChange(change)));
}

async function show(
  flags: ClusterFlags,
  ask: (client: NodeClient) => Promise<RingPlanDocument>,
): Promise<void> {
  await withClient(flags, async (client) => {
    const document = await ask(client);
    const text = flags.json === true ? JSON.stringify(document, null, 2) : ringPlanText(document);
    process.stdout.write(`${text}\n`);
  });
}
