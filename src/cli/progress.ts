/** What a long command tells while it runs: on standard error, once a second. */

const EVERY_MS = 1_000;

/** Returns how to end it. */
export function startProgress(text: () => string): () => void {
  const isTerminal = process.stderr.isTTY;
  const timer = setInterval(() => {
    process.stderr.write(isTerminal ? `\r\x1b[K${text()}` : `${text()}\n`);
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stderr.write('\r\x1b[K');
  };
}
