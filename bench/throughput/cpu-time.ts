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
