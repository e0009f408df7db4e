// Compiles the simulator into dist.sim/, with stand-ins for policies that a short run would
// never meet.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../../dist.sim');

/** By module, what takes its place; both export the same names. */
const STAND_INS = {
  'src/repair/id-window.js': 'test/sim/paxos/id-window.js',
  'src/node/metadata-group/snapshot-policy.js': 'test/sim/raft-buckets/snapshot-pace.js',
};

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
rmSync(out, { recursive: true, force: true });
const compile = [join(dirname(typescript), 'bin', 'tsc'), '-p', join(here, 'tsconfig.json')];
const { status } = spawnSync(process.execPath, compile, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const [module, standIn] of Object.entries(STAND_INS)) {
  const path = relative(dirname(join(out, module)), join(out, standIn));
  writeFileSync(join(out, module), `export * from '${path}';\n`);
}
