/** `quorate bucket`, `buckets`, `raft` and `lease` against a running cluster. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { type CommandResult, commandsAhead, quorate, valuesOf, waitForVoters } from './harness.ts';

const SOON_MS = 10_000;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

const at = (name: string) => ['--node', cluster.node(name).url];

/** Asks n1, or another one. */
function ask(args: readonly string[], name = 'n1'): Promise<CommandResult> {
  return quorate([...args, ...at(name)]);
}

const done = (stderr: string) => ({ code: 0, stdout: '', stderr: `${stderr}\n` });
const refused = (code: number, message: string) => ({
  code,
  stdout: '',
  stderr: `error: ${message}\n`,
});

describe('quorate bucket and buckets', () => {
  it('make, change, show and delete buckets', async () => {
    expect(await ask(['buckets'])).toMatchObject({
      code: 0,
      stdout: 'there are no buckets yet; the first write into one makes it\n',
    });
    expect(await ask(['bucket', 'create', 'locks', '--mode', 'raft'])).toEqual(
      done('created: locks, mode raft'),
    );
    expect(await ask(['bucket', 'create', 'counters', '--mode', 'paxos', '--n', '2'])).toEqual(
      done('created: counters, mode paxos, n=2, ttl none'),
    );
    expect(await ask(['bucket', 'create', 'wide', '--n', '2', '--r', 'one'], 'n2')).toEqual(
      done('created: wide, mode dynamo, n=2 r=one w=quorum, conflict siblings, ttl none'),
    );
    expect(await ask(['bucket', 'set', 'wide', '--w', 'all', '--r', '1'], 'n3')).toEqual(
      done('changed: wide, mode dynamo, n=2 r=1 w=all, conflict siblings, ttl none'),
    );
    expect(await ask(['bucket', 'set', 'wide', '--conflict', 'lww', '--ttl', '90s'])).toEqual(
      done('changed: wide, mode dynamo, n=2 r=1 w=all, conflict lww, ttl 90s'),
    );
    const [table, { stdout }] = await Promise.all([
      ask(['buckets'], 'n2'),
      ask(['buckets', '--json']),
    ]);
    expect(table).toEqual({
      code: 0,
      stdout: `\
bucket     mode     n   r   w     conflict   ttl
counters   paxos    2   -   -     -          none
locks      raft     -   -   -     -          -
wide       dynamo   2   1   all   lww        90s
`,
      stderr: '',
    });
    expect(JSON.parse(stdout)).toEqual([
      { name: 'counters', mode: 'paxos', n: 2, ttl: 'none' },
      { name: 'locks', mode: 'raft' },
      { name: 'wide', mode: 'dynamo', n: 2, r: 1, w: 'all', conflict: 'lww', ttl: '90s' },
    ]);
    expect(await ask(['bucket', 'delete', 'wide'])).toEqual(done('deleted wide'));
    const [left, again] = await Promise.all([ask(['buckets']), ask(['bucket', 'delete', 'wide'])]);
    expect(left.stdout).not.toContain('wide');
    expect(again).toEqual(refused(1, 'there is no bucket "wide" (no_such_bucket)'));
  });

  it('say why what is fixed does not change, and change nothing', async () => {
    await cluster.client('n1').putBucket('fixed', { n: 3 });
    const [n, mode, create] = await Promise.all([
      ask(['bucket', 'set', 'fixed', '--n', '2', '--w', 'all']),
      ask(['bucket', 'set', 'fixed', '--mode', 'raft']),
      ask(['bucket', 'create', 'fixed']),
    ]);
    expect(n).toEqual(
      refused(
        1,
        'bucket fixed has n=3 for good and cannot get n=2; use another bucket (bucket_immutable)',
      ),
    );
    expect(mode).toEqual(
      refused(
        1,
        'bucket fixed has mode=dynamo for good and cannot get mode=raft; use another bucket (bucket_immutable)',
      ),
    );
    expect((await ask(['buckets'])).stdout).toMatch(
      /^fixed +dynamo +3 +quorum +quorum +siblings +none$/m,
    );
    expect(create).toEqual(
      refused(1, 'there is a bucket fixed already; change it with quorate bucket set'),
    );
  });
});

