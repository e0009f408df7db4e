/** A node that cannot have its ports is refused before its directory is touched. */

import { addressText, endListening, listenForAMoment } from './listening.ts';

interface Ports {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly peerPort: number;
}

/**
 * Both ports are held at once, as they will be. That for peers comes first: of a node that
 * runs already both are busy, and the one for peers tells more, as it is this node's alone.
 */
export async function refuseBusyPorts({ name, host, port, peerPort }: Ports): Promise<void> {
  const forPeers = await listening(
    host,
    peerPort,
    'peer',
    `is ${name} running already? If not, choose another one with --peer-port`,
  );
  try {
    await endListening(await listening(host, port, 'client', 'choose another one with --port'));
  } finally {
    await endListening(forPeers);
  }
}

async function listening(host: string, port: number, kind: string, adviceIfBusy: string) {
  try {
    return await listenForAMoment(host, port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `in use: ${adviceIfBusy}` : `not to be had: ${message}`;
    throw new Error(`${kind} port ${addressText(host, port)} is ${why}`, { cause: error });
  }
}
