/** `quorate faults`: what one node does to what it sends to others, to its disk and its clock. */

import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { NodeClient } from '../client/http-client.ts';
import { DELAY_NUMBERS, type Delay, type Distribution, delayOf } from '../kernel/delay.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  ALL_OTHERS,
  CLOCK_OFFSET_MS_MAX,
  type FaultLane,
  type FaultTable,
  type FaultyPart,
  faultyPartsOf,
  isHarmless,
  type LaneFaults,
  PAUSE_MS_MAX,
} from '../kernel/fault-table.ts';
import { isNodeId } from '../kernel/names.ts';
import { asChange, UsageError } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs, printJson, tellAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { tableText } from './table-text.ts';

interface SetFlags extends NodeOption, JsonFlag {
  readonly to: readonly string[];
  readonly cut?: true;
  readonly loss?: number;
  readonly delay?: Delay;
  readonly lane?: FaultLane;
  readonly diskDelay?: Delay;
  readonly diskFull?: true;
  readonly clockOffset?: number;
}

export function addFaultsCommands(program: Command): void {
  const faults = program
    .command('faults')
    .description(
      'what a node does to its messages to others, its disk and its clock, to experiment',
    );
  addJsonOption(addNodeOption(faults.command('set')), THEN)
    .description(
      'give faults to links of this node, its disk or its clock; others stay as they are',
    )
    .addOption(
      new Option('--to <node>', 'of a link, the other end; * for all; may be repeated')
        .argParser((text: string, before: string[]) => [...before, peer(text)])
        .default([], 'none'),
    )
    .option('--cut', 'of links: nothing passes')
    .option('--loss <probability>', 'of links: so many messages are lost, from 0 to 1', probability)
    .option('--delay <delay>', `of links: ${DELAY_FORM}`, delay)
    .addOption(
      new Option('--lane <lane>', 'of one lane of the links').choices(['control', 'data', 'bulk']),
    )
    .option('--disk-delay <delay>', 'each commit waits for so long, likewise', delay)
    .option('--disk-full', 'there is no room on the disk: the node ends with its next write')
    .option('--clock-offset <ms>', 'so much the wall clock is wrong; below 0: behind', clockOffset)
    .action(set);
  addJsonOption(addNodeOption(faults.command('pause')), 'print what was done')
    .description('have this node stand still for a while: it neither serves nor sends heartbeats')
    .addArgument(new Argument('<time>', PAUSE_FORM).argParser(pauseMs))
    .action(pause);
  addJsonOption(addNodeOption(faults.command('show')), 'print them as the API takes them')
    .description('print the faults of this node')
    .action(show);
  addJsonOption(addNodeOption(faults.command('clear')), THEN)
    .description('end all faults of this node, or those of a part')
    .addArgument(new Argument('[part]', 'of the node').choices(PARTS))
    .action(clear);
}

const THEN = 'print the faults that there are then, as the API takes them';

const PARTS = ['links', 'disk', 'clock'] as const;
type Part = (typeof PARTS)[number];

const DELAY_FORM =
  'milliseconds, or uniform:MIN,MAX exponential:MEAN normal:MEAN,DEVIATION lognormal:MEDIAN,SIGMA';

const PAUSE_FORM = `a time such as 5s or 500ms, up to ${PAUSE_MS_MAX / 1_000}s`;

async function set(flags: SetFlags): Promise<void> {
  const link = linkFaultsOf(flags);
  const own = ownFaultsOf(flags);
  if (isHarmless(link) && Object.keys(own).length === 0) {
    throw new UsageError(
      'say what is to happen: --cut, --loss or --delay of links, --disk-delay, --disk-full or --clock-offset',
    );
  }
  await withClient(flags, async (client) => {
    const before = await client.faults();
    const links: Record<string, LinkOf> = { ...before.links };
    for (const name of flags.to) {
      links[name] = { ...links[name], ...placed(link, flags.lane, links[name]) };
    }
    const disk = own.disk === undefined ? {} : { disk: { ...before.disk, ...own.disk } };
    await asChange(client.setFaults({ ...before, ...own, ...disk, links }));
    await showThen(client, flags);
  });
}

async function showThen(client: NodeClient, { json }: JsonFlag): Promise<void> {
  if (json === true) printJson(await client.faults());
}

