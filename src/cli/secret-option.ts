/** `--secret-file`: what the nodes of a cluster prove to each other that they know. */

import { NotPrivateError, readPrivateFile } from '../adapters/private-files.ts';
import { messageOf, UsageError } from './exit.ts';

/** `asGiven` is how an error names the file. */
export function readSecret(file: string, asGiven = `--secret-file ${file}`): string {
  let secret: string;
  try {
    secret = readPrivateFile(file).toString('utf8').trim();
  } catch (error) {
    if (error instanceof NotPrivateError) throw new UsageError(`${asGiven}: ${error.message}`);
    throw new UsageError(`${asGiven} cannot be read: ${messageOf(error)}`);
  }
  if (secret !== '') return secret;
  throw new UsageError(`${asGiven} is empty: it must hold the secret of the cluster`);
}
