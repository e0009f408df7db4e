/** What operators do to the ring, and see of it: plans, commits, speed, giving up. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { EXIT } from '../../src/cli/exit.ts';
import type { RingPlanDocument, TransfersDocument } from '../../src/client/ring-documents.ts';
import { Ballast } from './ballast.ts';
import { commandsAhead, quorate, waitForVoters } from './harness.ts';

const KIB = 1024;
const VALUES = 160;
const VALUE_BYTES = 16 * KIB;
/** Slow enough to be seen: what follows from it takes a minute. */
const SLOW = 50 * KIB;
/** Next to nothing: what is on its way stays there until another bound is set. */
const HELD = KIB;
/** For what several processes have to do first, on a machine that is busy. */
const BUSY_MS = 60_000;

/** With n1, n2 and n3 in the ring, and nothing under way. */
const WRONG = [
  [
    ['cluster', 'commit'],
    EXIT.failed,
    'nothing is staged, and every partition is where it should be',
  ],
  [['cluster', 'abort'], EXIT.failed, 'no change of the ring is under way'],
  [['cluster', 'leave', 'n9'], EXIT.failed, 'there is no node "n9" in the cluster'],
  [['cluster', 'replace', 'n9', 'n1'], EXIT.failed, 'there is no node "n9" in the cluster'],
  [['cluster', 'replace', 'n1', 'n2'], EXIT.failed, 'n1 is alive: stop it first'],
  [['cluster', 'join', 'n1'], EXIT.failed, 'n1 is a member of the ring already'],
  [['cluster', 'join', 'n4'], EXIT.failed, 'n4 has left the cluster'],
  [['cluster', 'weight', 'n1', '0'], EXIT.usage, 'weight'],
  [['transfers', '--rate', '0'], EXIT.usage, 'MiB a second'],
].map(([command, code, error]) => ({ command, code, error })) as readonly {
  readonly command: readonly string[];
  readonly code: number;
  readonly error: string;
}[];

