// Bundles the dashboard for browsers: a page, one script and one style, named after what is in them.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Styles of packages that the page is made with; its own come after them. */
const STYLES_OF_PACKAGES = ['uplot/dist/uPlot.min.css'];

/**
 * @param {string} top of the package
 * @param {string} folder that the files are put into
 * @param {typeof import('rolldown').build} build
 * @returns what was bundled, for its licenses
 */
export async function buildDashboard(top, folder, build) {
  const source = join(top, 'src', 'dashboard');
  const { output } = await build({
    cwd: top,
    input: { dashboard: join(source, 'main.ts') },
    platform: 'browser',
    moduleTypes: { '.jsonl': 'text' },
    logLevel: 'warn',
    output: { dir: folder, entryFileNames: '[name]-[hash].js', minify: true, comments: false },
  });
  const script = output.find((file) => file.isEntry).fileName;
  const style = styleOf(top, source);
  const hash = createHash('sha256').update(style).digest('base64url').slice(0, 8);
  const styleName = `dashboard-${hash}.css`;
  const page = readFileSync(join(source, 'index.html'), 'utf8')
    .replace('{style}', styleName)
    .replace('{script}', script);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, styleName), style);
  writeFileSync(join(folder, 'index.html'), page);
  return output;
}

function styleOf(top, source) {
  const ofPackages = STYLES_OF_PACKAGES.map((path) => join(top, 'node_modules', path));
  const own = readdirSync(source, { recursive: true })
    .filter((path) => path.endsWith('.css'))
    // What all elements look like comes before what is said of some.
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((path) => join(source, path));
  return [...ofPackages, ...own].map((path) => readFileSync(path, 'utf8')).join('\n');
}

function rank(path) {
  return path.endsWith('tokens.css') ? 0 : 1;
}
