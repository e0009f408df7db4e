/** `UPDATE_SCENARIOS=1 npx vitest run test/scenario` writes what comes of the commands today. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gossipScene } from './gossip/commands.ts';
import { raftScene } from './raft/commands.ts';
import { runScenario } from './run-scenario.ts';

const UPDATE = process.env.UPDATE_SCENARIOS !== undefined;

describe.each([
  { who: 'a Raft group', folder: 'raft', newScene: raftScene },
  { who: 'a cluster that gossips', folder: 'gossip', newScene: gossipScene },
])('$who', ({ folder, newScene }) => {
  const url = new URL(`./${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((name) => name.endsWith('.txt'));
  it.each(files)('comes through %s', (name) => {
    const file = new URL(name, url);
    const text = readFileSync(file, 'utf8');
    const now = runScenario(text, newScene());
    if (UPDATE) writeFileSync(file, now);
    else expect(now).toBe(text);
  });
});
