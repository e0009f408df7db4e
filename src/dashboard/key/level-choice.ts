/** How many have to answer: by a name, or by a number with a slider. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';

interface Props {
  readonly label: string;
  /** `''`: as the bucket has it. */
  readonly level: string;
  readonly n: number;
  readonly onLevel: (level: string) => void;
}

const NAMES = ['one', 'quorum', 'all'];

export function LevelChoice({ label, level, n, onLevel }: Props): VNode {
  const isNumber = /^\d+$/.test(level);
  const onSelect = (event: Event) => onLevel((event.currentTarget as HTMLSelectElement).value);
  const onSlide = (event: Event) => onLevel((event.currentTarget as HTMLInputElement).value);
  return html`
    <div class="key-level">
      <label>${label}
        <select value=${isNumber ? 'number' : level} onChange=${onSelect}>
          <option value="">as the bucket</option>
          ${NAMES.map((name) => html`<option value=${name}>${name}</option>`)}
          <option value=${isNumber ? 'number' : '1'}>${isNumber ? level : 'number …'}</option>
        </select>
      </label>
      <input type="range" min="1" max=${n} step="1" value=${isNumber ? level : '1'} class=${isNumber ? '' : 'unset'} aria-label=${`${label} as a number`} aria-valuetext=${isNumber ? level : 'not set'} onInput=${onSlide} />
    </div>
  `;
}
