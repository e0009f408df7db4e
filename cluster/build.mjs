// Bundles the TypeScript sources, and most packages that they import, into a few files of a fresh
// dist/: a process that loads each of many hundred modules by itself takes twice the time to start.
// Types are checked by `npm test`, not here.
// `--if-needed` skips the work when dist/ is newer than every source, and when
// there are no sources at all (an installed package ships dist/ only).
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from './build-dashboard.mjs';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(top, 'dist', '.built');
const sources = ['src', 'bench', 'cluster', 'tsconfig.json', 'package.json'];

/** What a process is started with or preloads: under dist/ they have the paths of their sources. */
const ENTRIES = [
  'src/cli/main',
  'src/client/index',
  'src/client/keyv-store',
  'src/client/unstorage-driver',
  'src/node/index',
  'cluster/netns/main',
  'cluster/netns/network-namespaces',
  'bench/lab/main',
  'bench/lab/ycsb/generator-process',
  'bench/main',
  'bench/observability/collect-spans',
  'bench/profile-on-exit',
  'bench/throughput/generator-process',
  'bench/throughput/baseline-node',
  'test/nemesis/main',
];

/**
 * Packages that stay in node_modules: they have native parts, or are loaded by such ones anyway,
 * or contain an `eval` that no bundler can follow.
 */
const APART = [
  ...['lmdb', 'fs-native-extensions', 'msgpackr', 'msgpackr-extract', 'hdr-histogram-js'],
  // Clients of other stores, a collector of spans, and what drives a browser, which only who
  // measures with them has.
  ...['etcd3', 'ioredis', '@opentelemetry/sdk-trace-base', 'playwright-core'],
];

/** In the place of the whole of undici. */
const UNDICI_PARTS = join(top, 'cluster', 'undici-parts.mjs');

/** Looked for at run time, where whoever runs the node has it; packages that need it are bundled with it. */
const LOOKED_FOR = { name: '@opentelemetry/api', by: /src[\\/]adapters[\\/]open-telemetry\.ts$/ };

function staysApart(id, importer = '') {
  if (id === LOOKED_FOR.name) return LOOKED_FOR.by.test(importer);
  return APART.some((name) => id === name || id.startsWith(`${name}/`));
}

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

async function bundler() {
  try {
    return await import('rolldown');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(
      'Quorate has to be built and Rolldown is not installed.\n' +
        'Development packages were probably left out (NODE_ENV=production or --omit=dev).\n' +
        'Run: npm ci --include=dev',
    );
    process.exit(1);
  }
}

/** What the licenses of the bundled packages ask for: their text goes with the code. */
function licensesOf(output) {
  const files = output.flatMap((file) => file.moduleIds ?? []);
  const packages = files.map(
    (file) => /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0],
  );
  const folders = [...new Set(packages.filter((folder) => folder !== undefined))].sort();
  const texts = folders.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const license = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (license === undefined) throw new Error(`${name} has no license to go with it`);
    return `${name} ${version}\n\n${readFileSync(join(folder, license), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

if (process.argv.includes('--if-needed') && upToDate()) process.exit(0);
const { build } = await bundler();
// Built aside and put in place at the end, so that what runs from dist/ is never half of it.
const startedAt = new Date();
const fresh = join(top, 'dist.new');
rmSync(fresh, { recursive: true, force: true });
const { output } = await build({
  cwd: top,
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(top, `${entry}.ts`)])),
  external: staysApart,
  plugins: [{ name: 'undici-parts', resolveId: (id) => (id === 'undici' ? UNDICI_PARTS : null) }],
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: fresh,
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    comments: false,
  },
});
const page = await buildDashboard(top, join(fresh, 'ui'), build);
writeFileSync(join(fresh, 'LICENSES.txt'), licensesOf([...output, ...page]));
rmSync(join(top, 'dist'), { recursive: true, force: true });
renameSync(fresh, join(top, 'dist'));
writeFileSync(stamp, `${startedAt.toISOString()}\n`);