describe('quorate bucket', () => {
  const wrong: readonly [readonly string[], number, string][] = [
    [['create', 'b', '--n', '4'], 2, 'n=4'],
    [['create', 'b', '--n', 'x'], 2, 'replicas from 1 to 9'],
    [['create', 'b', '--mode', 'chain'], 2, 'dynamo, paxos, raft'],
    [['create', 'b', '--mode', 'paxos', '--w', '2'], 2, 'always asks a majority'],
    [['create', 'b', '--r', '0'], 2, 'from 1, or one, quorum or all'],
    [['create', 'a/b'], 2, 'bad_bucket'],
    [['set', 'nowhere', '--w', 'all'], 1, 'there is no bucket "nowhere"'],
    [['set', 'nowhere'], 2, 'give --r, --w, --conflict or --ttl'],
    [['set', 'locks', '--w', 'all'], 2, 'w means nothing in a raft bucket'],
    [['remove', 'b'], 2, "unknown command 'remove'"],
  ];
  const answerTo = commandsAhead(
    wrong.map(([args]) => args),
    (args) => ['bucket', ...args, ...at('n1')],
  );

  it.each(wrong)('refuses %j', (args, code, text) => {
    const answer = answerTo(args);
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toMatch(/^error: /);
    expect(answer.stderr).toContain(text);
  });
});

describe('quorate raft', () => {
  async function leader(): Promise<string> {
    const { stdout } = await ask(['raft', 'status']);
    return /led by (n[123])$/m.exec(stdout)?.[1] ?? '';
  }

  it('status shows who leads and how far the others are, whoever is asked', async () => {
    for (const { name } of cluster.nodes) {
      const { code, stdout, stderr } = await ask(['raft', 'status'], name);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [head, seen, values, empty, titles, ...rows] = stdout.trimEnd().split('\n');
      expect(head).toMatch(/^metadata group, term \d+, led by n[123]$/);
      expect(seen).toMatch(
        /^as seen by n[123] \((leader|follower)\): committed \d+, applied \d+, log \d+ to \d+, snapshot \d+$/,
      );
      expect(seen).toContain(`as seen by ${name} `);
      expect(values).toMatch(/^raft buckets: \d+ values, \d+ bytes$/);
      expect(empty).toBe('');
      expect(titles).toMatch(/^member +role +log agrees to +lag +state +silent$/);
      expect(rows).toHaveLength(3);
      expect(rows.filter((row) => /^n[123] +leader +\d+ +0 +- +-$/.test(row))).toHaveLength(1);
      const follower = /^n[123] +voter +\d+ +\d+ +(probe|replicate|snapshot) +\d+ ms$/;
      expect(rows.filter((row) => follower.test(row))).toHaveLength(2);
    }
    const json = JSON.parse((await ask(['raft', 'status', '--json'])).stdout);
    expect(json).toMatchObject({ node: 'n1', learners: [], outgoing: [] });
    expect([...json.voters].sort()).toEqual(['n1', 'n2', 'n3']);
    expect(json.members).toHaveLength(3);
  });

  it('transfer hands the lead over, and leaves it where it is already', async () => {
    const before = await leader();
    const next = before === 'n2' ? 'n3' : 'n2';
    const asked = done(`${next} was asked to take the lead; quorate raft status shows who has it`);
    expect(await ask(['raft', 'transfer', next])).toEqual(asked);
    await waitFor(`${next} to lead`, SOON_MS, async () => (await leader()) === next);
    expect(await ask(['raft', 'transfer', next])).toEqual(asked);
    expect(await leader()).toBe(next);
  });

  it('transfer to a node that is none is refused', async () => {
    const { code, stdout, stderr } = await ask(['raft', 'transfer', 'n9']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: n9 is no voter of the metadata group: name one of n[123], n[123], n[123] \(bad_request\)\n$/,
    );
    const [nobody, noName] = await Promise.all([
      ask(['raft', 'transfer']),
      ask(['raft', 'transfer', 'a b']),
    ]);
    expect(nobody.code).toBe(2);
    expect(noName.stderr).toContain('letters, digits');
  });
});

