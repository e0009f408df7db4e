/**
 * Scenarios: text files that tell how members of a Raft group come through something, after
 * etcd's "datadriven" tests. Comments say which rule is kept and where it comes from; commands
 * stand one on a line, and below `----` what came of them, up to an empty line.
 *
 *     # 1 is elected by 2 (Raft, section 5.2).
 *     campaign 1
 *     deliver
 *     ----
 *     1 -> 2 pre_vote: term 2, last 1@1
 *     ...
 *
 * To write one: write comments and commands, run
 * `UPDATE_SCENARIOS=1 npx vitest run test/scenario`, and read what it put below them. It must
 * show the rule being kept; if it does not, that is a bug to mend and no text to keep.
 *
 * `quietly <command>` leaves out what came of it, for what only leads up to the point.
 *
 * - `members 1 2 3 [learners=4] [outsiders=5] [newcomers=6] [election=10] [heartbeat=1]
 *   [append=bytes] [inflight=appends] [inflight-bytes=bytes] [uncommitted=bytes] [leases=1]
 *   [seed=1]`: comes first. All begin with the snapshot by which the group was founded, 1@1;
 *   outsiders too, but they do not belong to it, and newcomers have nothing at all. Without a
 *   seed nobody waits longer than `election`.
 * - `tick 1 5`, `pass 5` (so often: all tick, all is delivered), `campaign 1`, `elect 4 with 5 6`
 *   (they miss their leader, 4 runs and hears of 5 and 6 alone; what it then sends stays on the wire)
 * - `propose 1 x y`, `configuration 1 voters=1,2 [learners=3]`, `read 1 7`, `transfer 1 2`
 * - `deliver` (until the wire is empty), `deliver 1->2 [append]`, `deliver ->2`, `deliver 1->`
 *   (what is on the wire now); `drop` and `repeat` (a second time) likewise; `wire` shows it
 * - `hold 1->2 [append]` until `release`; `cut 1->2`, `partition 1 2 | 3` until `heal`;
 *   `unreachable 1 2` tells 1 that 2 cannot be reached
 * - `slow-disk 1`: writes end only by `persist 1 [how many]` or `quick-disk 1`
 * - `crash 1` (what it began to write is written), `power-loss 1` (it is not), `restart 1`
 * - `compact 1 [keep=first index]`, `stream 1->3 [fails|unreported|again]`
 * - `status [1 ...]`, `progress 1` (what the leader knows), `log 1` (on disk)
 */

import { runCommand } from './commands.ts';
import { Stage } from './stage.ts';

const SEPARATOR = '----';
const QUIETLY = 'quietly ';

/** The same text, with what came of the commands now. */
export function runScenario(text: string): string {
  const stage = new Stage();
  const blocks = text.trimEnd().split(/\n{2,}/);
  return `${blocks.map((block) => runBlock(stage, block)).join('\n\n')}\n`;
}

function runBlock(stage: Stage, block: string): string {
  const lines = block.split('\n');
  const end = lines.indexOf(SEPARATOR);
  const told = end === -1 ? lines : lines.slice(0, end);
  const commands = told.filter((line) => line !== '' && !line.startsWith('#'));
  if (commands.length === 0) return told.join('\n');
  const output = commands.flatMap((command) => runLine(stage, command));
  return [...told, SEPARATOR, ...(output.length === 0 ? ['ok'] : output)].join('\n');
}

function runLine(stage: Stage, line: string): readonly string[] {
  const isQuiet = line.startsWith(QUIETLY);
  runCommand(stage, isQuiet ? line.slice(QUIETLY.length) : line);
  const output = stage.takeLines();
  return isQuiet ? [] : output;
}
