/** `--secret-file`: what the nodes of a cluster prove to each other that they know. */

import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from './exit.ts';

export function readSecret(file: string): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--secret-file ${file} cannot be read: ${messageOf(error)}`);
  }
  if (secret !== '') return secret;
  throw new UsageError(`--secret-file ${file} is empty: it must hold the secret of the cluster`);
}
