/**
 * How much a key may come to hold by writes at one replica. Merging is never refused, so
 * replicas that were apart may bring together more than this.
 */

/** Values side by side; well before, somebody should have read and resolved them. */
export const SIBLINGS_MAX = 100;

/** All siblings of a key in their binary form: three of the largest values. */
export const OBJECT_BYTES_MAX = 49 * 1024 * 1024;
