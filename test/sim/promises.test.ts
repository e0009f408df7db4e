/**
 * The chapter "Choosing consistency" of the README: its tables are read, and every cell is tried.
 * What is promised holds in schedules in which replicas lag, and what is not is seen to be
 * broken in one of them.
 */

import { describe, expect, it } from 'vitest';
import { codesIn, type Row, tableOf } from '../readme-table.ts';
import { beginOf, promisesIn } from './promises/cells.ts';
import type { Begin, Client } from './promises/clients.ts';
import { mayBeDown, refusalsIn, roundTripsOf } from './promises/prices.ts';
import { isKept, PROMISES, type Promised } from './promises/schedules.ts';

const OF_SEVERAL_REQUESTS = PROMISES.filter((promised) => promised !== 'one step');
/** What reads and writes of majorities promise by themselves. */
const BY_QUORUMS: readonly Promised[] = ['fresh', 'own writes', 'in order'];
const SESSIONS = ['ryw', 'mr', 'mw', 'wfr', 'session', 'causal'];

async function keptBy(
  choice: string,
  promises: readonly Promised[] = PROMISES,
): Promise<readonly Promised[]> {
  const kept: Promised[] = [];
  for (const promised of promises) {
    if (await isKept(promised, beginOf(choice))) kept.push(promised);
  }
  return kept;
}

describe('what each choice promises and costs', () => {
  const rows = tableOf('choose');

  it('has these rows', () => {
    expect(rows.map(({ choose }) => choose)).toEqual([
      '`r=1` `w=1`',
      '`r=quorum` `w=quorum`',
      '`r=quorum` `w=quorum` `sloppy=false`',
      '`r=quorum` `w=quorum` `sloppy=false` `read_repair=blocking`',
      ...SESSIONS.map((session) => `\`r=1\` \`w=1\` \`session=${session}\``),
      '`mode=paxos`',
      '`mode=raft`',
    ]);
  });

  describe.each(rows)('$choose', (row: Row) => {
    const { choose = '', promises = '' } = row;

    it('promises just that', async () => {
      expect(await keptBy(choose)).toEqual(promisesIn(promises));
    });

    it('takes so many round trips', async () => {
      expect(await roundTripsOf(beginOf(choose))).toEqual({
        usual: row['round trips: read · write'],
        behind: row['where replicas are behind'],
      });
    });

    it('goes on with so many replicas down', async () => {
      const of3 = await mayBeDown(beginOf(choose), 3);
      const of5 = await mayBeDown(beginOf(choose), 5);
      expect(`${of3} · ${of5}`).toBe(row['may be down of 3 · of 5']);
    });

    it('is refused like this', async () => {
      const { definite, inDoubt } = await refusalsIn(beginOf(choose));
      expect(definite).toEqual(codesIn(row['refuses with 503'] ?? ''));
      expect(inDoubt).toEqual(codesIn(row['in doubt with 503'] ?? ''));
    });
  });
});

describe('read repair and sessions together', () => {
  const levels = 'with `r=quorum` `w=1` `sloppy=false`';
  const modes = ['off', 'async', 'blocking'].map((mode) => `\`read_repair=${mode}\``);
  const rows = tableOf(levels);

  it('has a cell for each', () => {
    const sessions = SESSIONS.map((session) => `\`session=${session}\``);
    expect(rows.map((row) => row[levels])).toEqual(['no session', ...sessions]);
    for (const row of rows) expect(Object.keys(row)).toEqual([levels, ...modes]);
  });

  const cells = rows.flatMap((row) =>
    modes.map((mode) => ({ session: row[levels] ?? '', mode, promises: row[mode] ?? '' })),
  );
  it.each(cells)('$session, $mode: $promises', async ({ session, mode, promises }) => {
    const kept = await keptBy(`${levels} ${session} ${mode}`, OF_SEVERAL_REQUESTS);
    expect(kept).toEqual(promisesIn(promises));
  });

  const offOrBlocking = cells.filter(({ mode }) => mode !== modes[1]);
  it.each(offOrBlocking)(
    '$session, $mode, `w=quorum`: more',
    async ({ session, mode, promises }) => {
      const ofQuorums = levels.replace('`w=1`', '`w=quorum`');
      const kept = await keptBy(`${ofQuorums} ${session} ${mode}`, OF_SEVERAL_REQUESTS);
      const more: readonly Promised[] = [...promisesIn(promises), ...BY_QUORUMS];
      const expected = more.includes('everybody forward') ? [...more, 'all keys'] : more;
      expect(kept).toEqual(OF_SEVERAL_REQUESTS.filter((promised) => expected.includes(promised)));
    },
  );

  it.each(cells.filter(({ mode }) => mode === modes[0]))(
    '$session, $mode, whatever `r` and `w`: what the session promises',
    async ({ session, mode, promises }) => {
      for (const others of ['`r=1` `w=3`', '`r=3` `w=1`', '`r=2` `w=1`']) {
        const kept = await keptBy(`${others} ${session} ${mode}`, promisesIn(promises));
        expect(kept).toEqual(promisesIn(promises));
      }
    },
  );

  it('blocking repair is of no use to reads of one replica', async () => {
    expect(await keptBy('`r=1` `w=1` `read_repair=blocking`')).toEqual([]);
  });

  it('blocking repair is of no use where others read without it', async () => {
    const [plain, blocking] = [modes[0], modes[2]].map((mode) => beginOf(`${levels} ${mode}`));
    let clients = 0;
    // The second client is the one that has read what the third misses.
    const begin: Begin = (cluster) => (clients++ % 3 === 2 ? blocking : plain)?.(cluster) as Client;
    expect(await isKept('everybody forward', begin)).toBe(false);
  });

  it('blocking repair is of no use where others may answer for replicas', async () => {
    const kept = await keptBy('`r=quorum` `w=1` `read_repair=blocking`', OF_SEVERAL_REQUESTS);
    expect(kept).not.toContain('forward');
    expect(kept).not.toContain('everybody forward');
  });
});

it('each variant of eventual consistency is a choice, or two', async () => {
  const rows = tableOf('variant');
  expect(rows.map((row) => [row.variant, row['ask for']])).toEqual([
    ['causal consistency', '`session=causal`'],
    ['read-your-writes consistency', '`session=ryw`'],
    ['session consistency', '`session=session`'],
    ['monotonic read consistency', '`session=mr`'],
    ['monotonic write consistency', '`session=mw`'],
    ['writes follow reads', '`session=wfr`'],
    ['several of them', '`session=ryw,mr`'],
  ]);
  expect(await keptBy('`r=1` `w=1` `session=ryw,mr`')).toEqual(['own writes', 'forward']);
});
