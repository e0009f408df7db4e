/**
 * Ports on loopback for processes that run beside many others.
 *
 * They lie below the range from which systems take ports for outgoing connections (32,768
 * on Linux), so that no connection of a client has one when a node comes back to it. Each
 * process begins its search elsewhere, so that tests in parallel workers stay apart.
 */

import { endListening, listenForAMoment } from '../src/cli/listening.ts';

const HOST = '127.0.0.1';
const FIRST_PORT = 10_000;
const PORTS = 20_000;
/** Between the beginnings of processes whose ids follow each other; prime to `PORTS`. */
const STRIDE = 499;

const pool = Number(process.env.VITEST_POOL_ID ?? 0);
let next = ((process.pid + pool) * STRIDE) % PORTS;

/** Ports that nobody listens on. A second call gives others. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let tried = 0; found.length < count; tried++) {
    if (tried > PORTS) throw new Error(`there are no ${count} free ports on ${HOST}`);
    const port = FIRST_PORT + next;
    next = (next + 1) % PORTS;
    if (await isFree(port)) found.push(port);
  }
  return found;
}

/** Whether one could listen on this loopback port now. */
export function isFree(port: number): Promise<boolean> {
  return listenForAMoment(HOST, port)
    .then(endListening)
    .then(
      () => true,
      () => false,
    );
}
