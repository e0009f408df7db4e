/** What a campaign hears of a worker that answers, hangs, or dies. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkerLostError, WorkerProcess } from './worker-process.ts';

const HANGS = 1;
const DIES = 2;
const PROGRAM = `
process.on('message', ({ type, seed }) => {
  while (seed === ${HANGS}) {}
  if (seed === ${DIES}) process.exit(7);
  process.send(type === 'run' ? { virtualMs: seed } : { places: 1 });
});
`;

let directory: string;
let program: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'quorate-worker-'));
  program = join(directory, 'worker.mjs');
  writeFileSync(program, PROGRAM);
});

afterEach(() => rmSync(directory, { recursive: true }));

it('hears one answer after the other', async () => {
  const worker = new WorkerProcess(program);
  expect(await worker.run(3)).toEqual({ virtualMs: 3 });
  expect(await worker.run(4)).toEqual({ virtualMs: 4 });
  expect(await worker.end()).toEqual({ places: 1 });
});

it('ends one that is silent for too long', async () => {
  const worker = new WorkerProcess(program, 50);
  const lost = new WorkerLostError('not ended after 0.05 s');
  await expect(worker.run(HANGS)).rejects.toEqual(lost);
  await expect(worker.run(3)).rejects.toThrow(WorkerLostError);
});

it('hears of one that dies, and is not asked again in vain', async () => {
  const worker = new WorkerProcess(program);
  await expect(worker.run(DIES)).rejects.toEqual(new WorkerLostError('its process ended with 7'));
  await expect(worker.run(3)).rejects.toThrow(WorkerLostError);
});
