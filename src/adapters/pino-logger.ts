/** The Logger port on pino: one JSON object a line, with the name of the node in each. */

import { type DestinationStream, type Level, pino } from 'pino';
import type { LogFields, Logger } from '../ports/logger.ts';

export interface PinoLoggerOptions {
  /** The least level that is written. */
  readonly level: Level | 'silent';
  /** Of the node; the field `node` of every line. */
  readonly name: string;
  /** Standard output by default, written synchronously so that a crash keeps its last lines. */
  readonly destination?: DestinationStream;
}

export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const log = pino(
    {
      level: options.level,
      base: { node: options.name },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: fieldsOfError },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  // The event comes second and last: pino would read more arguments as values to format.
  return {
    debug: (event: string, fields: LogFields = {}) => log.debug(fields, event),
    info: (event: string, fields: LogFields = {}) => log.info(fields, event),
    warn: (event: string, fields: LogFields = {}) => log.warn(fields, event),
    error: (event: string, fields: LogFields = {}) => log.error(fields, event),
  };
}

/** Not all that an error has: what it knows of a key may have the key's value. */
function fieldsOfError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name: type, message, stack, cause } = error;
  const { code } = error as { readonly code?: unknown };
  return {
    type,
    message,
    ...(typeof code === 'string' && { code }),
    stack,
    ...(cause !== undefined && { cause: fieldsOfError(cause) }),
  };
}
