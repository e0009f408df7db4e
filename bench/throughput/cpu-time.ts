/**
 * How much processor time processes have used: what a request costs, a figure that other
 * work on the machine disturbs much less than it does the throughput.
 */

import { readFileSync } from 'node:fs';

/** Of /proc/PID/stat, behind the parenthesised name: user and system time, in ticks. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;
/** Linux tells every user space program that a tick is this long. */
const TICK_MS = 10;

/** Milliseconds that the processes have used since they began; NaN where there is no /proc. */
export function cpuTimeMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuTimeOfMs(pid), 0);
}

function cpuTimeOfMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}

/** What all processors of the machine have done since it began, in milliseconds. */
export interface ProcessorTime {
  readonly total: number;
  readonly idle: number;
  /** The processor was due and another machine on the same hardware had it. */
  readonly stolen: number;
}

/** Of the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const IDLE_FIELDS = [3, 4];
const STOLEN_FIELD = 7;
const MACHINE_FIELDS = 8;

export function processorTime(): ProcessorTime {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + MACHINE_FIELDS)
    .map(Number);
  const ms = (field: number) => (ticks[field] ?? 0) * TICK_MS;
  return {
    total: ticks.reduce((sum, count) => sum + count, 0) * TICK_MS,
    idle: IDLE_FIELDS.reduce((sum, field) => sum + ms(field), 0),
    stolen: ms(STOLEN_FIELD),
  };
}
