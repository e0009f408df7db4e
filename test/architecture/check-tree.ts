/**
 * Checks a source tree against the law of the house: layers, seams, sizes and names.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { codeFolders, layerOf, layerTable, mayImport } from './layer-table.ts';
import {
  computingPackages,
  edgeLayers,
  laterGlobals,
  packageOwners,
  stepMachines,
  worldGlobals,
} from './seam-table.ts';
import { readSource, type SourceFacts } from './source-facts.ts';

export type Rule =
  /** An import that is not an arrow of the layer table. */
  | 'layer'
  /** A folder of src/, or a file beside them, that the table does not know. */
  | 'unknown-layer'
  /** An import of what is not code under the law: tests, files outside. */
  | 'outside'
  /** An import whose module is not known before the program runs. */
  | 'computed-import'
  /** A module of Node inside the seams. */
  | 'builtin'
  /** A package where it does not belong. */
  | 'package'
  /** A name of the global scope that reaches the world, inside the seams. */
  | 'world'
  /** Work put off to a later turn by a step machine. */
  | 'later'
  | 'syntax'
  | 'size'
  | 'name';

export interface Violation {
  /** From the root of the tree, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly rule: Rule;
  /** What is wrong and what would be right. */
  readonly message: string;
}

type Finding = Omit<Violation, 'file'>;

export const FILE_LINES_MAX = 400;

const CODE = /\.(ts|mts|cts|js|mjs|cjs)$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
const EMPTY_WORDS = /(^|-)(utils?|helpers?|managers?|common)(-|\.|$)/;

/** All violations in src/, bench/ and cluster/ of the repository at `root`. */
export function checkTree(root: string): Violation[] {
  return codeFolders
    .flatMap((folder) => codeFilesBelow(root, folder))
    .flatMap((file) =>
      checkFile(file, readFileSync(join(root, file), 'utf8')).map((finding) => ({
        file,
        ...finding,
      })),
    );
}

/** As `file:line rule: message`, one a line. */
export function reportOf(violations: readonly Violation[]): string {
  return violations
    .map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`)
    .join('\n');
}

function codeFilesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => posix.join(posix.relative(root, entry.parentPath), entry.name))
    .toSorted();
}

function checkFile(file: string, text: string): Finding[] {
  const layer = layerOf(file);
  const shape = [...checkNames(file), ...checkSize(text)];
  if (layer === undefined || !Object.hasOwn(layerTable, layer)) {
    const message = `the layer table does not know ${posix.dirname(file)}/; add it there and in ARCHITECTURE.md, or move the file`;
    return [...shape, { line: 1, rule: 'unknown-layer', message }];
  }
  try {
    const facts = readSource(text);
    return [...shape, ...checkImports(file, layer, facts), ...checkSeams(layer, facts)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [...shape, { line: 1, rule: 'syntax', message: error.message }];
  }
}

function checkNames(file: string): Finding[] {
  return file.split('/').flatMap((name): Finding[] => {
    if (!KEBAB_CASE.test(name)) {
      return [{ line: 1, rule: 'name', message: `${name} is not in kebab-case` }];
    }
    if (EMPTY_WORDS.test(name)) {
      const message = `${name} says nothing: name it after the one thing it holds`;
      return [{ line: 1, rule: 'name', message }];
    }
    return [];
  });
}

function checkSize(text: string): Finding[] {
  const lines = text.trimEnd().split('\n').length;
  if (lines <= FILE_LINES_MAX) return [];
  const message = `${lines} lines are more than ${FILE_LINES_MAX}: ask what the file is two of`;
  return [{ line: 1, rule: 'size', message }];
}

function checkImports(file: string, layer: string, facts: SourceFacts): Finding[] {
  return facts.imports.flatMap(({ line, specifier }): Finding[] => {
    if (specifier === undefined) {
      const message = 'the module is computed; import it by a literal path';
      return [{ line, rule: 'computed-import', message }];
    }
    const finding = /^[./]|^file:/.test(specifier)
      ? checkArrow(file, layer, specifier)
      : checkPackage(layer, specifier);
    return finding === undefined ? [] : [{ line, ...finding }];
  });
}

function checkArrow(
  file: string,
  layer: string,
  specifier: string,
): Omit<Finding, 'line'> | undefined {
  const target = posix.join(posix.dirname(file), specifier);
  if (!specifier.startsWith('.') || layerOf(target) === undefined) {
    const message = `${specifier} is not in ${codeFolders.join('/, ')}/, and nothing else may be imported by a path`;
    return { rule: 'outside', message };
  }
  if (mayImport(layer, target)) return undefined;
  const allowed = layerTable[layer]?.join(', ') || 'nothing';
  const message = `${target} is not for ${layer}/, which may import ${allowed}; turn the arrow round or put what both need on a floor below`;
  return { rule: 'layer', message };
}

function checkPackage(layer: string, specifier: string): Omit<Finding, 'line'> | undefined {
  const isEdge = edgeLayers.includes(layer);
  if (isBuiltin(specifier)) {
    if (isEdge) return undefined;
    const message = `${specifier} touches the world; use a port, or move this to ${edgeLayers.join('/, ')}/`;
    return { rule: 'builtin', message };
  }
  const name = packageName(specifier);
  const owner = packageOwners[name];
  const isOfProduct = layer !== 'bench' && layer !== 'cluster';
  if (owner !== undefined && isOfProduct && owner !== layer) {
    return { rule: 'package', message: `${name} is used in ${owner}/ only, behind its interface` };
  }
  if (isEdge || computingPackages.includes(name)) return undefined;
  const message = `${name} is not among the packages that only compute (${computingPackages.join(', ')}); use a port, or extend test/architecture/seam-table.ts`;
  return { rule: 'package', message };
}

/** `@scope/name/path` is of the package `@scope/name`, `name/path` of `name`. */
function packageName(specifier: string): string {
  const segments = specifier.split('/');
  return segments.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function checkSeams(layer: string, facts: SourceFacts): Finding[] {
  const findings: Finding[] = [];
  if (!edgeLayers.includes(layer)) {
    for (const { line, name } of facts.globals) {
      if (!Object.hasOwn(worldGlobals, name)) continue;
      findings.push({
        line,
        rule: 'world',
        message: `${name} in ${layer}/: ${worldGlobals[name]}`,
      });
    }
  }
  if (stepMachines.includes(layer)) {
    const later = facts.globals.filter(({ name }) => laterGlobals.includes(name));
    for (const { line, name } of [...facts.waits, ...later]) {
      const message = `${name} in ${layer}/: a step runs to completion and returns what must be done`;
      findings.push({ line, rule: 'later', message });
    }
  }
  return findings;
}
