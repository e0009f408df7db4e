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

/** A piece of foreign text for a message: on one line, and not too long. */
export function excerpt(text: string): string {
  return JSON.stringify(
    text.length > EXCERPT_CHARACTERS_MAX ? `${text.slice(0, EXCERPT_CHARACTERS_MAX)}...` : text,
  );
}

const EXCERPT_CHARACTERS_MAX = 80;
