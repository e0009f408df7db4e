/** What settings have to be beside each other, and what has to be there when a node starts. */

import { isIPv4 } from 'node:net';
import { refuseFileAsData } from '../data-option.ts';
import { UsageError } from '../exit.ts';
import { readSecret } from '../secret-option.ts';
import { flagOf } from './config-option.ts';
import type { OptionName, StartSettings } from './start-options.ts';

/** An option as it was given, and where, for a sentence about it. */
type AsSpelled = (name: OptionName) => string;

/** Throws `UsageError`. */
type Rule = (settings: StartSettings, asSpelled: AsSpelled) => void;

const RULES: readonly Rule[] = [
  dataIsADirectory,
  together('tlsCert', 'tlsKey'),
  together('peerTlsCert', 'peerTlsKey', 'peerTlsCa'),
  listensSafely,
  peersProveThemselves,
  canBeReached,
  replacesByJoining,
  secretCanBeRead,
];

/** A line for each rule that is broken. */
export function problemsAmong(settings: StartSettings, asSpelled: AsSpelled): readonly string[] {
  return RULES.flatMap((rule) => {
    try {
      rule(settings, asSpelled);
      return [];
    } catch (error) {
      if (error instanceof UsageError) return [error.message];
      throw error;
    }
  });
}

function dataIsADirectory({ data }: StartSettings, asSpelled: AsSpelled): void {
  refuseFileAsData(data, asSpelled('data'));
}

/** Each of them needs the others. */
function together(...names: readonly OptionName[]): Rule {
  return (settings, asSpelled) => {
    const given = names.find((name) => settings[name] !== undefined);
    const missing = names.filter((name) => settings[name] === undefined).map(flagOf);
    if (given === undefined || missing.length === 0) return;
    throw new UsageError(`${asSpelled(given)} needs ${missing.join(' and ')} too`);
  };
}

function listensSafely(settings: StartSettings, asSpelled: AsSpelled): void {
  const { host, insecure, tlsCert, tokensFile, peerTlsCert } = settings;
  if (insecure || isLoopback(host)) return;
  const missing = [
    ...(tlsCert === undefined ? ['--tls-cert and --tls-key'] : []),
    ...(tokensFile === undefined ? ['--tokens-file'] : []),
    ...(peerTlsCert === undefined ? ['--peer-tls-cert, --peer-tls-key and --peer-tls-ca'] : []),
  ];
  if (missing.length === 0) return;
  throw new UsageError(
    `${asSpelled('host')} would be open to others: without authentication and TLS on both ports, whoever reaches them can read and change all data; give ${missing.join(', ')}, use a loopback address such as 127.0.0.1, or add --insecure where a network you trust protects it`,
  );
}

/** Whoever speaks to the peer port as a node has all data, with no token. */
function peersProveThemselves(settings: StartSettings, asSpelled: AsSpelled): void {
  const { host, insecure, tokensFile, secretFile, peerTlsCert } = settings;
  if (tokensFile === undefined || secretFile !== undefined || peerTlsCert !== undefined) return;
  // Elsewhere than on loopback more is asked for, and a secret would not do.
  if (!insecure && !isLoopback(host)) return;
  throw new UsageError(
    `${asSpelled('tokensFile')} asks clients for tokens, while whoever reaches the peer port could join as a node and needs none: give --secret-file, or --peer-tls-cert, --peer-tls-key and --peer-tls-ca`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function canBeReached({ advertise }: StartSettings): void {
  if (advertise !== '0.0.0.0' && advertise !== '::') return;
  throw new UsageError(
    `other nodes cannot reach ${advertise}: say with --advertise under which host they reach this one`,
  );
}

function replacesByJoining({ replace, join }: StartSettings, asSpelled: AsSpelled): void {
  if (replace === undefined || join.length > 0) return;
  throw new UsageError(
    `${asSpelled('replace')} needs --join <host:peerport>: a member that admits this node in its place`,
  );
}

function secretCanBeRead({ secretFile }: StartSettings, asSpelled: AsSpelled): void {
  if (secretFile !== undefined) readSecret(secretFile, asSpelled('secretFile'));
}
