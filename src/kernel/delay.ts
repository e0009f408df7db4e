/**
 * How long messages are held up on a link that is given faults, as a distribution.
 *
 * All times are milliseconds. A draw is never below 0 nor above `DELAY_MS_MAX`: what a
 * distribution would give beyond is cut off there.
 */

import { QuorateError } from './errors.ts';

export type Delay =
  | { readonly distribution: 'constant'; readonly ms: number }
  | { readonly distribution: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly distribution: 'exponential'; readonly meanMs: number }
  | { readonly distribution: 'normal'; readonly meanMs: number; readonly deviationMs: number }
  /** `sigma` is the standard deviation of the logarithm: 0.5 gives a tail, 1 a heavy one. */
  | { readonly distribution: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  /** Each is as likely as any other: what was measured elsewhere, or any other law. */
  | { readonly distribution: 'samples'; readonly samplesMs: readonly number[] };

export type Distribution = Delay['distribution'];

export const DELAY_MS_MAX = 60_000;
export const SAMPLES_MAX = 10_000;
const SIGMA_MAX = 10;

/** The numbers that each distribution is given, in the order in which a command names them. */
export const DELAY_NUMBERS: Readonly<Record<Distribution, readonly string[]>> = {
  constant: ['ms'],
  uniform: ['minMs', 'maxMs'],
  exponential: ['meanMs'],
  normal: ['meanMs', 'deviationMs'],
  lognormal: ['medianMs', 'sigma'],
  samples: [],
};

/** One delay, in milliseconds. `float` is uniform in [0, 1). */
export function drawDelayMs(delay: Delay, float: () => number): number {
  return Math.min(DELAY_MS_MAX, Math.max(0, draw(delay, float)));
}

function draw(delay: Delay, float: () => number): number {
  switch (delay.distribution) {
    case 'constant':
      return delay.ms;
    case 'uniform':
      return delay.minMs + float() * (delay.maxMs - delay.minMs);
    case 'exponential':
      return -delay.meanMs * Math.log(1 - float());
    case 'normal':
      return delay.meanMs + delay.deviationMs * standardNormal(float);
    case 'lognormal':
      return delay.medianMs * Math.exp(delay.sigma * standardNormal(float));
    case 'samples':
      return delay.samplesMs[Math.floor(float() * delay.samplesMs.length)] as number;
  }
}

/** Box and Muller. */
function standardNormal(float: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float());
}

/** What a document gives at `path`. Throws `bad_parameter`, saying what would be right. */
export function delayOf(value: unknown, path: string): Delay {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseAt(path, `must be an object such as {"distribution": "constant", "ms": 25}`);
  }
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { distribution } = fields;
  if (typeof distribution !== 'string' || !Object.hasOwn(DELAY_NUMBERS, distribution)) {
    const names = Object.keys(DELAY_NUMBERS).join(', ');
    throw refuseAt(`${path}.distribution`, `must be one of ${names}`);
  }
  if (distribution === 'samples') return samplesOf(fields, path);
  const names = DELAY_NUMBERS[distribution as Distribution];
  refuseOthers(fields, ['distribution', ...names], path);
  const numbers = names.map((name) => [name, numberAt(fields[name], `${path}.${name}`, name)]);
  const delay = { distribution, ...Object.fromEntries(numbers) } as Delay;
  if (delay.distribution === 'uniform' && delay.minMs > delay.maxMs) {
    throw refuseAt(`${path}.minMs`, 'is above maxMs: give the lesser of the two as minMs');
  }
  return delay;
}

function samplesOf(fields: Readonly<Record<string, unknown>>, path: string): Delay {
  refuseOthers(fields, ['distribution', 'samplesMs'], path);
  const { samplesMs } = fields;
  const at = `${path}.samplesMs`;
  if (!Array.isArray(samplesMs) || samplesMs.length === 0 || samplesMs.length > SAMPLES_MAX) {
    throw refuseAt(at, `must be a list of 1 to ${SAMPLES_MAX} numbers`);
  }
  return {
    distribution: 'samples',
    samplesMs: samplesMs.map((sample, i) => numberAt(sample, `${at}[${i}]`, 'ms')),
  };
}

function numberAt(value: unknown, path: string, name: string): number {
  const most = name === 'sigma' ? SIGMA_MAX : DELAY_MS_MAX;
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw refuseAt(path, `must be a number from 0 to ${most}`);
}

/** Throws `bad_parameter` at a field that is not among the allowed ones. */
export function refuseOthers(fields: object, allowed: readonly string[], path: string): void {
  const other = Object.keys(fields).find((name) => !allowed.includes(name));
  if (other === undefined) return;
  const at = path === '' ? other : `${path}.${other}`;
  throw refuseAt(at, `is not known here: use ${allowed.join(', ')}`);
}

export function refuseAt(path: string, why: string): QuorateError {
  return new QuorateError('bad_parameter', `${path} ${why}`, { parameter: path });
}
