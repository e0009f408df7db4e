/**
 * From the text of an option to its value. What is wrong is told in one line that says what
 * would be right; commander puts the name of the option before it.
 */

import { InvalidArgumentError } from 'commander';
import { isNodeId } from '../kernel/names.ts';
import type { BucketConfig, Level } from '../node/index.ts';

/** One node of the list that every node is started with. */
export interface MemberOption {
  readonly id: string;
  /** Where it listens for other nodes. */
  readonly host: string;
  readonly port: number;
  readonly zone?: string;
}

type Parse<Value> = (text: string) => Value;

/** A whole number of `unit` within bounds. */
export function wholeNumber(unit: string, least: number, most: number): Parse<number> {
  return (text) => {
    const number = /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : undefined;
    if (number !== undefined && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number of ${unit} from ${least} to ${most}.`);
  };
}

export function port(text: string): number {
  const number = portOf(text);
  if (number !== undefined) return number;
  throw new InvalidArgumentError('Give a port from 1 to 65535.');
}

function portOf(text: string): number | undefined {
  const number = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
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

/** The address of a node's HTTP API. */
export function nodeAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/') return url.origin;
  throw new InvalidArgumentError("Give the node's address: http://HOST:PORT.");
}

const MEMBER = /^([^=]+)=(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]+)(?:@(.+))?$/;

/** `NAME=HOST:PEERPORT[@ZONE]`, separated by commas. */
export function memberList(text: string): readonly MemberOption[] {
  return text.split(',').map(member);
}

function member(text: string): MemberOption {
  const [, id = '', host6, host4, digits = '', zone] = MEMBER.exec(text.trim()) ?? [];
  const host = host6 ?? host4;
  const found = portOf(digits);
  if (host === undefined || found === undefined) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is not NAME=HOST:PEERPORT or NAME=HOST:PEERPORT@ZONE.`,
    );
  }
  return { id, host, port: found, ...(zone !== undefined && { zone }) };
}

const BUCKET = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?::(.+))?$/;

/** `NAME[:n=3,r=quorum,w=2]`; the option may be given several times. */
export function bucketOption(text: string, before: readonly BucketConfig[]): BucketConfig[] {
  const [, name, properties] = BUCKET.exec(text) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError('Give NAME or NAME:n=3,r=quorum,w=2, of which any may be left.');
  }
  if (before.some((bucket) => bucket.name === name)) {
    throw new InvalidArgumentError(`Bucket ${name} is given twice: give it once.`);
  }
  const bucket = { name };
  for (const property of properties?.split(',') ?? []) {
    Object.assign(bucket, bucketProperty(property));
  }
  return [...before, bucket];
}

function bucketProperty(text: string): Partial<BucketConfig> {
  const [name, value = '', ...more] = text.split('=');
  const found = levelOf(value, 1);
  const known = name === 'r' || name === 'w' || (name === 'n' && typeof found === 'number');
  if (known && found !== undefined && more.length === 0) return { [name]: found };
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is not n=NUMBER, r=LEVEL or w=LEVEL, where LEVEL is a number from 1, or one, quorum or all.`,
  );
}
