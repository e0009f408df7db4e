/**
 * Preloaded into a process (`NODE_OPTIONS=--import`), samples where its time goes and leaves a
 * CPU profile when it ends. Node's own `--cpu-prof` is not allowed in NODE_OPTIONS before
 * Node 22, and this way every process that is launched can be profiled without its launcher
 * having to know.
 */

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, dirname, join } from 'node:path';

export const PROFILE_DIRECTORY_VARIABLE = 'QUORATE_BENCH_PROFILE_DIRECTORY';

const directory = process.env[PROFILE_DIRECTORY_VARIABLE];
if (directory !== undefined) profileInto(directory);

function profileInto(directory: string): void {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    // Of a session with its own thread the answer comes before `post` returns.
    session.post('Profiler.stop', (error, result) => {
      if (error !== null) return;
      const script = process.argv[1] ?? 'node';
      const name = `${basename(dirname(script))}-${basename(script, '.js')}-${process.pid}`;
      writeFileSync(join(directory, `${name}.cpuprofile`), JSON.stringify(result.profile));
    });
  });
}