describe('quorate lease', () => {
  async function grant(): Promise<string> {
    const { code, stdout, stderr } = await ask(['lease', 'grant', '--ttl', '600000']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\n$/);
    const id = stdout.trim();
    expect(stderr).toBe(
      `granted: lease ${id} ends 600000 ms after it was last renewed; 0 keys go with it\n`,
    );
    return id;
  }

  it('grants leases that keys go with, renews, shows and revokes them', async () => {
    const client = cluster.client('n3');
    await client.putBucket('leased', { mode: 'raft' });
    const id = await grant();
    const put = await ask(['put', 'leased', 'k', 'mine', '--lease', id]);
    expect(put).toMatchObject({ code: 0, stderr: expect.stringMatching(/^stored \(revision \d+/) });
    const text = `lease ${id} ends 600000 ms after it was last renewed; 1 key goes with it\n`;
    const [shown, asJson] = await Promise.all([
      ask(['lease', 'get', id], 'n2'),
      ask(['lease', 'get', id, '--json']),
    ]);
    expect(shown).toEqual({ code: 0, stdout: text, stderr: '' });
    expect(JSON.parse(asJson.stdout)).toEqual({
      id: Number(id),
      ttlMs: 600_000,
      keys: 1,
    });
    expect(await ask(['lease', 'renew', id])).toMatchObject({ stderr: `renewed: ${text}` });
    expect(valuesOf(await client.get('leased', 'k'))).toEqual(['mine']);
    expect(await ask(['lease', 'revoke', id], 'n3')).toEqual(
      done(`revoked lease ${id}; its keys are gone`),
    );
    expect(valuesOf(await client.get('leased', 'k'))).toEqual([]);
  });

  it('that has ended is told of as such', async () => {
    const { id } = await cluster.client('n1').grantLease(600_000);
    await cluster.client('n1').revokeLease(id);
    const gone = refused(1, `there is no lease ${id}, or it has ended (no_such_lease)`);
    const commands = [
      ['lease', 'get'],
      ['lease', 'renew'],
      ['lease', 'revoke'],
      ['put', 'leased', 'k', 'late', '--lease'],
    ];
    const answers = await Promise.all(commands.map((args) => ask([...args, String(id)])));
    expect(answers[0]).toEqual(gone);
    for (const answer of answers) {
      expect(answer).toMatchObject({ code: 1, stdout: '' });
      expect(answer.stderr).toContain('(no_such_lease)');
    }
  });

  it('is for raft buckets only', async () => {
    const answer = await ask(['put', 'anywhere', 'k', 'v', '--lease', await grant()]);
    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('mode raft') });
  });

  const wrong: readonly [readonly string[], string][] = [
    [['grant'], "required option '--ttl <ms>' not specified"],
    [['grant', '--ttl', '999'], 'milliseconds from 1000 to 86400000'],
    [['grant', '--ttl', '1e4'], 'milliseconds from 1000 to 86400000'],
    [['renew', 'x'], 'the id of a lease, a whole number'],
    [['get'], "missing required argument 'id'"],
  ];
  const answerTo = commandsAhead(
    wrong.map(([args]) => args),
    (args) => ['lease', ...args, ...at('n1')],
  );

  it.each(wrong)('%j is told what would be right', (args, text) => {
    const answer = answerTo(args);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toContain(text);
  });
});
