/**
 * From the text of an option to its value. What is wrong is told in one line that says what
 * would be right; commander puts the name of the option before it.
 */

import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { isNodeId } from '../kernel/names.ts';
import { TTL_FORM, ttlOf } from '../kernel/ttl.ts';
import type { Level } from '../node/index.ts';

type Parse<Value> = (text: string) => Value;

/** A whole number of `unit` within bounds. */
export function wholeNumber(unit: string, least: number, most: number): Parse<number> {
  return (text) => {
    const number = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : undefined;
    if (number !== undefined && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number of ${unit} from ${least} to ${most}.`);
  };
}

/** Of the time between two requests, with a fraction where one likes. */
export function milliseconds(text: string): number {
  const found = decimalOf(text);
  if (found !== undefined && found <= MS_MAX) return found;
  throw new InvalidArgumentError(`Give milliseconds from 0 to ${MS_MAX}.`);
}

const MS_MAX = 3_600_000;

export function probability(text: string): number {
  const found = decimalOf(text);
  if (found !== undefined && found > 0 && found < 1) return found;
  throw new InvalidArgumentError('Give a probability between 0 and 1, such as 0.999.');
}

function decimalOf(text: string): number | undefined {
  return /^[0-9]{1,7}(\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
}

export const COMPARE_EVERY_MS_MIN = 100;
export const COMPARE_EVERY_MS_MAX = 86_400_000;

/** From one time to the next of what a node does by itself. */
export function millisecondsOrNever(text: string): number | 'never' {
  const number = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0;
  if (number >= COMPARE_EVERY_MS_MIN && number <= COMPARE_EVERY_MS_MAX) return number;
  if (text === 'never') return text;
  throw new InvalidArgumentError(
    `Give a whole number of milliseconds from ${COMPARE_EVERY_MS_MIN} to ${COMPARE_EVERY_MS_MAX}, or never.`,
  );
}

export const PORT_MAX = 65_535;

export const PATIENCE_MS_MAX = MS_MAX;

/** From when on something counts as slow. */
export function patience(text: string): number | 'never' {
  if (text === 'never') return text;
  const number = decimalOf(text);
  if (number !== undefined && number <= PATIENCE_MS_MAX) return number;
  throw new InvalidArgumentError(`Give milliseconds from 0 to ${PATIENCE_MS_MAX}, or never.`);
}

export function port(text: string): number {
  const number = portOf(text);
  if (number !== undefined) return number;
  throw new InvalidArgumentError(`Give a port from 1 to ${PORT_MAX}.`);
}

function portOf(text: string): number | undefined {
  const number = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= PORT_MAX ? number : undefined;
}

export function powerOfTwo(text: string): number {
  const number = wholeNumber('partitions', 1, 65_536)(text);
  if (Number.isInteger(Math.log2(number))) return number;
  throw new InvalidArgumentError('Give a power of two from 1 to 65536.');
}

export function nodeName(text: string): string {
  if (isNodeId(text)) return text;
  throw new InvalidArgumentError(
    'Give 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit.',
  );
}

/** Levels as requests take them: `r` and `w` from 1, `pr` and `pw` from 0. */
export function level(least: 0 | 1): Parse<Level> {
  return (text) => {
    const found = levelOf(text, least);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(
      `Give a number of replicas from ${least}, or one, quorum or all.`,
    );
  };
}

function levelOf(text: string, least: 0 | 1): Level | undefined {
  if (text === 'one' || text === 'quorum' || text === 'all') return text;
  return /^[0-9]$/.test(text) && Number(text) >= least ? Number(text) : undefined;
}

/** What a condition compares: a revision, the version of a paxos bucket's value, or `*`. */
export function version(text: string): number | string {
  if (text === '*' || PAXOS_VERSION.test(text)) return text;
  const found = indexOf(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("Give the revision or version of a value, or '*'.");
}

const PAXOS_VERSION = /^[0-9]+(\.[0-9]+){3}$/;

/** What can be added to a number. */
export function addend(text: string): number {
  const number = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('Give a whole number.');
}

/** How long values live, as the API takes it. */
export function lifetime(text: string): string {
  if (ttlOf(text) !== undefined) return text;
  throw new InvalidArgumentError(`Give ${TTL_FORM}.`);
}

export function revision(text: string): number {
  const found = indexOf(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError('Give the revision of a change, a whole number.');
}

export function leaseId(text: string): number {
  const id = indexOf(text);
  if (id !== undefined) return id;
  throw new InvalidArgumentError('Give the id of a lease, a whole number.');
}

/** Of an entry in the metadata group's log. */
function indexOf(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}

/** The address of a node's HTTP API. */
export function nodeAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol, pathname } = url ?? {};
  if (url !== undefined && (protocol === 'http:' || protocol === 'https:') && pathname === '/') {
    return url.origin;
  }
  throw new InvalidArgumentError("Give the node's address: http://HOST:PORT or https://HOST:PORT.");
}

export function hostName(text: string): string {
  const host = text.trim();
  if (isIP(host) !== 0 || /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/.test(host)) return host;
  throw new InvalidArgumentError('Give host names or addresses, without ports.');
}

/** Where a member listens for other nodes. */
export interface PeerAddressOption {
  readonly host: string;
  readonly port: number;
}

const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]+)$/;

export function hostAndPort(text: string): PeerAddressOption {
  const [, host6, host4, digits = ''] = HOST_AND_PORT.exec(text.trim()) ?? [];
  const host = host6 ?? host4;
  const found = portOf(digits);
  if (host !== undefined && found !== undefined) return { host, port: found };
  throw new InvalidArgumentError("Give a member's address for other nodes: HOST:PEERPORT.");
}

export function zoneName(text: string): string {
  if (isNodeId(text)) return text;
  throw new InvalidArgumentError(
    'Give 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit.',
  );
}
