/** Amounts as people read them. */

export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percentText(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A few of many. */
export function listText(items: readonly (string | number)[], shown = 8): string {
  const rest = items.length - shown;
  const some = items.slice(0, shown).join(', ');
  return rest > 0 ? `${some} and ${rest} more` : some;
}

/** With its sign, which tells ahead from behind. */
export function offsetText(ms: number): string {
  const rounded = Math.round(ms);
  return rounded > 0 ? `+${rounded} ms` : `${rounded} ms`.replace('-', '−');
}
