/** Whether the fields of a line of a history are those that it may have, and of the right kind. */

import { excerpt, shortened } from './history-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

interface Kind {
  readonly right: string;
  readonly holds: (value: unknown) => boolean;
}

interface Field extends Kind {
  readonly needed: boolean;
  /** What it has in turn: itself, or each of its elements. */
  readonly fields?: FieldTable;
}

export type FieldTable = Readonly<Record<string, Field>>;

const isText = (value: unknown) => typeof value === 'string';
const isScalar = (value: unknown) => isText(value) || Number.isFinite(value);
const isWhole = (value: unknown) => Number.isSafeInteger(value);
const isCount = (value: unknown) => isWhole(value) && Number(value) >= 0;
const isDot = (value: unknown) => isText(value) && /:[1-9][0-9]*$/.test(String(value));

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const TEXT: Kind = { right: 'a string', holds: isText };
export const SCALAR: Kind = { right: 'a string or a number', holds: isScalar };
export const VALUE: Kind = {
  right: 'a string, a number, or null for absent',
  holds: (value) => value === null || isScalar(value),
};
export const MILLISECONDS: Kind = { right: 'a number of milliseconds', holds: Number.isFinite };
export const COMPLETION: Kind = {
  right: 'a number of milliseconds, or null for never',
  holds: (value) => value === null || Number.isFinite(value),
};
export const COUNT: Kind = { right: 'a whole number from 0', holds: isCount };
export const STEP: Kind = { right: 'a whole number', holds: isWhole };
export const BOOLEAN: Kind = {
  right: 'true or false',
  holds: (value) => typeof value === 'boolean',
};
export const TRUE: Kind = { right: 'true, or leave it out', holds: (value) => value === true };
export const OBJECT: Kind = { right: 'an object', holds: isObject };
export const OBJECTS: Kind = {
  right: 'a list of objects',
  holds: (value) => Array.isArray(value) && value.every(isObject),
};
export const DOT: Kind = { right: 'a dot, "actor:counter", counters from 1 on', holds: isDot };
export const CLOCK: Kind = {
  right: 'an object of a whole number from 0 for each actor',
  holds: (value) => isObject(value) && Object.values(value).every(isCount),
};
export const TEXTS = listOf('strings', isText);
export const SCALARS = listOf('strings and numbers', isScalar);
export const DOTS = listOf('dots, "actor:counter"', isDot);

export const needed = (kind: Kind, fields?: FieldTable): Field => ({
  ...kind,
  needed: true,
  ...(fields && { fields }),
});
export const optional = (kind: Kind, fields?: FieldTable): Field => ({
  ...needed(kind, fields),
  needed: false,
});

export function oneOf(names: readonly string[]): Kind {
  return {
    right: names.map((name) => JSON.stringify(name)).join(' or '),
    holds: (value) => names.includes(value as string),
  };
}

function listOf(of: string, holds: (value: unknown) => boolean): Kind {
  return {
    right: `a list of ${of}`,
    holds: (value) => Array.isArray(value) && value.every(holds),
  };
}

/** Undefined: there is none. `of` goes before the names, `what` is the whole they belong to. */
export function faultOfFields(
  fields: Fields,
  table: FieldTable,
  { of = '', what }: { readonly of?: string; readonly what: string },
): string | undefined {
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).join(', ') || 'none';
    return `${excerpt(of + name)} is not a field of this ${what}; it has: ${known}`;
  }
  for (const [name, field] of Object.entries(table)) {
    const fault = faultOfField(name, fields[name], field, { of, what });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfField(
  name: string,
  value: unknown,
  field: Field,
  { of, what }: { readonly of: string; readonly what: string },
): string | undefined {
  const { right, holds, fields } = field;
  const path = of + name;
  if (value === undefined) {
    return field.needed ? `"${path}" is missing: give ${right}` : undefined;
  }
  if (!holds(value)) return `"${path}" is ${shortened(JSON.stringify(value))}: give ${right}`;
  if (fields === undefined) return undefined;
  for (const part of Array.isArray(value) ? value : [value]) {
    const fault = faultOfFields(part, fields, { of: `${path}.`, what });
    if (fault !== undefined) return fault;
  }
  return undefined;
}
