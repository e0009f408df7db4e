/**
 * Scenarios: text files that tell how members of a step machine come through something, after
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
 * `quietly <command>` leaves out what came of it, for what only leads up to the point. The
 * commands are in `raft/commands.ts` and `gossip/commands.ts`.
 */

/** Whoever plays the scenarios of one folder. */
export interface Scene {
  /** Throws when the line is no command. */
  run(line: string): void;
  /** What was told since the last time. */
  takeLines(): string[];
}

const SEPARATOR = '----';
const QUIETLY = 'quietly ';

/** The same text, with what came of the commands now. */
export function runScenario(text: string, scene: Scene): string {
  const blocks = text.trimEnd().split(/\n{2,}/);
  return `${blocks.map((block) => runBlock(scene, block)).join('\n\n')}\n`;
}

function runBlock(scene: Scene, block: string): string {
  const lines = block.split('\n');
  const end = lines.indexOf(SEPARATOR);
  const told = end === -1 ? lines : lines.slice(0, end);
  const commands = told.filter((line) => line !== '' && !line.startsWith('#'));
  if (commands.length === 0) return told.join('\n');
  const output = commands.flatMap((command) => runLine(scene, command));
  return [...told, SEPARATOR, ...(output.length === 0 ? ['ok'] : output)].join('\n');
}

function runLine(scene: Scene, line: string): readonly string[] {
  const isQuiet = line.startsWith(QUIETLY);
  scene.run(isQuiet ? line.slice(QUIETLY.length) : line);
  const output = scene.takeLines();
  return isQuiet ? [] : output;
}
