/** `quorate cluster` and `quorate transfers` against a running node. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { commandsAhead, quorate } from './harness.ts';

let cluster: LocalCluster;
let node: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, partitions: 8 });
  node = ['--node', cluster.node('n1').url];
});

afterAll(() => cluster?.kill());

describe('quorate cluster', () => {
  it('stages a change, shows the plan, and begins or forgets it', async () => {
    const staged = await quorate(['cluster', 'zone', 'n1', 'east', ...node]);
    expect(staged).toMatchObject({ code: 0, stderr: '' });
    expect(staged.stdout).toMatch(/^n1 is in zone east\n\nnode +status +zone +weight/);
    expect(staged.stdout).toMatch(/\nquorate cluster commit begins it\n$/);
    const none = await quorate(['cluster', 'zone', 'n1', ...node]);
    expect(none.stdout).toMatch(/^n1 is in no zone\n/);
    const cleared = await quorate(['cluster', 'clear', ...node]);
    expect(cleared).toEqual({ code: 0, stdout: 'cleared: n1 is in no zone\n', stderr: '' });
    await quorate(['cluster', 'weight', 'n1', '2', ...node]);
    const { stdout } = await quorate(['cluster', 'plan', '--json', ...node]);
    expect(JSON.parse(stdout).staged).toEqual([{ change: 'weight', node: 'n1', weight: 2 }]);
    const committed = await quorate(['cluster', 'commit', ...node]);
    expect(committed).toEqual({ code: 0, stdout: 'committed: n1 has weight 2\n', stderr: '' });
  });
});

describe('quorate transfers', () => {
  it('says that all is where it belongs, and keeps a bound', async () => {
    const rest = 'every partition is where it belongs (bound of a node:';
    const bound = await quorate(['transfers', '--rate', '8', '--watch', ...node]);
    expect(bound).toEqual({ code: 0, stdout: `${rest} 8.0 MiB/s)\n`, stderr: '' });
    const free = await quorate(['transfers', '--rate', 'none', ...node]);
    expect(free.stdout).toBe(`${rest} no bound)\n`);
  });
});

describe('used wrongly', () => {
  const commands = [
    ['cluster', 'weight', 'n1', '101'],
    ['cluster', 'weight', 'n1'],
    ['cluster', 'replication', '0'],
    ['cluster', 'leave', 'a b'],
    ['transfers', '--rate', 'fast'],
  ];
  const refused = [
    ['cluster', 'join', 'n9'],
    ['cluster', 'abort'],
  ];
  const ended = commandsAhead([...commands, ...refused], (command) => [...command, ...node]);

  it.each(commands.map((command) => [command]))('%o ends with 2', (command) => {
    const { code, stdout, stderr } = ended(command);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: /);
  });

  it.each(refused.map((command) => [command]))('%o ends with 1 and says why', (command) => {
    const { code, stdout, stderr } = ended(command);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/there is no node "n9"|no change of the ring is under way/);
  });
});
