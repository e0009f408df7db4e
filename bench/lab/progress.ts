/** Tells a person how far a long run has come. */

export interface Progress {
  /**
   * `share` of the experiment is done, from 0 to 1; `what` it does now. It may be called
   * often: what is shown is rationed.
   */
  at(share: number, what: string): void;
  /** A line that stays. */
  note(line: string): void;
}

export interface ProgressOutput {
  readonly isTTY?: boolean;
  /** Characters in a line of a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where lines stay, so many from one to the next. */
const LINE_MS = 10_000;
const REFRESH_MS = 200;
const BAR_CELLS = 24;
const COLUMNS = 80;
/** Of less, nothing follows for the rest. */
const SHARE_MIN = 0.02;

/** On a terminal one line that is written over; elsewhere a line from time to time. */
export function progressOn(output: ProgressOutput, title: string, now: () => number): Progress {
  const isTerminal = output.isTTY === true;
  const startedAt = now();
  const everyMs = isTerminal ? REFRESH_MS : LINE_MS;
  let toldAt = Number.NEGATIVE_INFINITY;
  const clear = isTerminal ? '\r\x1b[2K' : '';
  return {
    at: (share, what) => {
      const time = now();
      if (time - toldAt < everyMs) return;
      toldAt = time;
      const done = Math.min(1, Math.max(0, share));
      const line = [title, barOf(done), leftText(done, time - startedAt), what]
        .filter((part) => part !== '')
        .join(' ');
      // A line that the terminal breaks could not be written over.
      const shown = isTerminal ? line.slice(0, (output.columns ?? COLUMNS) - 1) : `${line}\n`;
      output.write(`${clear}${shown}`);
    },
    note: (line) => output.write(`${clear}${line}\n`),
  };
}

function barOf(share: number): string {
  const full = Math.round(share * BAR_CELLS);
  const bar = `${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)}%`;
}

function leftText(share: number, elapsedMs: number): string {
  if (share < SHARE_MIN) return '';
  const seconds = Math.round((elapsedMs * (1 - share)) / share / 1_000);
  return seconds < 100 ? `${seconds} s left,` : `${Math.round(seconds / 60)} min left,`;
}
