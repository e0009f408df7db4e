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
  write(text: string): unknown;
}

/** Where lines stay, so many seconds from one to the next. */
const LINE_MS = 10_000;
const REFRESH_MS = 200;
const BAR_CELLS = 24;

/** On a terminal one line that is written over; elsewhere a line from time to time. */
export function progressOn(output: ProgressOutput, title: string, now: () => number): Progress {
  const startedAt = now();
  const everyMs = output.isTTY === true ? REFRESH_MS : LINE_MS;
  let toldAt = Number.NEGATIVE_INFINITY;
  const clear = output.isTTY === true ? '\r\x1b[2K' : '';
  return {
    at: (share, what) => {
      const time = now();
      if (time - toldAt < everyMs) return;
      toldAt = time;
      const line = `${title} ${barOf(share)} ${leftText(share, time - startedAt)}  ${what}`;
      output.write(output.isTTY === true ? `${clear}${line}` : `${line}\n`);
    },
    note: (line) => output.write(`${clear}${line}\n`),
  };
}

function barOf(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return `${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)} ${String(Math.floor(share * 100)).padStart(3)}%`;
}

function leftText(share: number, elapsedMs: number): string {
  if (share < 0.02) return '';
  const seconds = Math.round((elapsedMs * (1 - share)) / share / 1_000);
  return seconds < 100 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`;
}
