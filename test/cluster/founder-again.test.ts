/** A founder that lost its disk and is started again with the command that once founded. */

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../cluster/wait-for.ts';
import { testClient, testCluster, testNode, valuesOf } from './harness.ts';

const SOON_MS = 15_000;

interface LogLine {
  readonly event: string;
  readonly reason?: string;
}

async function logged(file: string, event: string): Promise<readonly LogLine[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
}

const ADVICE = 'start it with an empty directory under a new name and --join';

describe('the founder, wiped and started as at first', () => {
  it('finds out that its cluster lives, and ends before it takes a write', async () => {
    const cluster = await testCluster();
    await cluster.client('n2').put('kept', 'k', 'x', { w: 'all' });
    const { clusterId } = await cluster.client('n2').status();
    const n1 = cluster.node('n1');
    await n1.kill();
    await n1.wipe();

    let failure: string | undefined;
    void n1.start().then(
      () => {
        failure = 'it became ready';
      },
      (error: Error) => {
        failure = error.message;
      },
    );
    const stray = testClient(n1.url);
    let taken = 0;
    await waitFor('n1 to have ended', 2 * SOON_MS, async () => {
      await stray.put('kept', 'stray', 'x', { w: 1 }).then(
        () => taken++,
        () => {},
      );
      return failure !== undefined;
    });
    expect(taken).toBe(0);
    expect(failure).toContain('n1 ended while it started (exit code 1)');
    expect(failure).toMatch(
      new RegExp(
        `error: nodes of cluster ${clusterId} try to reach this address as n1; this node founded cluster [0-9a-f]{16}; if its disk was lost, ${ADVICE}\n?$`,
      ),
    );

    // The others go on, and say once what they found.
    await cluster.client('n3').put('kept', 'l', 'y');
    expect(valuesOf(await cluster.client('n2').get('kept', 'k'))).toEqual(['x']);
    const told = await Promise.all(
      ['n2', 'n3'].map((name) =>
        logged(cluster.node(name).logFile, 'peer belongs to another cluster'),
      ),
    );
    expect(told.flat().length).toBeGreaterThan(0);
    for (const lines of told) expect(lines.length).toBeLessThanOrEqual(1);
    for (const { reason } of told.flat()) {
      expect(reason).toContain(`the address of n1, ${n1.peerAddress}, now answers for cluster`);
      expect(reason).toContain(ADVICE);
    }
  });

  it('goes on where it expects nobody else, and says what is wrong', async () => {
    const cluster = await testCluster({ nodes: 2 });
    const n1 = cluster.node('n1');
    await n1.kill();
    const [clientPort, peerPort] = [n1.url, `http://${n1.peerAddress}`].map((url) =>
      Number(new URL(url).port),
    );
    const alone = await testNode({ clientPort: clientPort ?? 0, peerPort: peerPort ?? 0 });
    await alone.start();
    await waitFor('both sides to tell of it', SOON_MS, async () => {
      const here = await logged(alone.logFile, 'called by another cluster');
      const there = await logged(cluster.node('n2').logFile, 'peer belongs to another cluster');
      return here.length === 1 && there.length === 1 && `${here[0]?.reason}`.includes(ADVICE);
    });
    expect(alone.isRunning).toBe(true);
  });
});
