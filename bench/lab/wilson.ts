/** How sure a share is that was counted (Wilson, 1927). */

/** Standard errors of an interval that has the true share 95 times of 100. */
export const Z_95 = 1.96;

/** The interval of the share, from 0 to 1; of no trials at all, everything. */
export function wilson(
  hits: number,
  trials: number,
  z = Z_95,
): { readonly low: number; readonly high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials;
  const squared = z ** 2 / trials;
  const middle = share + squared / 2;
  const spread = z * Math.sqrt((share * (1 - share)) / trials + squared / (4 * trials));
  return {
    low: Math.max(0, (middle - spread) / (1 + squared)),
    high: Math.min(1, (middle + spread) / (1 + squared)),
  };
}
