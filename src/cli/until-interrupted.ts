/** Commands that go on until somebody ends them. */

/** Given by Ctrl-C, or because nobody reads any more. A second signal ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  const end = () => interrupted.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.once('error', end);
  return interrupted.signal;
}
