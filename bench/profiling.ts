/** Has the processes that are launched from now on profiled. */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledModule } from '../cluster/compiled-module.ts';
import { PROFILE_DIRECTORY_VARIABLE } from './profile-on-exit.ts';

/** Profiles are written into `directory` as the processes end; open them in a browser's DevTools. */
export function profileLaunchedProcesses(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const preload = pathToFileURL(compiledModule('bench/profile-on-exit'));
  process.env[PROFILE_DIRECTORY_VARIABLE] = resolve(directory);
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import ${preload.href}`.trim();
}
