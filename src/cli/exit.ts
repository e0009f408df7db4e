/** How the command ends: its exit codes, and the errors that lead to them. */

import { isDefinite, isExpected, QuorateError, TransportError } from '../kernel/errors.ts';

export const EXIT = {
  done: 0,
  /** It could not be done, now or here. */
  failed: 1,
  /** It was asked for wrongly: asking again in the same way cannot help. */
  usage: 2,
  /** Nobody knows whether it was done; of a history, whether it is good. */
  undecided: 3,
  /** The node found out that it must not go on (EX_SOFTWARE of sysexits.h). */
  fatal: 70,
} as const;

/** The command line contradicts itself; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Several things are wrong at once. */
export class UsageErrors extends UsageError {
  /** A line each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Whether a change was carried out is not known; the message says of which. */
export class UndecidedError extends Error {
  override readonly name = 'UndecidedError';
}

/**
 * Passes on what becomes of a change; an error of which it may have been done all the same says so.
 * `wasInDoubt`: so does any, as an earlier attempt may have done it.
 */
export async function asChange<Answer>(
  change: Promise<Answer>,
  wasInDoubt = false,
): Promise<Answer> {
  try {
    return await change;
  } catch (error) {
    if (!isExpected(error) || (isDefinite(error) && !wasInDoubt)) throw error;
    throw new UndecidedError(`${messageOf(error)}: it may have been done, or not`, {
      cause: error,
    });
  }
}

/** What a person is told, a line for each thing that is wrong. */
export function messagesOf(error: unknown): readonly string[] {
  if (error instanceof UsageErrors) return error.problems;
  return [`${messageOf(error)}${adviceFor(error)}`];
}

function adviceFor(error: unknown): string {
  if (!(error instanceof TransportError && error.failure === 'unreachable')) return '';
  return ' Name another node with --node or QUORATE_NODE, or start a cluster to try things on: quorate dev';
}

/** What a person is told, in one line. */
export function messageOf(error: unknown): string {
  if (error instanceof QuorateError) return quorateMessage(error);
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UndecidedError) return EXIT.undecided;
  if (error instanceof QuorateError && error.status === 400) return EXIT.usage;
  return EXIT.failed;
}

function quorateMessage(error: QuorateError): string {
  const { reached } = error.facts;
  const answered = reached === undefined ? '' : `; reached: ${reached.join(', ') || 'none'}`;
  return `${error.message} (${error.code}${answered})`;
}
