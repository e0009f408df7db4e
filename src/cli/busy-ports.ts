/** A node that cannot have its ports is refused before its directory is touched. */

import { addressText, endListening, listenForAMoment } from './listening.ts';
import type { MemberOption } from './option-values.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Both ports are held at once, as they will be. That for peers comes first: of a node that
 * runs already both are busy, and the one for peers tells more, as it is this node's alone.
 */
export async function refuseBusyPorts(clients: Address, self: MemberOption): Promise<void> {
  const forPeers = await listening(
    self,
    'peer',
    `is ${self.id} running already? If not, give it another port in --members, in the list of every node`,
  );
  try {
    await endListening(await listening(clients, 'client', 'choose another one with --port'));
  } finally {
    await endListening(forPeers);
  }
}

async function listening({ host, port }: Address, kind: string, adviceIfBusy: string) {
  try {
    return await listenForAMoment(host, port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `in use: ${adviceIfBusy}` : `not to be had: ${message}`;
    throw new Error(`${kind} port ${addressText(host, port)} is ${why}`, { cause: error });
  }
}
