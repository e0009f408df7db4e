/** Tables of the README, which tests hold against the program. */

import { readFileSync } from 'node:fs';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

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
