/** How often runs met what is worth meeting: a check that meets nothing proves nothing. */

type Counts = Record<string, number>;

export function addCounts<Total extends Counts>(total: Total, more: Total): void {
  const sum: Counts = total;
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}

/** What was never met, in this many runs. */
export function neverMet(counts: Counts): readonly string[] {
  return Object.keys(counts).filter((name) => counts[name] === 0);
}

export function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
