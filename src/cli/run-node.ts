/**
 * One node in this process, until it is asked to stop or must not go on.
 *
 * Asked to stop (SIGTERM, SIGINT, or the launcher gone) it ends in order, with 0; asked
 * twice, at once. After a fatal error it ends at once and leaves everything as it is: above
 * all the clean-stop mark stays away. So does a node that is out of place, which holds nothing.
 */

import { createPinoLogger } from '../adapters/pino-logger.ts';
import type { LogLevel } from './config/start-options.ts';
import { EXIT, messageOf } from './exit.ts';
import { type NodeOptions, type RunningNode, type Surroundings, startNode } from './start-node.ts';

/** Rejects with a text for the operator when the node cannot serve. */
export async function runNode(options: NodeOptions, logLevel: LogLevel): Promise<void> {
  const logger = createPinoLogger({ level: logLevel, name: options.name });
  const onFatal = (error: unknown) => {
    logger.error('stopping at once', { error });
    process.stderr.write(`error: stopping at once: ${messageOf(error)}\n`);
    process.exit(EXIT.fatal);
  };
  process.on('uncaughtException', onFatal).on('unhandledRejection', onFatal);
  const onMisplaced = (error: Error) => {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exit(EXIT.failed);
  };
  const surroundings = { logger, onFatal, onMisplaced };
  const node = await unlessLauncherIsGone(() => startNode(options, surroundings));
  stopWhenAsked(node, { logger, onFatal });
}

/**
 * A start may take for ever, as where nobody is there to join. Like SIGTERM, that nobody waits
 * for it any more ends it at once.
 */
async function unlessLauncherIsGone<Result>(start: () => Promise<Result>): Promise<Result> {
  const end = () => process.exit(EXIT.failed);
  // Undefined where no launcher holds a channel to this process.
  if (process.connected === false) end();
  process.once('disconnect', end);
  try {
    return await start();
  } finally {
    process.off('disconnect', end);
  }
}

function stopWhenAsked(
  node: RunningNode,
  { logger, onFatal }: Pick<Surroundings, 'logger' | 'onFatal'>,
): void {
  let asked = false;
  const stop = (reason: string) => {
    if (asked) process.exit(EXIT.failed);
    asked = true;
    logger.info('stopping', { reason });
    node.stop().then(() => process.exit(EXIT.done), onFatal);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  // A launcher that forked this process holds a channel to it, which closes however it ends.
  process.once('disconnect', () => stop('the launcher is gone'));
}
