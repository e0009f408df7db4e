/** Whose charts are shown, whether they go on, and which moment is looked at. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { hashOf } from '../route.ts';

export interface ChartControlsProps {
  readonly names: readonly string[];
  /** Undefined: all nodes. */
  readonly node: string | undefined;
  readonly isPaused: boolean;
  readonly onPause: () => void;
  /** In seconds since 1970. */
  readonly times: readonly number[];
  /** Of the times: which is looked at. */
  readonly index: number;
  readonly isLatest: boolean;
  readonly onMark: (index: number) => void;
}

export function ChartControls(props: ChartControlsProps): VNode {
  const { names, node, isPaused, onPause, times, index, isLatest, onMark } = props;
  const choose = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value;
    location.hash = hashOf('charts', chosen === '' ? {} : { node: chosen });
  };
  const slide = (event: Event) => onMark(Number((event.currentTarget as HTMLInputElement).value));
  const moment = times[index];
  const text = moment === undefined ? '' : timeText(moment);
  return html`
    <div class="row controls">
      <h1>Charts</h1>
      <label>Nodes
        <select value=${node ?? ''} onChange=${choose}>
          <option value="">all</option>
          ${names.map((name) => html`<option value=${name}>${name}</option>`)}
        </select>
      </label>
      <button type="button" class="plain" onClick=${onPause}>
        ${isPaused ? 'Go on' : 'Pause'}
      </button>
      ${
        isPaused &&
        html`<label class="moment">Moment
          <input type="range" min="0" max=${Math.max(0, times.length - 1)} value=${index} aria-valuetext=${text} onInput=${slide} />
        </label>`
      }
      <p class="quiet small">${isLatest && !isPaused ? 'Five minutes, second by second.' : `At ${text}.`}</p>
    </div>
  `;
}

function timeText(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString('en-GB');
}
