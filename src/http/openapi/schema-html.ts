/** A schema for readers: its type in a few words, and the fields that it has. */

import { escaped, inline } from './html.ts';
import type { Schema } from './schema.ts';

const COMPONENTS = '#/components/schemas/';

/** Where the page has the component. */
export function componentId(name: string): string {
  return `schema-${name}`;
}

/** In a few words, as HTML. */
export function typeHtml(schema: Schema): string {
  const { $ref, anyOf, allOf, type, items, additionalProperties } = schema;
  if (typeof $ref === 'string') return linkHtml($ref);
  if (Array.isArray(anyOf)) return unique(anyOf.map(typeHtml)).join(' or ');
  if (Array.isArray(allOf)) return unique(allOf.map(typeHtml)).join(' and ');
  if (schema.const !== undefined) return valueHtml(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(valueHtml).join(' | ');
  if (type === 'array') return `list of ${typeHtml((items ?? {}) as Schema)}`;
  if (typeof additionalProperties === 'object') {
    return `object of ${typeHtml(additionalProperties as Schema)}`;
  }
  if (type === undefined) return 'any';
  const types = Array.isArray(type) ? type.join(' or ') : String(type);
  return escaped(types + boundsText(schema));
}

/** A list of its fields, and of theirs; empty where it has none. */
export function fieldsHtml(schema: Schema): string {
  const { properties, required = [], anyOf, items, additionalProperties } = schema;
  if (typeof properties === 'object') {
    const fields = Object.entries(properties as Readonly<Record<string, Schema>>);
    return listHtml(fields, required as readonly string[]);
  }
  if (Array.isArray(anyOf)) {
    const parts = anyOf.map(fieldsHtml).filter((part) => part !== '');
    return parts.join('<p class="or">or</p>');
  }
  if (typeof items === 'object') return fieldsHtml(items as Schema);
  if (typeof additionalProperties === 'object') return fieldsHtml(additionalProperties as Schema);
  return '';
}

function listHtml(fields: readonly [string, Schema][], required: readonly string[]): string {
  const rows = fields.map(([name, field]) => {
    const { description, $ref } = field;
    const optional = required.includes(name) ? '' : ' <span class="optional">optional</span>';
    const told = typeof description === 'string' ? ` <span>${inline(description)}</span>` : '';
    const inner = $ref === undefined ? fieldsHtml(field) : '';
    return `<li><code>${escaped(name)}</code> <span class="type">${typeHtml(field)}</span>${optional}${told}${inner}</li>`;
  });
  return `<ul class="fields">${rows.join('\n')}</ul>`;
}

function linkHtml(ref: string): string {
  const name = ref.slice(COMPONENTS.length);
  return `<a href="#${componentId(name)}">${escaped(name)}</a>`;
}

function valueHtml(value: unknown): string {
  return `<code>${escaped(typeof value === 'string' ? value : JSON.stringify(value))}</code>`;
}

function boundsText({ minimum, maximum, format }: Schema): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return ` from ${minimum} to ${maximum}`;
  }
  if (typeof minimum === 'number' && minimum > 0) return ` from ${minimum}`;
  return format === undefined ? '' : ` (${format})`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
