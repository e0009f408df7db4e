/** For so long ids of changes are kept, so that a repeat finds what became of them; ms. */
export const ID_WINDOW_MS = 3_600_000;
