/**
 * The log of porcupine's key-value test: texts by key that can be read, replaced and added to.
 *
 *     {:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}
 *
 * An absent key reads as the empty text. What never completes has an unknown outcome.
 */

import type { Operation } from './history.ts';
import { excerpt, HistoryError } from './history-error.ts';
import { type Invocation, OpenOperations } from './open-operations.ts';

const LINE =
  /^\{:process (\d+), :type :(invoke|ok), :f :(get|put|append), :key ("(?:[^"\\]|\\.)*"), :value (nil|"(?:[^"\\]|\\.)*")\}$/;

const OPS = { get: 'read', put: 'write', append: 'append' } as const;

interface Event {
  readonly process: number;
  readonly type: 'invoke' | 'ok';
  readonly f: keyof typeof OPS;
  readonly key: string;
  readonly value: string | null;
  readonly line: number;
}

/** Throws `HistoryError`. Times are the numbers of the lines. */
export function parsePorcupineKv(text: string): readonly Operation[] {
  const operations = new OpenOperations();
  for (const [index, content] of text.split('\n').entries()) {
    const trimmed = content.trim();
    if (trimmed === '') continue;
    const event = eventOf(trimmed, index + 1);
    const { process, type, f, value, line } = event;
    if (type === 'invoke') {
      operations.invoke(invocationOf(event), line);
    } else {
      const output = f === 'get' ? { output: { value: value ?? '' } } : {};
      operations.complete(process, OPS[f], { outcome: 'ok', ...output }, line);
    }
  }
  return operations.all();
}

function eventOf(content: string, line: number): Event {
  const [, process, type, f, key, value] = LINE.exec(content) ?? [];
  if (key === undefined || value === undefined) {
    throw new HistoryError(
      line,
      `${excerpt(content)} is not an event: give {:process N, :type :invoke|:ok, :f :get|:put|:append, :key "KEY", :value "VALUE"|nil}`,
    );
  }
  return {
    process: Number(process),
    type: type as Event['type'],
    f: f as Event['f'],
    key: textOf(key, line),
    value: value === 'nil' ? null : textOf(value, line),
    line,
  };
}

function invocationOf({ process, f, key, value, line }: Event): Invocation {
  if (f === 'get') return { process, key, op: 'read' };
  if (value !== null) return { process, key, op: OPS[f], value };
  throw new HistoryError(line, `there is nothing to ${f}: give a text as :value`);
}

function textOf(quoted: string, line: number): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new HistoryError(
      line,
      `${excerpt(quoted)} is not a text: give one that is escaped as in JSON`,
    );
  }
}
