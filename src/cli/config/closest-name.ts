/** What somebody may have meant who wrote a name that there is not. */

/** Of so many letters a name may differ: more in long names. */
const SHARE_MAX = 0.4;

/** Undefined: none of them is near. Dashes, underscores and capitals make no difference. */
export function closestName(written: string, names: readonly string[]): string | undefined {
  const plain = plainly(written);
  const longer = names.find((name) => plain.length > 2 && plainly(name).startsWith(plain));
  if (longer !== undefined) return longer;
  const distances = names.map((name) => [name, distance(plain, plainly(name))] as const);
  const [name, least] = distances.toSorted(([, a], [, b]) => a - b)[0] ?? ['', Infinity];
  return least <= Math.max(plain.length, name.length) * SHARE_MAX ? name : undefined;
}

function plainly(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** Letters to put in, take away, replace, or exchange with the next one (optimal alignment). */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    const above = rows[i - 1] as number[];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (above[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isExchange = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const exchanged = isExchange ? (rows[i - 2]?.[j - 2] ?? Infinity) + 1 : Infinity;
      const [taken, put] = [(above[j] as number) + 1, (row[j - 1] as number) + 1];
      row.push(Math.min(replaced, exchanged, taken, put));
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] as number;
}
