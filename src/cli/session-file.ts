/** Sessions of the shell: the token of a session lives in a file between one command and the next. */

import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PRIVATE_FILE } from '../adapters/private-files.ts';
import type { WriteAnswer } from '../client/answers.ts';
import type { SessionOptions } from '../client/request-options.ts';
import { UsageError } from './exit.ts';

export interface SessionFlags extends Pick<SessionOptions, 'session'> {
  readonly sessionFile?: string;
}

export function withSessionOptions(command: Command): Command {
  return command
    .option(
      '--session <guarantees>',
      'what reads and writes of this session promise: ryw, mr, mw, wfr, session or causal, also several with commas between them',
    )
    .option('--session-file <file>', 'where the session is kept; it begins where there is no file');
}

/** Asks in the session that the flags name, if any, and keeps what becomes of it. */
export async function inSession<Answer extends Pick<WriteAnswer, 'session' | 'sessionDropped'>>(
  { session, sessionFile }: SessionFlags,
  ask: (options: SessionOptions) => Promise<Answer>,
): Promise<Answer> {
  if (session === undefined && sessionFile === undefined) return ask({});
  if (session === undefined || sessionFile === undefined) {
    throw new UsageError('give --session and --session-file together');
  }
  const answer = await ask({ session, sessionToken: await tokenIn(sessionFile) });
  if (answer.session !== undefined) await keep(sessionFile, answer.session);
  if (answer.sessionDropped !== undefined) {
    process.stderr.write(
      `the session is too long: what it knew of ${answer.sessionDropped} keys is forgotten\n`,
    );
  }
  return answer;
}

async function tokenIn(file: string): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'latin1')).trim();
    return token === '' ? undefined : token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all. */
async function keep(file: string, token: string): Promise<void> {
  const fresh = `${file}.new`;
  await writeFile(fresh, `${token}\n`, { mode: PRIVATE_FILE });
  await rename(fresh, file);
}