describe('the ring of three nodes and one that waits', () => {
  let cluster: LocalCluster;
  let ballast: Ballast;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, partitions: 16 });
    await waitForVoters(cluster);
    ballast = await Ballast.put(cluster, VALUES, VALUE_BYTES);
    await cluster.join({ stage: true });
  });

  afterAll(() => cluster?.kill());

  it('changes as was planned, once that is committed to', async () => {
    expect(await run('cluster', 'plan')).toBe('nothing is staged\n');
    expect(await places()).toEqual({ n1: 16, n2: 16, n3: 16, n4: 0 });

    const staged = await run('cluster', 'join', 'n4');
    expect(staged).toMatch(/^n4 joins\n/);
    expect(staged).toMatch(/^n4 +member +- +1 +0 +12 +12\.0 +12 +0 +about [\d.]+ MiB$/m);
    expect(staged).toMatch(/^12 moves; 12 copies of a partition, 12 at least; about /m);
    expect(staged).toMatch(/quorate cluster commit begins it\n$/);
    expect(await places()).toMatchObject({ n4: 0 });

    const { plan } = JSON.parse(await run('cluster', 'plan', '--json')) as RingPlanDocument;
    const movedBefore = (await transfers()).bytesMoved;
    expect(await run('cluster', 'commit')).toMatch(
      /^committed: n4 joins\n\nchanges are under way, \d+ moves to begin; see quorate transfers\n$/,
    );
    await cluster.waitUntilSettled();

    const planned = plan?.nodes.map(({ node, placesAfter }) => [node, placesAfter]) ?? [];
    expect(await places()).toEqual(Object.fromEntries(planned));
    const moved = (await transfers()).bytesMoved - movedBefore;
    expect(moved / (plan?.bytesToMove ?? 0)).toBeGreaterThan(0.8);
    expect(moved / (plan?.bytesToMove ?? 0)).toBeLessThan(1.25);
    expect(await run('transfers')).toBe(
      'every partition is where it belongs (bound of a node: no bound)\n',
    );
    await ballast.check('n4');
  });

  it('is given up in the middle', async () => {
    await slowly();
    await run('cluster', 'leave', 'n3');
    await run('cluster', 'commit');
    await untilInTheMiddle();
    await cluster.client('n1').setTransferRate(HELD);
    await waitFor('a move with a bar', BUSY_MS, async () => {
      return /^\d+ +write_both +-n3 \+n[124] +\[[#.]{20}\] \d+ % /m.test(await run('transfers'));
    });
    expect(await run('cluster', 'abort')).toMatch(
      /^aborted: \d+ moves will not be begun, \d+ go back or to their end; see quorate transfers\n$/,
    );
    await run('transfers', '--rate', 'none');
    await cluster.waitUntilSettled();
    // What was in its last stage by then has gone on.
    const { n3 = 0, ...others } = await places();
    expect(n3).toBeGreaterThan(0);
    expect(n3 + Object.values(others).reduce((all, one) => all + one)).toBe(48);
    await ballast.check('n3');
    const { plan } = await cluster.client('n3').stageRingChange({ change: 'leave', node: 'n4' });
    expect(plan?.nodes).toContainEqual(expect.objectContaining({ node: 'n3', status: 'member' }));
  });

  it('moves as fast as the operator lets it, who may think again', async () => {
    await slowly();
    expect(await run('transfers', '--rate', '1')).toContain('bound of a node: 1.0 MiB/s');
    await slowly();
    const began = { atMs: performance.now(), bytes: (await transfers()).bytesMoved };
    await run('cluster', 'commit');
    const enough = began.bytes + 6 * SLOW;
    await waitFor('some bytes to move', BUSY_MS, async () => {
      return (await transfers()).bytesMoved > enough;
    });
    // Three nodes take in: two seconds of what is allowed, and some of it at once.
    expect(performance.now() - began.atMs).toBeGreaterThan(1_000);
    // With this bound the rest would take ten minutes.
    await cluster.client('n1').setTransferRate(HELD);
    const { bytesPerSecond, moves } = await transfers();
    expect(bytesPerSecond).toBe(HELD);
    expect(moves.length).toBeGreaterThan(0);

    await run('transfers', '--rate', 'none');
    await cluster.waitUntilSettled();
    await waitFor('n4 to have left', BUSY_MS, async () => !('n4' in (await places())));
    await ballast.check('n1');
    expect(await run('transfers', '--watch')).toContain('every partition is where it belongs');
  });

  it('is not emptied', async () => {
    for (const node of ['n1', 'n2', 'n3']) {
      await cluster.client('n2').stageRingChange({ change: 'leave', node });
    }
    expect(await ask('cluster', 'commit')).toMatchObject({
      code: 1,
      stderr:
        'error: no member would be left to keep the data; let another node join first (change_refused)\n',
    });
    expect(await run('cluster', 'clear')).toMatch(/^(cleared: n[123] leaves\n){3}$/);
    expect(await run('cluster', 'clear')).toBe('nothing is staged\n');
    expect(await places()).toEqual({ n1: 16, n2: 16, n3: 16 });
  });

  describe('takes no command that makes no sense', () => {
    const resultOf = commandsAhead(
      WRONG.map(({ command }) => command),
      atFirstNode,
    );

    it.each(WRONG)('$command', ({ command, code, error }) => {
      const result = resultOf(command);
      expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
      expect(result.stderr).toContain(error);
      expect(result.code).toBe(code);
    });
  });

  async function run(...command: string[]): Promise<string> {
    const { code, stdout, stderr } = await ask(...command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  function ask(...command: string[]) {
    return quorate(atFirstNode(command));
  }

  function atFirstNode(command: readonly string[]): readonly string[] {
    return [...command, '--node', cluster.node('n1').url];
  }

  function transfers(): Promise<TransfersDocument> {
    return cluster.client('n1').transfers();
  }

  function slowly(): Promise<void> {
    return cluster.client('n1').setTransferRate(SLOW);
  }

  async function untilInTheMiddle(): Promise<void> {
    await waitFor('a partition to be copied in part', BUSY_MS, async () => {
      const { moves } = await transfers();
      return moves.some(({ stage, keys }) => stage === 'write_both' && keys > 0);
    });
  }

  async function places(): Promise<Record<string, number>> {
    const { members } = await cluster.client('n1').status();
    return Object.fromEntries(members.map(({ id, partitions }) => [id, partitions]));
  }
});
