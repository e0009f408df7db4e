/** What nodes sent each other for data: not for gossip and the metadata group. */

import { request } from 'undici';

const LANES = ['data', 'bulk'] as const;

/** Bytes, all nodes together, since they were started. */
export async function peerBytes(urls: readonly string[]): Promise<number> {
  const texts = await Promise.all(
    urls.map(async (url) => (await request(`${url}/metrics`)).body.text()),
  );
  return texts.reduce(
    (sum, text) => sum + LANES.reduce((all, lane) => all + sentIn(text, lane), 0),
    0,
  );
}

function sentIn(text: string, lane: string): number {
  const line = /^quorate_peer_bytes_total\{([^}]*)\} (\S+)$/gm;
  const found = [...text.matchAll(line)].find(
    ([, labels = '']) => labels.includes(`lane="${lane}"`) && labels.includes('direction="sent"'),
  );
  if (found === undefined) throw new Error(`a node does not tell what it sent in the lane ${lane}`);
  return Number(found[2]);
}
