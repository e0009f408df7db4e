/**
 * `quorate start`: the settings of a node, checked before anything is touched.
 *
 * An empty directory founds a cluster, or with --join is admitted to one. The directory
 * remembers who it is and where it listens, so a restart needs only --data; what is given
 * then replaces what it remembers.
 */

import type { Command } from 'commander';
import { type StartFlags, settleAll } from './config/settle.ts';
import { addStartOptions } from './config/start-flags.ts';
import type { StartSettings } from './config/start-options.ts';
import { misspelledVariables } from './config/variables.ts';
import type { SecurityFiles } from './open-security.ts';
import { readSecret } from './secret-option.ts';
import type { NodeOptions } from './start-node.ts';

export function addStartCommand(program: Command): void {
  addStartOptions(program.command('start'))
    .description('run one node: found a cluster, join one, or go on where its directory left off')
    .action(start);
}

async function start(flags: StartFlags): Promise<void> {
  const { settings } = settleAll(flags, process.env);
  for (const warning of misspelledVariables(process.env)) {
    process.stderr.write(`warning: ${warning}\n`);
  }
  // Loaded only here: the other commands take two thirds of the time without the parts of a node.
  const { runNode } = await import('./run-node.ts');
  await runNode(nodeOptionsOf(settings), settings.logLevel);
}

function nodeOptionsOf(settings: StartSettings): NodeOptions {
  const { name, host, port, peerPort, advertise, zone, stage, weight, join } = settings;
  return {
    name,
    dataDirectory: settings.data,
    host,
    port,
    peerPort,
    advertise,
    hostNames: settings.hostNames,
    ...(zone !== undefined && { zone }),
    ...(stage && { stage }),
    weight,
    replaces: settings.replace,
    join,
    settings: {
      expect: settings.expect,
      partitionCount: settings.partitions,
      replicationFactor: settings.replicationFactor,
    },
    valueBytesMax: settings.valueBytesMax,
    hintBytesMax: settings.hintBytesMax,
    compareEveryMs: settings.compareEvery,
    slowRequestMs: settings.slowRequestMs,
    enableFaults: settings.enableFaults,
    secret: settings.secretFile === undefined ? undefined : readSecret(settings.secretFile),
    security: securityFilesOf(settings),
  };
}

function securityFilesOf(settings: StartSettings): SecurityFiles {
  const { tlsCert, tlsKey, tokensFile, peerTlsCert, peerTlsKey, peerTlsCa } = settings;
  return {
    ...(tlsCert && tlsKey && { tls: { cert: tlsCert, key: tlsKey } }),
    ...(tokensFile && { tokensFile }),
    ...(peerTlsCert &&
      peerTlsKey &&
      peerTlsCa && { peerTls: { cert: peerTlsCert, key: peerTlsKey, ca: peerTlsCa } }),
  };
}
