// Copies what the laboratory found into bench/results/: of each run its figures (results.json),
// its charts (SVG), and a page that shows them. Histories and reports stay where they are: who
// repeats a run has them again.
//
//   npm run lab -- all --scale full --out lab-runs/full
//   node bench/publish-results.mjs lab-runs/full
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RESULTS = 'results.json';
const published = join(dirname(fileURLToPath(import.meta.url)), 'results');

const [runs] = process.argv.slice(2);
if (runs === undefined) {
  console.error('Say which runs: node bench/publish-results.mjs <folder of the laboratory>');
  process.exit(2);
}
const found = readdirSync(runs)
  .filter((folder) => existsSync(join(runs, folder, RESULTS)))
  .map((folder) => ({
    folder,
    results: JSON.parse(readFileSync(join(runs, folder, RESULTS), 'utf8')),
  }))
  .sort((a, b) => inOrder(a.results, b.results));
if (found.length === 0) {
  console.error(`There is no complete run in ${runs}`);
  process.exit(1);
}
rmSync(published, { recursive: true, force: true });
for (const { folder, results } of found) publish(join(runs, folder), results);
writeFileSync(join(published, 'README.md'), pageOf(found.map(({ results }) => results)));
console.log(`${found.length} runs are in ${published}`);

function publish(from, results) {
  const { experiment } = results;
  const to = join(published, experiment);
  // Two runs of one experiment would overwrite each other, and one could not tell which is shown.
  if (existsSync(to)) throw new Error(`${runs} has several runs of ${experiment}: keep one`);
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, RESULTS), `${JSON.stringify(results)}\n`);
  for (const file of readdirSync(from)) {
    if (file.endsWith('.svg')) copyFileSync(join(from, file), join(to, file));
  }
}

function inOrder(a, b) {
  return a.experiment.localeCompare(b.experiment, 'en', { numeric: true });
}

function pageOf(all) {
  return `# What the laboratory found\n\n${machineText(all)}\n\n${all.map(sectionOf).join('\n\n')}\n`;
}

function machineText(all) {
  const [{ machine, scale, version }] = all;
  const { cpu, cores, memoryMiB, kernel, node } = machine;
  const days = all.map(({ startedAt }) => startedAt.slice(0, 10)).sort();
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return (
    `Quorate ${version}, \`--scale ${scale}\`, ${when}. All nodes, clients and links on one machine: ` +
    `${cores} cores (${cpu}), ${Math.round(memoryMiB / 1024)} GiB, ${kernel}, Node ${node}. ` +
    `What is told of times holds for such a machine; compare the contestants of one run, not runs.`
  );
}

function sectionOf({ experiment, about, seed, nodes, seconds, summary, claims, charts }) {
  const where = nodes === 0 ? 'in the simulator' : `${nodes} nodes`;
  const failed = claims.filter(({ holds }) => !holds);
  const verdict =
    failed.length === 0
      ? `All ${claims.length} claims of theory hold.`
      : `${failed.length} of ${claims.length} claims of theory do not hold: ${failed.map(({ text, evidence }) => `${text} (${evidence})`).join('; ')}.`;
  return [
    `## ${experiment}: ${about.title}`,
    about.question,
    `${summary} ${verdict}`,
    ...charts.map(
      ({ name, title, caption }) => `![${title}](${experiment}/${name}.svg)\n\n${caption}`,
    ),
    `Seed ${seed}, ${where}, ${Math.ceil(seconds / 60)} min; all figures: [results.json](${experiment}/${RESULTS}).`,
  ].join('\n\n');
}
