/** The rules of ARCHITECTURE.md that keep data safe: what each row names is there. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const HEAD = '| rule | kept in | broken on purpose, found by |\n| --- | --- | --- |\n';
const MODEL = 'test/model/ring-moves/rules.ts';

const architecture = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8');
const [, after = ''] = architecture.split(HEAD);
const rows = (after.split('\n\n')[0] ?? '').split('\n').map((line) => {
  const [rule = '', keptIn = '', foundBy = '', ...more] = line.split('|').slice(1, -1);
  return { rule: rule.trim(), keptIn, foundBy, more };
});

const sources = below('src');
const tests = below('test').filter((path) => !path.startsWith('test/architecture/fixtures/'));

test('every row has three cells', () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(({ more }) => more.length > 0)).toEqual([]);
});

test('what a row names is there, and in one place', () => {
  const unclear = rows.flatMap(({ keptIn, foundBy }) => [
    ...pathsIn(keptIn).filter((name) => placesOf(name, sources).length !== 1),
    ...pathsIn(foundBy).filter((name) => placesOf(name, [...tests, ...sources]).length !== 1),
  ]);
  expect(unclear).toEqual([]);
});

test('tests that a row names by their titles are in the file before them', () => {
  const missing = rows.flatMap(({ foundBy }) =>
    [...foundBy.matchAll(/`([^`]+)` \(("[^)]*")\)/g)].flatMap(([, file = '', titles = '']) => {
      const text = textOf(placesOf(file, tests)[0] as string);
      const named = [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title);
      return named.filter((title) => !text.includes(title));
    }),
  );
  expect(missing).toEqual([]);
});

test('the model has the rules that a row names', () => {
  const model = textOf(MODEL);
  const missing = rows.flatMap(({ foundBy }) => {
    const [, named = ''] = foundBy.split(/\bmodel /);
    return namesIn(named).filter((rule) => !model.includes(`  ${rule}: `));
  });
  expect(missing).toEqual([]);
});

/** Files and folders, from the top of the repository. */
function below(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)))
    .map((path) => path.split(sep).join(posix.sep));
}

/** Of the names in backticks, those of files and folders. */
function pathsIn(cell: string): readonly string[] {
  return namesIn(cell).filter((name) => name.includes('/') || /\.(ts|txt)$/.test(name));
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** A path is told from anywhere below `src/` or `test/` on, where that is clear. */
function placesOf(name: string, paths: readonly string[]): readonly string[] {
  const path = name.replace(/\/$/, '');
  if (paths.includes(`src/${path}`)) return [`src/${path}`];
  return paths.filter((one) => one === path || one.endsWith(`/${path}`));
}

function textOf(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
