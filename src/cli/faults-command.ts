/** `quorate faults`: what one node does to the messages that it sends to others. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DELAY_NUMBERS, type Delay, type Distribution, delayOf } from '../kernel/delay.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  ALL_OTHERS,
  type FaultLane,
  type FaultTable,
  isHarmless,
  type LaneFaults,
} from '../kernel/fault-table.ts';
import { isNodeId } from '../kernel/names.ts';
import { UsageError } from './exit.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface SetFlags extends NodeOption {
  readonly to: readonly string[];
  readonly cut?: true;
  readonly loss?: number;
  readonly delay?: Delay;
  readonly lane?: FaultLane;
}

interface ShowFlags extends NodeOption {
  readonly json?: true;
}

export function addFaultsCommands(program: Command): void {
  const faults = program
    .command('faults')
    .description('what a node does to its messages to others, for experiments');
  addNodeOption(faults.command('set'))
    .description('give a fault to links of this node; other links stay as they are')
    .addOption(
      new Option('--to <node>', 'the other end; * for all; may be repeated')
        .argParser((text: string, before: string[]) => [...before, peer(text)])
        .default([], 'none')
        .makeOptionMandatory(),
    )
    .option('--cut', 'nothing passes')
    .option('--loss <probability>', 'so many of all messages are lost, from 0 to 1', probability)
    .option(
      '--delay <delay>',
      'milliseconds, or uniform:MIN,MAX exponential:MEAN normal:MEAN,DEVIATION lognormal:MEDIAN,SIGMA',
      delay,
    )
    .addOption(new Option('--lane <lane>', 'of one lane').choices(['control', 'data', 'bulk']))
    .action(set);
  addNodeOption(faults.command('show'))
    .description('print the faults of this node')
    .option('--json', 'print them as the API takes them')
    .action(show);
  addNodeOption(faults.command('clear')).description('end all faults of this node').action(clear);
}

async function set(flags: SetFlags): Promise<void> {
  const { to, cut, loss, delay: delayed, lane } = flags;
  if (to.length === 0) throw new UsageError('say with --to which links are to have the fault');
  const faults: LaneFaults = {
    ...(cut && { cut }),
    ...(loss !== undefined && { loss }),
    ...(delayed !== undefined && { delay: delayed }),
  };
  if (isHarmless(faults)) {
    throw new UsageError('say with --cut, --loss or --delay what is to happen to messages');
  }
  await withClient(flags, async (client) => {
    const links: Record<string, FaultTable['links'][string]> = { ...(await client.faults()).links };
    for (const name of to) links[name] = { ...links[name], ...placed(faults, lane, links[name]) };
    await client.setFaults({ links });
  });
}

function placed(faults: LaneFaults, lane: FaultLane | undefined, link: LinkOf | undefined) {
  return lane === undefined ? faults : { lanes: { ...link?.lanes, [lane]: faults } };
}

type LinkOf = FaultTable['links'][string];

async function show(flags: ShowFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const table = await client.faults();
    const text = flags.json === true ? JSON.stringify(table, null, 2) : faultsText(table);
    process.stdout.write(`${text}\n`);
  });
}

async function clear(flags: NodeOption): Promise<void> {
  await withClient(flags, (client) => client.clearFaults());
}

function faultsText({ links }: FaultTable): string {
  const rows = Object.entries(links).flatMap(([to, { lanes = {}, ...link }]) => [
    ...(isHarmless(link) ? [] : [rowOf(to, 'all', link)]),
    ...Object.entries(lanes).map(([lane, faults]) => rowOf(to, lane, faults)),
  ]);
  if (rows.length === 0) return 'no faults: what this node sends passes at once';
  return tableText(['to', 'lanes', 'cut', 'loss', 'delay'], rows);
}

function rowOf(to: string, lane: string, { cut = false, loss = 0, delay }: LaneFaults): string[] {
  return [to, lane, cut ? 'yes' : 'no', String(loss), delay === undefined ? '-' : delayText(delay)];
}

function delayText(delay: Delay): string {
  if (delay.distribution === 'samples') return `one of ${delay.samplesMs.length} samples`;
  const { distribution, ...numbers } = delay;
  const given = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
  return `${distribution} (${given.join(', ')})`;
}

function peer(text: string): string {
  if (text === ALL_OTHERS || isNodeId(text)) return text;
  throw new InvalidArgumentError('Give the name of a node, or *.');
}

function probability(text: string): number {
  const number = /^[0-9.]+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError('Give a probability from 0 to 1, such as 0.05.');
}

const NUMBERS = /^[0-9.]+(,[0-9.]+)*$/;

/** `25` stands for `constant:25`. */
function delay(text: string): Delay {
  const [head = '', tail] = text.split(':');
  const [distribution, numbers = ''] = tail === undefined ? ['constant', head] : [head, tail];
  const names = DELAY_NUMBERS[distribution as Distribution] ?? [];
  const values = NUMBERS.test(numbers) ? numbers.split(',').map(Number) : [];
  if (names.length === 0 || values.length !== names.length) {
    throw new InvalidArgumentError(
      'Give milliseconds, or uniform:MIN,MAX, exponential:MEAN, normal:MEAN,DEVIATION or lognormal:MEDIAN,SIGMA.',
    );
  }
  const fields = Object.fromEntries(names.map((name, i) => [name, values[i]]));
  try {
    return delayOf({ distribution, ...fields }, 'delay');
  } catch (error) {
    if (error instanceof QuorateError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}
