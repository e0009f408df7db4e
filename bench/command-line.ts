/** What the commands share in what they read and what they print. */

import { InvalidArgumentError } from 'commander';

export function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('must be a whole number greater than 0.');
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
