/** Who writes, who reads, and what they ask for. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { PRESETS, type Preset, presetNamed } from './presets.ts';
import type { Settings } from './workload.ts';

interface Props {
  readonly names: readonly string[];
  readonly preset: Preset;
  readonly settings: Settings;
  readonly isRunning: boolean;
  readonly isBusy: boolean;
  readonly onPreset: (preset: Preset) => void;
  readonly onSettings: (settings: Settings) => void;
  readonly onStart: () => void;
  readonly onStop: () => void;
}

const RATE_MAX = 10;

export function ClientsCard(props: Props): VNode {
  const { names, preset, settings, isRunning, isBusy, onSettings } = props;
  const choose = (event: Event) => props.onPreset(presetNamed(textIn(event)));
  const setWriter = (event: Event) => {
    onSettings({ ...settings, writer: textIn(event) || undefined });
  };
  const setRate = (event: Event) => onSettings({ ...settings, perSecond: Number(textIn(event)) });
  const toggle = (name: string) => {
    const without = settings.readers.filter((reader) => reader !== name);
    const readers = without.length < settings.readers.length ? without : [...without, name];
    onSettings({ ...settings, readers: names.filter((node) => readers.includes(node)) });
  };
  return html`
    <section class="card clients" aria-labelledby="clients">
      <h2 id="clients">Clients</h2>
      <label class="preset">Consistency
        <select value=${preset.id} onChange=${choose}>
          ${PRESETS.map(({ id, title }) => html`<option value=${id}>${title}</option>`)}
        </select>
      </label>
      <p class="small meaning">${preset.meaning}</p>
      <div class="row">
        <label>Writer at
          <select value=${settings.writer ?? ''} onChange=${setWriter}>
            ${names.map((name) => html`<option value=${name}>${name}</option>`)}
            <option value="">nobody</option>
          </select>
        </label>
        <fieldset>
          <legend>Readers at</legend>
          <div class="row">
            ${names.map((name) => html`<label><input type="checkbox" checked=${settings.readers.includes(name)} onChange=${() => toggle(name)} />${name}</label>`)}
          </div>
        </fieldset>
        <label>Each
          <input type="range" min="1" max=${RATE_MAX} value=${settings.perSecond} onInput=${setRate} />
          <span class="rate">${settings.perSecond}/s</span>
        </label>
      </div>
      <div class="row">
        ${
          isRunning
            ? html`<button type="button" onClick=${props.onStop}>Stop</button>`
            : html`<button type="button" disabled=${isBusy} onClick=${props.onStart}>Start</button>`
        }
      </div>
    </section>
  `;
}

function textIn(event: Event): string {
  return (event.currentTarget as HTMLInputElement | HTMLSelectElement).value;
}
