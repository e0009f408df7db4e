/** Why a history cannot be read or checked. */

/** A text that is not a history of the format it was read as. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  /** Counted from 1. */
  readonly line: number;

  /** `fault` says what is wrong and what would be right. */
  constructor(line: number, fault: string) {
    super(`line ${line}: ${fault}`);
    this.line = line;
  }
}

/**
 * A history that lacks what a check needs, or has what it does not know; the message says why
 * and what would be right.
 */
export class UncheckableError extends Error {
  override readonly name = 'UncheckableError';
}

const EXCERPT_CHARACTERS_MAX = 80;

/** A piece of foreign text for a message: quoted, on one line, and not too long. */
export function excerpt(text: string): string {
  return JSON.stringify(shortened(text));
}

export function shortened(text: string): string {
  if (text.length <= EXCERPT_CHARACTERS_MAX) return text;
  return `${text.slice(0, EXCERPT_CHARACTERS_MAX)}...`;
}
