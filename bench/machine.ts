/** What a figure was measured on: without it no figure can be compared. */

import { cpus, release, totalmem, type } from 'node:os';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
}

export function machineFacts(): MachineFacts {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    kernel: `${type()} ${release()}`,
    node: process.version,
    date: new Date().toISOString(),
  };
}

export function machineLine(facts: MachineFacts): string {
  const { cpu, cores, memoryMiB, kernel, node, date } = facts;
  return `${cores} x ${cpu}, ${memoryMiB} MiB, ${kernel}, node ${node}, ${date}`;
}

/** For a list of names and values. */
export function machineFactsText(facts: MachineFacts): readonly (readonly [string, string])[] {
  const { cpu, cores, memoryMiB, kernel, node } = facts;
  return [
    ['processor', `${cores} x ${cpu}`],
    ['memory', `${(memoryMiB / 1024).toFixed(1)} GiB`],
    ['system', kernel],
    ['node', node],
  ];
}
