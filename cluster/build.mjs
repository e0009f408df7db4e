// Compiles the TypeScript sources into a fresh dist/.
// `--if-needed` skips the work when dist/ is newer than every source, and when
// there are no sources at all (an installed package ships dist/ only).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(top, 'dist', '.built');
const sources = ['src', 'bench', 'cluster', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function upToDate() {
  if (!existsSync(join(top, 'src', 'kernel'))) return existsSync(join(top, 'dist'));
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  return sources.every((source) => newest(join(top, source)) <= builtAt);
}

function compiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/package.json');
  } catch {
    console.error(
      'Quorate has to be compiled and TypeScript is not installed.\n' +
        'Development packages were probably left out (NODE_ENV=production or --omit=dev).\n' +
        'Run: npm ci --include=dev',
    );
    process.exit(1);
  }
}

if (process.argv.includes('--if-needed') && upToDate()) process.exit(0);
const tsc = join(dirname(compiler()), 'bin', 'tsc');
// Built aside and put in place at the end, so that what runs from dist/ is never half of it.
const startedAt = new Date();
const fresh = join(top, 'dist.new');
rmSync(fresh, { recursive: true, force: true });
const project = ['-p', join(top, 'tsconfig.build.json'), '--outDir', fresh];
const result = spawnSync(process.execPath, [tsc, ...project], { stdio: 'inherit' });
if (result.status !== 0) process.exit(result.status ?? 1);
rmSync(join(top, 'dist'), { recursive: true, force: true });
renameSync(fresh, join(top, 'dist'));
writeFileSync(stamp, `${startedAt.toISOString()}\n`);
