/** How many versions a read can be behind, where writes reach W replicas and nothing else. */

export interface Levels {
  readonly n: number;
  readonly r: number;
  readonly w: number;
}

/**
 * The probability that a read returns none of the last k versions: each was written to W of N
 * replicas at random, and the read asks R (Bailis et al., VLDB 2012, section 3.1).
 */
export function staleBeyond(k: number, { n, r, w }: Levels): number {
  return (choose(n - w, r) / choose(n, r)) ** k;
}

function choose(n: number, k: number): number {
  let ways = k > n ? 0 : 1;
  for (let i = 1; i <= k && ways > 0; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
