import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkTree, FILE_LINES_MAX, reportOf } from './check-tree.ts';
import { layerTable } from './layer-table.ts';

/** Of this repository's modules, not for types alone and not `import()`. */
const VALUE_IMPORT = /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)';/gm;

const repository = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

test('the repository keeps the law of the house', () => {
  expect(reportOf(checkTree(repository))).toBe('');
});

test('the layers have floors: no arrow leads back to where it came from', () => {
  const below = (layer: string, path: readonly string[]): void => {
    expect(path).not.toContain(layer);
    for (const entry of layerTable[layer] ?? []) {
      below(entry.split('/')[0] as string, [...path, layer]);
    }
  };
  const isTool = (layer: string) => layer === 'bench' || layer === 'cluster' || layer === 'cli';
  for (const layer of Object.keys(layerTable)) if (!isTool(layer)) below(layer, []);
});

test('a command line is read without loading a node, which takes twice as long', () => {
  const loaded = modulesLoadedWith('src/cli/main.ts');
  expect(loaded).toContain('src/cli/start-command.ts');
  expect(loaded).not.toContain('src/node/node.ts');
});

describe('the fixtures', () => {
  /** Every line of a fixture that breaks a rule says so: `// breaks: rule`. */
  const announced = filesBelow(fixtures).flatMap((file) =>
    readFileSync(join(fixtures, file), 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const rule = text.match(/\/\/ breaks: (\S+)/)?.[1];
        return rule === undefined ? [] : [`${file}:${index + 1} ${rule}`];
      }),
  );
  const found = checkTree(fixtures).map(({ file, line, rule }) => `${file}:${line} ${rule}`);

  test.each(announced)('%s is found', (violation) => {
    expect(found).toContain(violation);
  });

  test('nothing else is found', () => {
    expect(found.toSorted()).toEqual(announced.toSorted());
  });

  test('the report says what would be right', () => {
    const report = reportOf(checkTree(fixtures)).split('\n');
    expect(report.find((line) => line.includes('ring/imports-upward.ts'))).toBe(
      'src/ring/imports-upward.ts:1 layer: src/replica/replica.ts is not for ring/, which may import kernel; turn the arrow round or put what both need on a floor below',
    );
  });
});

test('a file of more than 400 lines is found', () => {
  const root = mkdtempSync(join(tmpdir(), 'quorate-architecture-'));
  try {
    for (const folder of ['src/kernel', 'bench', 'cluster']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, 'src/kernel/long.ts'), '// line\n'.repeat(FILE_LINES_MAX));
    writeFileSync(join(root, 'bench/longer.ts'), '// line\n'.repeat(FILE_LINES_MAX + 1));
    expect(checkTree(root)).toMatchObject([{ file: 'bench/longer.ts', rule: 'size' }]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

/** The module itself, and what it imports before it runs. */
function modulesLoadedWith(module: string): string[] {
  const loaded = new Set([module]);
  for (const file of loaded) {
    const text = readFileSync(join(repository, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(VALUE_IMPORT)) {
      loaded.add(posix.join(posix.dirname(file), specifier));
    }
  }
  return [...loaded];
}

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
