/** The ways to read and write that tables of the README spell out, and what they promise. */

import {
  GUARANTEES,
  type Guarantee,
  type Level,
  type ReadRepairMode,
} from '../../../src/node/index.ts';
import { codesIn } from '../../readme-table.ts';
import { type Begin, DynamoClient, PaxosClient, RaftClient } from './clients.ts';
import { PROMISES, type Promised } from './schedules.ts';

/** A cell that says what is promised; a dash: nothing. */
export function promisesIn(cell: string): readonly Promised[] {
  if (cell === '—') return [];
  return cell.split(', ').map((name) => {
    const promised = PROMISES.find((known) => known === name);
    if (promised === undefined) throw new Error(`${name} is no promise that a schedule tests`);
    return promised;
  });
}

/** A client that does what is said, such as `r=1`; of what is not said, the default. */
export function beginOf(choice: string): Begin {
  const said = new Map(codesIn(choice).map((code) => code.split('=') as [string, string]));
  if (said.get('mode') === 'paxos') return (cluster) => new PaxosClient(cluster);
  if (said.get('mode') === 'raft') return (cluster) => new RaftClient(cluster);
  const chosen = {
    r: levelOf(said.get('r')),
    w: levelOf(said.get('w')),
    sloppy: said.get('sloppy') !== 'false',
    readRepair: (said.get('read_repair') ?? 'async') as ReadRepairMode,
    guarantees: (said.get('session')?.split(',') ?? []).map(guaranteeOf),
  };
  return (cluster) => new DynamoClient(cluster, chosen);
}

function levelOf(text = 'quorum'): Level {
  return text === 'quorum' ? text : Number(text);
}

function guaranteeOf(text: string): Guarantee {
  const guarantee = GUARANTEES.find((known) => known === text);
  if (guarantee === undefined) throw new Error(`there is no session=${text}`);
  return guarantee;
}
