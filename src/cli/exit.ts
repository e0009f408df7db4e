/** How the command ends: its exit codes, and the errors that lead to them. */

import { QuorateError } from '../kernel/errors.ts';

export const EXIT = {
  done: 0,
  /** It could not be done, now or here. */
  failed: 1,
  /** It was asked for wrongly: asking again in the same way cannot help. */
  usage: 2,
  /** The node found out that it must not go on (EX_SOFTWARE of sysexits.h). */
  fatal: 70,
} as const;

/** The command line contradicts itself; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a person is told, in one line. */
export function messageOf(error: unknown): string {
  if (error instanceof QuorateError) return quorateMessage(error);
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof QuorateError && error.status === 400) return EXIT.usage;
  return EXIT.failed;
}

function quorateMessage(error: QuorateError): string {
  const { reached } = error.facts;
  const answered = reached === undefined ? '' : `; reached: ${reached.join(', ') || 'none'}`;
  return `${error.message} (${error.code}${answered})`;
}
