/**
 * How often places of the compiled program were passed, as V8 counts its blocks. Nothing is put
 * into the program for it.
 */

import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Met } from './met.ts';

export interface Probe {
  readonly name: string;
  /** Below src, as a source. */
  readonly file: string;
  /** Of the place; stands exactly once in the compiled file. */
  readonly text: string;
}

interface Place {
  readonly name: string;
  readonly url: string;
  readonly offset: number;
}

const SOURCES = new URL('../../../src/', import.meta.url);

export class CodeCoverage {
  readonly #session = new Session();
  readonly #places: readonly Place[];

  /** Throws where the text of a probe is not there exactly once. */
  constructor(probes: readonly Probe[]) {
    this.#places = probes.map(placeOf);
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Since the last time that it was asked for. */
  counts(): Met {
    const counts: Record<string, number> = {};
    for (const { name } of this.#places) counts[name] = 0;
    // The answer is there before the call returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      const scripts = new Map(taken.result.map((script) => [script.url, script]));
      for (const { name, url, offset } of this.#places) {
        counts[name] = (counts[name] ?? 0) + countAt(scripts.get(url), offset);
      }
    });
    return counts;
  }
}

function placeOf({ name, file, text }: Probe): Place {
  const { href: url } = new URL(file.replace(/\.ts$/, '.js'), SOURCES);
  const pieces = readFileSync(fileURLToPath(url), 'utf8').split(text);
  if (pieces.length !== 2) {
    throw new Error(`"${text}" is ${pieces.length - 1} times in ${file}, not once`);
  }
  return { name, url, offset: (pieces[0] as string).length };
}

/** By the innermost of the blocks that the place is in. */
function countAt(script: Profiler.ScriptCoverage | undefined, offset: number): number {
  let innermost: Profiler.CoverageRange | undefined;
  for (const { ranges } of script?.functions ?? []) {
    for (const range of ranges) {
      if (range.startOffset > offset || range.endOffset <= offset) continue;
      const size = range.endOffset - range.startOffset;
      if (innermost === undefined || size <= innermost.endOffset - innermost.startOffset) {
        innermost = range;
      }
    }
  }
  return innermost?.count ?? 0;
}
