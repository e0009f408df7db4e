/**
 * Keys that a command offers a node, a batch at a time: those of a backup (restore-batch.ts), or
 * what the directory of a dead node holds (salvage-batch.ts).
 */

/**
 * Largest batch as it crosses: one object alone may be as large as those that travel between nodes
 * (160 MiB, ports/transport.ts), and its key and what says whose it is come on top.
 */
export const OFFER_BYTES_MAX = 161 * 1024 * 1024;
