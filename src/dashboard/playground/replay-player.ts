/** Plays a recorded history: time runs, stands, or is sought. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Recording } from './recording.ts';
import { tallyOf } from './tally.ts';
import { TallyTable } from './tally-table.ts';
import { TimelineView } from './timeline.ts';
import { firstEnding } from './timeline-layout.ts';

const SPEEDS = [0.25, 0.5, 1, 2, 5, 20];
/** Seen at once. */
const SPANS_S = [2, 5, 10, 30, 60];
/** Of what is as short as this all is seen, at first. */
const WHOLE_UP_TO_MS = 15_000;
const FRAME_MS = 100;

interface Props {
  readonly name: string;
  readonly recording: Recording;
}

export function ReplayPlayer({ name, recording }: Props): VNode {
  const { judged, faults, lanes, span, title } = recording;
  const [time, setTime] = useState(span.until);
  const [isPlaying, setIsPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const wholeMs = span.until - span.from;
  const [spanMs, setSpanMs] = useState(wholeMs <= WHOLE_UP_TO_MS ? wholeMs : 10_000);
  const isOver = time >= span.until;
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setInterval(() => {
      setTime((before) => Math.min(span.until, before + FRAME_MS * speed));
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed, span.until]);
  useEffect(() => {
    if (isOver) setIsPlaying(false);
  }, [isOver]);

  const play = () => {
    if (isOver) setTime(span.from);
    setIsPlaying(!isPlaying);
  };
  const until = Math.max(time, Math.min(span.until, span.from + spanMs));
  const ended = useMemo(
    () => judged.slice(0, firstEnding(judged, time + Number.EPSILON)),
    [judged, time],
  );
  const active = faults.filter((fault) => fault.from <= time && (fault.until ?? time) >= time);
  const seek = (event: Event) => setTime(numberIn(event));
  return html`
    <section class="card player" aria-labelledby="replayed">
      <h2 id="replayed">${name}</h2>
      ${title !== '' && html`<p class="quiet small">${title} · ${judged.length} operations</p>`}
      <div class="row controls">
        <button type="button" onClick=${play}>${isPlaying ? 'Pause' : 'Play'}</button>
        <label class="seek">
          <span class="visually-hidden">Time</span>
          <input type="range" min=${span.from} max=${span.until} step="any" value=${time} onInput=${seek} aria-valuetext=${secondsText(time)} />
        </label>
        <output class="mono">${secondsText(time)} of ${secondsText(span.until)}</output>
        <label>Speed
          <select value=${String(speed)} onChange=${(event: Event) => setSpeed(numberIn(event))}>
            ${SPEEDS.map((times) => html`<option value=${String(times)}>${times}×</option>`)}
          </select>
        </label>
        <label>Seen
          <select value=${String(spanMs)} onChange=${(event: Event) => setSpanMs(numberIn(event))}>
            <option value=${String(wholeMs)}>all of it</option>
            ${SPANS_S.map((s) => html`<option value=${String(s * 1_000)}>${s} s</option>`)}
          </select>
        </label>
      </div>
      <p class="active-faults" aria-live="polite">${active.length === 0 ? 'No fault is at work.' : active.map(({ fault }) => fault).join('; ')}</p>
      <${TimelineView} judged=${ended} faults=${faults.filter(({ from }) => from <= time)} lanes=${lanes} span=${{ from: until - spanMs, until }} now=${time} />
      <${TallyTable} tallies=${tallyOf(ended, lanes)} />
    </section>
  `;
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function numberIn(event: Event): number {
  return Number((event.currentTarget as HTMLInputElement | HTMLSelectElement).value);
}
