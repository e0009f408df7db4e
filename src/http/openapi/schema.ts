/**
 * JSON Schema (2020-12) as values: what the documents of the API look like. Each schema stands
 * beside the code that makes or reads its document.
 */

export type Schema = { readonly [keyword: string]: unknown };

type Properties = Readonly<Record<string, Schema>>;

const NAME = Symbol('the name of a component');

/** Told once in the description of the API, under this name, and referred to everywhere else. */
export function component(name: string, schema: Schema): Schema {
  return { ...schema, [NAME]: name };
}

/** Undefined: it is told where it stands. */
export function componentName(schema: object): string | undefined {
  return (schema as { readonly [NAME]?: string })[NAME];
}

export function text(description: string, more: Schema = {}): Schema {
  return { type: 'string', description, ...more };
}

/** A whole number. */
export function whole(description: string, minimum: number, maximum?: number): Schema {
  return { type: 'integer', description, minimum, ...(maximum !== undefined && { maximum }) };
}

/** A whole number from 0. */
export function count(description: string): Schema {
  return whole(description, 0);
}

export function number(description: string, more: Schema = {}): Schema {
  return { type: 'number', description, ...more };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function choice(description: string, values: readonly string[]): Schema {
  return { type: 'string', description, enum: values };
}

export function listOf(items: Schema, description: string, more: Schema = {}): Schema {
  return { type: 'array', description, items, ...more };
}

/** `optional` properties may be left out. */
export function object(properties: Properties, optional: Properties = {}): Schema {
  const required = Object.keys(properties);
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: { ...properties, ...optional },
  };
}

/** Values by names that are not known beforehand. */
export function mapOf(values: Schema, description: string): Schema {
  return { type: 'object', description, additionalProperties: values };
}

export function either(description: string, ...schemas: readonly Schema[]): Schema {
  return { description, anyOf: schemas };
}

/** `description` says what null means. */
export function orNull(description: string, schema: Schema): Schema {
  return either(description, schema, { type: 'null' });
}
