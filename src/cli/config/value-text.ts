/** Values of settings as people read them. */

import { addressText } from '../listening.ts';
import type { ConfigOption } from './config-option.ts';

export function valueText(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(valueText).join(',');
  if (typeof value === 'object' && value !== null && 'host' in value && 'port' in value) {
    return addressText(String(value.host), Number(value.port));
  }
  return String(value);
}

/** Empty: there is none. */
export function defaultText({ default: fallback }: ConfigOption<unknown>): string {
  return 'text' in fallback ? fallback.text : valueText(fallback.value);
}
