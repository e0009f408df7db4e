/** `UPDATE_SCENARIOS=1 npx vitest run test/scenario` writes what comes of the commands today. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScenario } from './run-scenario.ts';

const FOLDER = new URL('./raft/', import.meta.url);
const UPDATE = process.env.UPDATE_SCENARIOS !== undefined;

describe('a Raft group', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
  it.each(files)('comes through %s', (name) => {
    const file = new URL(name, FOLDER);
    const text = readFileSync(file, 'utf8');
    const now = runScenario(text);
    if (UPDATE) writeFileSync(file, now);
    else expect(now).toBe(text);
  });
});
