/** Thrown at the first sight of something that must never be; ends the run of the seed. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(condition: unknown, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}
