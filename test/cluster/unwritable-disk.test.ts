/**
 * A real node whose disk refuses to take more: the kernel denies the running process every write
 * beyond so many bytes of a file (`prlimit --fsize`), as a disk does that is full or read-only.
 */

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { refusalOf, testCluster, valuesOf } from './harness.ts';

const BUCKET = 'full';
/** The log and what LMDB has written already stay below it; a value does not fit in. */
const FILE_BYTES_MAX = 768 * 1024;
const VALUE = Buffer.alloc(1024 * 1024, 'x');

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

it.skipIf(!hasPrlimit)(
  'a node whose disk refuses a write ends and says why; the others go on (verify_readonly; skipped where there is no prlimit)',
  async () => {
    const cluster = await testCluster();
    const [n1, n2] = [cluster.client('n1'), cluster.client('n2')];
    await n1.put(BUCKET, 'k', 'before', { w: 'all' });
    const node = cluster.node('n3');
    const { pid, ended } = node;
    limitFileBytes(pid, FILE_BYTES_MAX);

    // Acknowledged by those whose disks take it, and by nobody else.
    const { quorum } = await n1.put(BUCKET, 'large', VALUE, { w: 2 });
    expect(quorum).not.toMatch(/reached=[^;]*n3/);
    expect(await ended).toEqual({ code: EXIT.fatal, signal: null });
    expect(await node.logTail()).toMatch(/error: stopping at once: a commit failed: .+/);

    for (const name of ['n1', 'n2']) await cluster.waitUntilReachable(name, 'n3', false);
    const { context } = await n2.get(BUCKET, 'k', { r: 2 });
    await n2.put(BUCKET, 'k', 'meanwhile', { w: 2, context });
    const refusal = await refusalOf(n1.put(BUCKET, 'k', 'by all', { w: 'all' }));
    expect(refusal).toMatchObject({ code: 'too_few_replicas', definite: true });

    // With room again it comes back as itself, and has everything soon.
    await node.start();
    await cluster.waitUntilConnected();
    const all = { r: 'all', timeout: 10_000 };
    expect(valuesOf(await cluster.client('n3').get(BUCKET, 'k', all))).toEqual(['meanwhile']);
    const [large] = (await cluster.client('n3').get(BUCKET, 'large', all)).values;
    expect(large?.value).toHaveLength(VALUE.length);
  },
);

function limitFileBytes(pid: number, bytes: number): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}`]);
  if (status !== 0) throw new Error(`prlimit failed: ${stderr}`);
}
