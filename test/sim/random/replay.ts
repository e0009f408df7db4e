/** Runs one scenario, or a part of it, and says what it came to. */

import { writeFileSync } from 'node:fs';
import { encodeHistory } from '../../../src/checkers/history-codec.ts';
import { drawScenario } from './draw-scenario.ts';
import type { ReplayOptions } from './options.ts';
import { type RunReport, runScenario } from './run-scenario.ts';
import type { Configuration, Scenario } from './scenario.ts';
import { type Selection, selected, whole } from './selection.ts';

/** Whether nothing was wrong. */
export async function replay(options: ReplayOptions): Promise<boolean> {
  const scenario = drawScenario(options.seed);
  const all = whole(scenario);
  const { faults = all.faults, operations = all.operations, simplifications } = options;
  const selection: Selection = { faults, operations, simplifications };
  const part = selected(scenario, selection);
  console.log(scenarioText(part));
  const trace: string[] = [];
  const isTraced = options.trace !== undefined;
  const report = await runScenario(part, isTraced ? (line) => void trace.push(line) : undefined);
  if (options.trace !== undefined) writeFileSync(options.trace, `${trace.join('\n')}\n`);
  if (options.history !== undefined) writeFileSync(options.history, encodeHistory(report.history));
  console.log(reportText(report));
  if (options.hash === undefined || options.hash === report.traceHash) {
    return report.violations.length === 0;
  }
  console.log(`the run is another one: its hash should be ${options.hash}`);
  return false;
}

function scenarioText({ configuration, faults, operations }: Scenario): string {
  return [
    configurationText(configuration),
    `${operations.length} operations, ${faults.length} faults:`,
    ...faults.map(({ id, atMs, untilMs, nemesis, fault }) => {
      const until = untilMs === null ? '' : ` to ${untilMs.toFixed(0)}`;
      return `  #${id} ${nemesis}, ${atMs.toFixed(0)}${until} ms: ${JSON.stringify(fault)}`;
    }),
  ].join('\n');
}

function configurationText(configuration: Configuration): string {
  const { nodes, replicationFactor, partitions, buckets, ring } = configuration;
  const { compareEveryMs, reapEveryMs } = configuration;
  const names = buckets.map(({ name, mode, n, guarantee }) => {
    const level = mode === 'raft' ? '' : `, n=${n}`;
    return `${name} (${mode}${level}${guarantee === undefined ? '' : `, ${guarantee}`})`;
  });
  return (
    `${nodes} nodes, N=${replicationFactor}, ${partitions} partitions, ring ${ring}, compares ` +
    `every ${compareEveryMs} ms, reaps every ${reapEveryMs} ms; buckets ${names.join(', ')}`
  );
}

function reportText({ history, virtualMs, traceHash, violations }: RunReport): string {
  const verdict = violations.length === 0 ? ['nothing is wrong'] : violations;
  const time = `${history.operations.length} operations recorded, ${virtualMs.toFixed(0)} virtual ms`;
  return [`${time}, hash ${traceHash}`, ...verdict].join('\n');
}
