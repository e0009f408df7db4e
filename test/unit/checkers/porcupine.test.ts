/** The recorded histories of porcupine, each with a verdict that others have found. */

import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseJepsenRegister } from '../../../src/checkers/jepsen-register.ts';
import { checkHistory, modelsFor } from '../../../src/checkers/models.ts';
import { parsePorcupineKv } from '../../../src/checkers/porcupine-kv.ts';

/** Beside the repository; not part of it. */
const DATA = new URL('../../../../shared/data/porcupine/', import.meta.url);
const TIME_MS = 20_000;

const isThere = existsSync(new URL('verdicts.json', DATA));
if (!isThere) {
  console.warn(`skipped: the recorded histories of porcupine are not in ${DATA.pathname}`);
}

interface Known {
  readonly linearizable: boolean;
  readonly ops: number;
}

it.skipIf(!isThere)('all recorded histories get their verdicts, in 20 s together', () => {
  const text = (file: string) => readFileSync(new URL(file, DATA), 'utf8');
  const known = Object.entries(JSON.parse(text('verdicts.json')) as Record<string, Known>);
  expect(known.length).toBeGreaterThan(0);
  const startedAt = performance.now();
  for (const [file, { linearizable, ops }] of known) {
    const parse = file.startsWith('kv/') ? parsePorcupineKv : parseJepsenRegister;
    const history = parse(text(file));
    expect(history, file).toHaveLength(ops);
    const left = startedAt + TIME_MS - performance.now();
    const limits = { now: () => performance.now(), timeMs: left };
    const [model = 'register'] = modelsFor(history).keys();
    const { verdict } = checkHistory(history, model, limits);
    expect(`${file} ${verdict}`).toBe(`${file} ${linearizable ? 'ok' : 'violation'}`);
  }
});
