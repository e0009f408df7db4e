/**
 * What a node trusts when it calls the client port of another member: certificates from the
 * authorities that Node knows, from those that the members have their certificates for each other
 * from, and from those whose certificates stand behind this node's own, or is that very one. So
 * nodes whose certificates are of one authority trust each other without being told of it, where
 * its certificate is in one of these files.
 */

import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { LiveCredentials } from './credentials.ts';

/** Of the two ports. Returns what is to be trusted now; another one when a file has changed. */
export function memberTrust(
  client: LiveCredentials,
  peer: LiveCredentials | undefined,
): () => SecureContext {
  let context = contextOf(client, peer);
  for (const live of [client, peer]) {
    live?.onChange(() => {
      context = contextOf(client, peer);
    });
  }
  return () => context;
}

function contextOf(client: LiveCredentials, peer: LiveCredentials | undefined): SecureContext {
  const { cert } = client.current.options;
  const { ca } = peer?.current.options ?? {};
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ca: [...rootCertificates, ...[cert, ca].flat().filter((pem) => pem !== undefined)],
    allowPartialTrustChain: true,
  });
}