/** Checked to have links where there is a fault, and a fault where there are links. */
function linkFaultsOf({ to, cut, loss, delay, lane }: SetFlags): LaneFaults {
  const faults: LaneFaults = {
    ...(cut && { cut }),
    ...(loss !== undefined && { loss }),
    ...(delay !== undefined && { delay }),
  };
  const harmless = isHarmless(faults);
  if (!harmless && to.length === 0) {
    throw new UsageError('say with --to which links are to have the fault');
  }
  if (harmless && (to.length > 0 || lane !== undefined)) {
    throw new UsageError('say with --cut, --loss or --delay what is to happen to messages');
  }
  return faults;
}

function ownFaultsOf({ diskDelay, diskFull, clockOffset }: SetFlags): Omit<FaultTable, 'links'> {
  const disk = {
    ...(diskDelay !== undefined && { delay: diskDelay }),
    ...(diskFull && { full: diskFull }),
  };
  return {
    ...(Object.keys(disk).length > 0 && { disk }),
    ...(clockOffset !== undefined && { clock: { offsetMs: clockOffset } }),
  };
}

function placed(faults: LaneFaults, lane: FaultLane | undefined, link: LinkOf | undefined) {
  return lane === undefined ? faults : { lanes: { ...link?.lanes, [lane]: faults } };
}

type LinkOf = FaultTable['links'][string];

async function pause(ms: number, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    await asChange(client.pause(ms));
    tellAs(flags, { pausedMs: ms }, () => `paused for ${ms} ms`);
  });
}

async function show(flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => printAs(flags, await client.faults(), faultsText));
}

async function clear(part: Part | undefined, flags: NodeOption & JsonFlag): Promise<void> {
  await withClient(flags, async (client) => {
    await asChange(cleared(client, part));
    await showThen(client, flags);
  });
}

async function cleared(client: NodeClient, part: Part | undefined): Promise<void> {
  if (part === undefined) return client.clearFaults();
  const { links, ...own } = await client.faults();
  if (part === 'links') return client.setFaults({ links: {}, ...own });
  const { [part]: _, ...others } = own;
  await client.setFaults({ links, ...others });
}

function faultsText(table: FaultTable): string {
  const rows = Object.entries(table.links).flatMap(([to, { lanes = {}, ...link }]) => [
    ...(isHarmless(link) ? [] : [rowOf(to, 'all', link)]),
    ...Object.entries(lanes).map(([lane, faults]) => rowOf(to, lane, faults)),
  ]);
  const parts = faultyPartsOf(table).map((part) => `${part}: ${partText(table, part)}`);
  if (rows.length === 0 && parts.length === 0) {
    return 'no faults: what this node sends passes at once, its disk and its clock are as they are';
  }
  const links = rows.length === 0 ? [] : [tableText(LINK_COLUMNS, rows)];
  return [...links, ...parts].join('\n');
}

const LINK_COLUMNS = ['to', 'lanes', 'cut', 'loss', 'delay'];

function partText({ disk = {}, clock }: FaultTable, part: FaultyPart): string {
  if (part === 'clock') return `${clock?.offsetMs} ms beside that of the machine`;
  return [
    ...(disk.full ? ['full'] : []),
    ...(disk.delay === undefined ? [] : [`each commit waits, ${delayText(disk.delay)}`]),
  ].join('; ');
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

function pauseMs(text: string): number {
  const [, digits = '0', unit = 's'] = /^([1-9][0-9]{0,4})(ms|s)$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === 's' ? 1_000 : 1);
  if (ms >= 1 && ms <= PAUSE_MS_MAX) return ms;
  throw new InvalidArgumentError(`Give ${PAUSE_FORM}.`);
}

function probability(text: string): number {
  const number = /^[0-9.]+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError('Give a probability from 0 to 1, such as 0.05.');
}

function clockOffset(text: string): number {
  const number = /^-?[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(number) <= CLOCK_OFFSET_MS_MAX) return number;
  throw new InvalidArgumentError(
    `Give a whole number of milliseconds from -${CLOCK_OFFSET_MS_MAX} to ${CLOCK_OFFSET_MS_MAX}.`,
  );
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
