import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { builtCommand, lastTag } from '../../../cluster/tagged-version.ts';

/** Builds a command that tells what the version had in `words`. */
const BUILD = `
import { copyFileSync, mkdirSync } from 'node:fs';
mkdirSync('dist/src/cli', { recursive: true });
copyFileSync('words', 'dist/src/cli/main.js');
`;

let repository: string;
let cache: string;

const git = (...args: string[]) => {
  const author = ['-c', 'user.name=n', '-c', 'user.email=n@example.org'];
  return execFileSync('git', [...author, ...args], { cwd: repository, encoding: 'utf8' });
};

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(repository, name), content);
  }
  git('add', '.');
  git('commit', '--quiet', '--message', 'm');
}

/** The one dependency is a folder of the repository, so that nothing is fetched. */
const PACKAGE = { version: '1.0.0', dependencies: { words: 'file:dependency' } };
const PACKAGES = {
  '': PACKAGE,
  dependency: { name: 'words', version: '1.0.0' },
  'node_modules/words': { resolved: 'dependency', link: true },
};
const lock = (name: string) => JSON.stringify({ name, lockfileVersion: 3, packages: PACKAGES });

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'quorate-tags-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  repository = join(parent, 'repository');
  cache = join(parent, 'deep', 'cache');
  await mkdir(repository);
});

async function firstVersion(): Promise<void> {
  git('init', '--quiet');
  for (const folder of ['cluster', 'dependency']) await mkdir(join(repository, folder));
  await commit({
    '.gitignore': 'node_modules\n',
    'cluster/build.mjs': BUILD,
    'package.json': JSON.stringify(PACKAGE),
    'dependency/package.json': JSON.stringify(PACKAGES.dependency),
    'package-lock.json': lock('one'),
    words: 'one',
  });
  await mkdir(join(repository, 'node_modules'));
}

describe('the last tag', () => {
  it('is the newest of a version, below the present commit or at it', async () => {
    await firstVersion();
    git('tag', 'v0.1.0');
    expect(await lastTag(repository)).toBe('v0.1.0');
    await commit({ words: 'two' });
    git('tag', 'unfinished');
    expect(await lastTag(repository)).toBe('v0.1.0');
    git('tag', 'v0.2.0');
    expect(await lastTag(repository)).toBe('v0.2.0');
  });

  it('is missing for a reason that is told', async () => {
    await expect(lastTag(repository)).rejects.toThrow('not a git repository');
    await firstVersion();
    await expect(lastTag(repository)).rejects.toThrow('is tagged v*');
  });
});

describe('a tagged version', () => {
  it('is built as it was, by its own build, once', async () => {
    await firstVersion();
    git('tag', 'v0.1.0');
    await commit({ words: 'two', 'cluster/build.mjs': 'process.exit(1)' });
    const command = await builtCommand(repository, 'v0.1.0', cache);
    expect(await readFile(command, 'utf8')).toBe('one');
    expect(lstatSync(join(command, '../../../../node_modules')).isSymbolicLink()).toBe(true);
    await writeFile(command, 'kept');
    expect(await builtCommand(repository, 'v0.1.0', cache)).toBe(command);
    expect(await readFile(command, 'utf8')).toBe('kept');
  });

  it('has dependencies of its own where it locks others', async () => {
    await firstVersion();
    git('tag', 'v0.1.0');
    await commit({ 'package-lock.json': lock('two') });
    const command = await builtCommand(repository, 'v0.1.0', cache);
    expect(await readFile(command, 'utf8')).toBe('one');
    const modules = join(command, '../../../../node_modules');
    expect(lstatSync(modules).isDirectory()).toBe(true);
    expect(await readFile(join(modules, 'words/package.json'), 'utf8')).toContain('words');
  });

  it('that cannot be built is told of with what the build says, and leaves nothing', async () => {
    await firstVersion();
    await commit({ 'cluster/build.mjs': 'throw new Error("no compiler")' });
    git('tag', 'v0.1.0');
    await expect(builtCommand(repository, 'v0.1.0', cache)).rejects.toThrow('no compiler');
    await expect(builtCommand(repository, 'v0.9.0', cache)).rejects.toThrow('v0.9.0');
    expect(execFileSync('ls', ['-A', cache], { encoding: 'utf8' })).toBe('');
  });
});
