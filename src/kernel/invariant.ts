/**
 * Assertions that stay on in production.
 *
 * A broken invariant means that the program no longer knows what it is doing;
 * the node then stops rather than risk data (see ARCHITECTURE.md, Errors).
 */

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws `InvariantError` when `condition` does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the default branch of an exhaustive switch: the compiler proves it is never reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value: ${JSON.stringify(value)}`);
}
