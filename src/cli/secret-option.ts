/** `--secret-file`: what the nodes of a cluster prove to each other that they know. */

import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from './exit.ts';

/** `asGiven` is how an error names the file. */
export function readSecret(file: string, asGiven = `--secret-file ${file}`): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`${asGiven} cannot be read: ${messageOf(error)}`);
  }
  if (secret !== '') return secret;
  throw new UsageError(`${asGiven} is empty: it must hold the secret of the cluster`);
}
