/** `npm run bench -- COMMAND`: the benchmarks that a user can repeat. */

import { Command, CommanderError } from 'commander';
import { addAntiEntropyCommand } from './anti-entropy.ts';
import { addDashboardCommand } from './dashboard/dashboard.ts';
import { addElasticCommand } from './elastic/elastic.ts';
import { addFailureDetectionCommand } from './failure-detection/failure-detection.ts';
import { addHandoffCommand } from './handoff/handoff.ts';
import { addLeaderCalmCommand } from './leader-calm.ts';
import { addLeaderLossCommand } from './leader-loss.ts';
import { addMetadataLogCommand } from './metadata-log.ts';
import { addMetadataSnapshotCommand } from './metadata-snapshot.ts';
import { addObservabilityCommand } from './observability/observability.ts';
import { addPaxosCommand } from './paxos/paxos.ts';
import { addSdkCommand } from './sdk/sdk.ts';
import { addStartupCommand } from './startup.ts';
import { addThroughputCommand } from './throughput/options.ts';
import { addRaftCommand } from './throughput/raft-against-etcd.ts';
import { runThroughput } from './throughput/throughput.ts';
import { addTlsCommand } from './tls/tls.ts';

const program = new Command('npm run bench --')
  .description('measure Quorate on this machine')
  .exitOverride();
addThroughputCommand(program, runThroughput);
addRaftCommand(program);
addPaxosCommand(program);
addStartupCommand(program);
addSdkCommand(program);
addLeaderLossCommand(program);
addAntiEntropyCommand(program);
addHandoffCommand(program);
addElasticCommand(program);
addFailureDetectionCommand(program);
addLeaderCalmCommand(program);
addTlsCommand(program);
addObservabilityCommand(program);
addDashboardCommand(program);
addMetadataLogCommand(program);
addMetadataSnapshotCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asked for help, it has given it.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
