/** Tables of the README, and the ways to read and write that their first columns spell out. */

import { readFileSync } from 'node:fs';
import {
  GUARANTEES,
  type Guarantee,
  type Level,
  type ReadRepairMode,
} from '../../../src/node/index.ts';
import { type Begin, DynamoClient, PaxosClient, RaftClient } from './clients.ts';
import { PROMISES, type Promised } from './schedules.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** By the text of the column's head. */
export type Row = Readonly<Record<string, string>>;

/** The first table whose head begins with this cell, without its head. */
export function tableOf(firstHead: string): readonly Row[] {
  const lines = README.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${firstHead} |`));
  if (at === -1) throw new Error(`the README has no table that begins with ${firstHead}`);
  const after = lines.slice(at + 2);
  const heads = cellsOf(lines[at] as string);
  return after
    .slice(
      0,
      after.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => {
      const cells = cellsOf(line);
      return Object.fromEntries(heads.map((head, i) => [head, cells[i] as string]));
    });
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Of a cell, all that stands as code. */
export function codesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
}

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
