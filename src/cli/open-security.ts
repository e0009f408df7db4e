/** From the files that protect the ports of a node to what its listeners need of them. */

import type { SecureContext } from 'node:tls';
import type { LiveFiles } from '../adapters/live-files.ts';
import {
  type CredentialFiles,
  type LiveCredentials,
  openCredentials,
} from '../adapters/tls/credentials.ts';
import { memberTrust } from '../adapters/tls/member-trust.ts';
import { tlsServers } from '../adapters/tls/tls-server.ts';
import { openTokens } from '../adapters/tokens-file.ts';
import type { Authenticator } from '../http/guard.ts';
import type { CreateServer } from '../http/server.ts';
import type { NodePorts } from '../node/index.ts';

/** Paths; what is absent protects nothing. */
export interface SecurityFiles {
  readonly tls?: CredentialFiles;
  readonly tokensFile?: string;
  readonly peerTls?: Required<CredentialFiles>;
}

/** What the files say, at any time. */
export interface Security {
  /** Of clients. */
  readonly authenticator: Authenticator | undefined;
  /** For clients. */
  readonly createServer: CreateServer | undefined;
  /** Of the client ports of other members. */
  readonly memberTrust: (() => SecureContext) | undefined;
  readonly peerCredentials: LiveCredentials | undefined;
  close(): void;
}

/** Throws what is wrong with the files, in words for the operator. */
export function openSecurity(
  { tls, tokensFile, peerTls }: SecurityFiles,
  { logger, metrics }: Pick<NodePorts, 'logger' | 'metrics'>,
): Security {
  const closes: (() => void)[] = [];
  const close = () => {
    for (const end of closes) end();
  };
  const open = (port: string, files: CredentialFiles) => {
    const live = openCredentials(`certificate for ${port}s`, files, logger);
    closes.push(() => live.close());
    publishEnd(live, port, metrics);
    return live;
  };
  try {
    const credentials = tls && open('client', tls);
    const peerCredentials = peerTls && open('peer', peerTls);
    const tokens = tokensFile === undefined ? undefined : openTokens(tokensFile, logger);
    closes.push(() => tokens?.close());
    publishRefusals({ tls: credentials, peer_tls: peerCredentials, tokens }, metrics);
    return {
      authenticator: tokens && { grantOf: (token) => tokens.current.grantOf(token) },
      createServer: credentials && serversForClients(credentials, logger),
      memberTrust: credentials && memberTrust(credentials, peerCredentials),
      peerCredentials,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A tenth of the connections that clients may have. */
const HANDSHAKES_MAX = 1_000;

/** Who does not get through the handshake is a client's affair, and would fill the log. */
function serversForClients(credentials: LiveCredentials, logger: NodePorts['logger']) {
  return tlsServers({
    credentials,
    mutual: false,
    handshakesMax: HANDSHAKES_MAX,
    onRefused: (address, reason) => logger.debug('client kept out', { address, reason }),
  });
}

/** By option. So that somebody hears that what is in the files is not what is in force. */
function publishRefusals(
  files: Readonly<Record<string, Pick<LiveFiles<unknown>, 'onJudged'> | undefined>>,
  metrics: NodePorts['metrics'],
): void {
  for (const [file, live] of Object.entries(files)) {
    const gauge = metrics.gauge({
      name: 'changed_file_refused',
      help: '1 while a changed file is refused, and what it held before stays in force',
      labels: { file },
    });
    gauge.set(0);
    live?.onJudged((refused) => gauge.set(refused ? 1 : 0));
  }
}

/** So that somebody hears of a certificate before it ends. */
function publishEnd(live: LiveCredentials, port: string, metrics: NodePorts['metrics']): void {
  const gauge = metrics.gauge({
    name: 'tls_certificate_expires_seconds',
    help: 'When the certificate in use ends, in seconds since 1970',
    labels: { port },
  });
  gauge.set(live.current.expiresAt / 1_000);
  live.onChange(({ expiresAt }) => gauge.set(expiresAt / 1_000));
}
