/**
 * A version of this repository that was tagged, built beside the working tree, to be run with
 * it in one cluster.
 *
 *   const tag = await lastTag(repository);
 *   const script = await builtCommand(repository, tag, cache);
 *   const cluster = await startCluster({ nodes: 3, script });
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const COMMAND = join('dist', 'src', 'cli', 'main.js');
const LOCK_FILE = 'package-lock.json';
/** Of what a step prints. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The newest tag v* that the checked-out commit descends from, or is. Throws `Error` with a text
 * for people where there is none, or no repository, or no git.
 */
export async function lastTag(repository: string): Promise<string> {
  await git(repository, ['rev-parse', '--git-dir']);
  const describing = ['describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD'];
  const tag = await git(repository, describing).catch(() => undefined);
  if (tag !== undefined) return tag;
  throw new Error(`neither the present commit of ${repository} nor one before it is tagged v*`);
}

/**
 * Path of the tagged version's compiled command. Throws `Error` with what the step that failed
 * has printed.
 * @param cache where builds are kept, each under the id of its commit: an absolute path outside
 *   of node_modules, below which a build would take its own sources for a dependency's
 */
export async function builtCommand(
  repository: string,
  tag: string,
  cache: string,
): Promise<string> {
  const commit = await git(repository, ['rev-parse', `${tag}^{commit}`]);
  const place = join(cache, commit);
  // The link to the dependencies of a working tree that is gone does not count.
  const isBuilt = [COMMAND, 'node_modules'].every((path) => existsSync(join(place, path)));
  if (!isBuilt) await build(repository, commit, cache, place);
  return join(place, COMMAND);
}

/** Built aside and put in place whole, so that nobody finds half of it. */
async function build(
  repository: string,
  commit: string,
  cache: string,
  place: string,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, 'building-'));
  try {
    await unpack(repository, commit, fresh);
    await provideDependencies(repository, fresh);
    await step(process.execPath, [join('cluster', 'build.mjs')], fresh);
    await rm(place, { recursive: true, force: true });
    await rename(fresh, place);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function unpack(repository: string, commit: string, directory: string): Promise<void> {
  const archive = join(directory, 'source.tar');
  await step('git', ['archive', '--format=tar', '-o', archive, commit], repository);
  await step('tar', ['-xf', archive], directory);
  await rm(archive);
}

/** Those of the working tree where it locks the same ones; else they are installed. */
async function provideDependencies(repository: string, directory: string): Promise<void> {
  const [wanted, present] = await Promise.all(
    [directory, repository].map((top) => readFile(join(top, LOCK_FILE), 'utf8')),
  );
  if (wanted === present) {
    const modules = await realpath(join(repository, 'node_modules'));
    await symlink(modules, join(directory, 'node_modules'), 'dir');
  } else {
    await step(
      'npm',
      ['ci', '--prefer-offline', '--include=dev', '--no-audit', '--no-fund'],
      directory,
    );
  }
}

async function git(repository: string, args: readonly string[]): Promise<string> {
  return (await step('git', args, repository)).trim();
}

/** What it printed. Throws `Error` with what it complained of. */
async function step(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(program, args, { cwd, maxBuffer: OUTPUT_BYTES_MAX });
    return stdout;
  } catch (error) {
    const { code, stderr = '', stdout = '' } = error as NodeJS.ErrnoException & ProcessOutput;
    const why = code === 'ENOENT' ? `${program} is not installed` : (stderr + stdout).trim();
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}: ${why}`, { cause: error });
  }
}

interface ProcessOutput {
  readonly stdout?: string;
  readonly stderr?: string;
}
