/** Chance, as a node sees it. */

export interface Random {
  /** Uniform in [0, 1): for jitter and choices. */
  float(): number;
  /** Uniform over 48-bit integers, unpredictable in the real world: for identities. */
  uint48(): number;
}
