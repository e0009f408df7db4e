/** What `npm pack` makes, in a directory that has nothing else: it runs, and it can be built on. */

import { execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { waitFor } from '../../cluster/wait-for.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Two writers who do not know of each other, and a reader who sees what both wrote. */
const PROGRAM = `import { Quorate, union } from 'quorate';
const [, , node = ''] = process.argv;
const db = new Quorate({ nodes: [node] });
const carts = db.bucket('carts', { resolve: union() });
await carts.put('alice', ['milk']);
await carts.put('alice', ['bread']);
const cart = await carts.get('alice');
console.log(JSON.stringify([...(cart.value ?? [])].sort()));
await db.close();
`;

const PROGRAM_OF_TYPES = `import { json, type Found } from 'quorate/client';
const counts = db.bucket<{ readonly n: number }>('counts', { codec: json() });
const found: Found<{ readonly n: number }> = await counts.get('a');
// @ts-expect-error Without a resolver there may be siblings, and then there is no value.
found.value;
if (found.found === 'value') console.log(found.value.n);
`;

interface Manifest {
  readonly bin: { readonly quorate: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Installed {
  /** Of somebody who has installed it and nothing else. */
  readonly directory: string;
  readonly package: string;
}

let parent: string;
let installed: Installed;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'quorate-package-'));
  installed = await install(parent);
});

afterAll(() => rm(parent, { recursive: true, force: true }));

test('publint has nothing to say about it', async () => {
  const { messages } = await publint({ pkgDir: installed.package, strict: true, pack: false });
  const manifest = await manifestOf(installed.package);
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test('A program is checked against its types', async () => {
  const options = {
    ...{ module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: false },
    // Which every program for Node has.
    ...{ types: ['node'], typeRoots: [join(TOP, 'node_modules/@types')] },
  };
  const { directory } = installed;
  await writeFile(join(directory, 'cart.mts'), `${PROGRAM}${PROGRAM_OF_TYPES}`);
  const settings = { compilerOptions: options, files: ['cart.mts'] };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  const compiler = join(TOP, 'node_modules/typescript/bin/tsc');
  const found = await run(process.execPath, [compiler, '-p', directory]).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );
  expect(found.stdout).toBe('');
});

test('npx quorate dev starts a cluster, and a program talks to it', async () => {
  const { directory } = installed;
  const [port = 0] = await freePorts(1);
  const dev = await startDev(directory, port);
  await writeFile(join(directory, 'cart.mjs'), PROGRAM);
  const program = ['cart.mjs', `http://127.0.0.1:${port}`];
  const { stdout } = await run(process.execPath, program, { cwd: directory });
  expect(stdout).toBe('["bread","milk"]\n');
  await dev.stop();
});

/** In an empty directory, with the packages that it names as its own and no others. */
async function install(into: string): Promise<Installed> {
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const { stdout } = await run('npm', packing, { cwd: TOP });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const modules = join(into, 'somewhere', 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await run('tar', ['-xzf', join(into, filename), '-C', modules]);
  const folder = join(modules, 'quorate');
  await rename(join(modules, 'package'), folder);
  const { bin, dependencies } = await manifestOf(folder);
  await symlink(join(folder, bin.quorate), join(modules, '.bin', 'quorate'));
  await chmod(join(folder, bin.quorate), 0o755);
  for (const name of Object.keys(dependencies)) {
    await symlink(join(TOP, 'node_modules', name), join(modules, name));
  }
  return { directory: dirname(modules), package: folder };
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** With all that npx starts. */
async function startDev(directory: string, port: number) {
  const args = ['--no-install', 'quorate', 'dev', '--nodes', '1', '--port', String(port)];
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  const dev = spawn('npx', args, { cwd: directory, stdio, detached: true });
  const closed = once(dev, 'close');
  const stop = async () => {
    if (dev.exitCode === null && dev.signalCode === null) process.kill(-(dev.pid ?? 0), 'SIGTERM');
    await closed;
  };
  onTestFinished(stop);
  let output = '';
  dev.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await waitFor('the cluster to serve', 60_000, () => output.includes('Stop with Ctrl-C'));
  return { stop };
}
