/** Whoever can read what a node or a backup keeps has all data: it is made for its user alone. */

/** Of files that are made; those that are there keep theirs. */
export const PRIVATE_FILE = 0o600;

/** Of directories, likewise. */
export const PRIVATE_DIRECTORY = 0o700;
