/**
 * Reads and writes of a running cluster side by side, measured apart: the load of `quorate
 * bench`. Writes make new keys, since keys that many write at once gather siblings; reads ask
 * for keys that were written before.
 */

import { randomBytes } from 'node:crypto';
import { keyText, type Workload } from './cases.ts';
import { type Period, runMixedLoop, runRequests } from './closed-loop.ts';
import type { Target } from './contestant.ts';
import { HttpConnection } from './http-connection.ts';
import { runOpenLoop } from './open-loop.ts';
import { type Measurement, Recording } from './recording.ts';

export interface MixedLoad extends Period {
  readonly targets: readonly Target[];
  /** Spread evenly over the targets. */
  readonly connections: number;
  /** Requests a second; undefined: each connection asks again as soon as it is answered. */
  readonly rate: number | undefined;
  /** Of all requests, from 0 to 1. */
  readonly readShare: number;
  readonly valueBytes: number;
  readonly bucket: string;
  /** Shown with every request. */
  readonly token: string | undefined;
  /** Query parameters, such as `r=1`; undefined: what the bucket has. */
  readonly readQuery: string | undefined;
  readonly writeQuery: string | undefined;
}

/** Of a kind that was not asked for, undefined. */
export interface MixedMeasurement {
  readonly reads: Measurement | undefined;
  readonly writes: Measurement | undefined;
}

/** Written beforehand, for reads to ask for. */
const READ_KEYS = 1_000;

/** Rejects when the keys to be read could not be written. */
export async function runMixedLoad(load: MixedLoad): Promise<MixedMeasurement> {
  const prefix = `bench-${randomBytes(4).toString('hex')}`;
  const connections = Array.from({ length: load.connections }, (_, i) => {
    return new HttpConnection(load.targets[i % load.targets.length] as Target);
  });
  try {
    if (load.readShare > 0) await fill(connections, writesOf(load, `${prefix}-r`));
    const reads = readsOf(load, `${prefix}-r`);
    const writes = writesOf(load, `${prefix}-w`);
    return await (load.rate === undefined
      ? closed(connections, reads, writes, load)
      : open(connections, reads, writes, load, load.rate));
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function fill(connections: readonly HttpConnection[], workload: Workload): Promise<void> {
  const { errors } = await runRequests(connections, workload, READ_KEYS);
  const [first] = Object.keys(errors);
  if (first !== undefined) throw new Error(`the keys to be read could not be written: ${first}`);
}

async function closed(
  connections: readonly HttpConnection[],
  reads: Workload,
  writes: Workload,
  { readShare, ...period }: MixedLoad,
): Promise<MixedMeasurement> {
  const reading = { workload: reads, recording: new Recording(reads) };
  const writing = { workload: writes, recording: new Recording(writes) };
  const pick = () => (Math.random() < readShare ? reading : writing);
  await runMixedLoop(connections, pick, period);
  return {
    reads: readShare > 0 ? reading.recording.measurement(period.measureMs) : undefined,
    writes: readShare < 1 ? writing.recording.measurement(period.measureMs) : undefined,
  };
}

/** A Poisson process is two of them, each with its share; so are the connections divided. */
async function open(
  connections: readonly HttpConnection[],
  reads: Workload,
  writes: Workload,
  { readShare, ...period }: MixedLoad,
  rate: number,
): Promise<MixedMeasurement> {
  const readers = readersOf(connections.length, readShare);
  const run = (workload: Workload, own: readonly HttpConnection[], share: number) =>
    own.length === 0 ? undefined : runOpenLoop(own, workload, { ...period, rate: rate * share });
  const [reading, writing] = await Promise.all([
    run(reads, connections.slice(0, readers), readShare),
    run(writes, connections.slice(readers), 1 - readShare),
  ]);
  return { reads: reading, writes: writing };
}

/** Both kinds have a connection at least, where both are asked for; there are two or more then. */
function readersOf(connections: number, readShare: number): number {
  if (readShare === 0 || readShare === 1) return connections * readShare;
  return Math.min(connections - 1, Math.max(1, Math.round(connections * readShare)));
}

function readsOf(load: MixedLoad, prefix: string): Workload {
  const { bucket, valueBytes, readQuery } = load;
  const tail = `${queryText(readQuery)} HTTP/1.1\r\n${headersText(load)}\r\n`;
  const someKey = () => keyText(prefix, Math.floor(Math.random() * READ_KEYS));
  return {
    next: () => `GET /kv/${bucket}/${someKey()}${tail}`,
    fault: (status, bodyBytes) => {
      if (status !== 200) return `status ${status}`;
      return bodyBytes === valueBytes ? undefined : `a value of ${bodyBytes} bytes`;
    },
  };
}

function writesOf(load: MixedLoad, prefix: string): Workload {
  const { bucket, valueBytes, writeQuery } = load;
  const value = 'v'.repeat(valueBytes);
  const tail = `${queryText(writeQuery)} HTTP/1.1\r\n${headersText(load)}content-length: ${valueBytes}\r\n\r\n${value}`;
  let written = 0;
  return {
    next: () => `PUT /kv/${bucket}/${keyText(prefix, written++)}${tail}`,
    fault: (status) => (status >= 200 && status < 300 ? undefined : `status ${status}`),
  };
}

/** The same bytes go to all nodes, and each of them is `localhost` to itself. */
function headersText({ token }: MixedLoad): string {
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  return `host: localhost\r\n${authorization}`;
}

function queryText(query: string | undefined): string {
  return query === undefined ? '' : `?${query}`;
}
