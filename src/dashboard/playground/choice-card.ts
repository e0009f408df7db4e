/** What can be done with the node or the link that was chosen on the drawing. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Chosen } from './cluster-drawing.ts';
import {
  type Cut,
  cutInto,
  type PairFaults,
  pairFaults,
  type Side,
  type Tables,
  WELL,
  withDisk,
  withNodeMoved,
  withPair,
} from './fault-plan.ts';
import { CUT_WORDS, pairText, percentText } from './fault-text.ts';

interface Props {
  readonly chosen: Chosen;
  readonly names: readonly string[];
  readonly sides: readonly Side[];
  readonly tables: Tables;
  /** The node that served the page. */
  readonly own: string;
  readonly isBusy: boolean;
  readonly onGive: (after: Tables, done: string) => void;
  readonly onPause: (node: string, ms: number) => void;
  readonly onClose: () => void;
}

export function ChoiceCard(props: Props): VNode {
  const { chosen, onClose } = props;
  const title = chosen.kind === 'node' ? `Node ${chosen.node}` : `Link ${chosen.pair.join(' – ')}`;
  return html`
    <section class="choice" aria-label=${title}>
      <div class="row">
        <h3>${title}</h3>
        <button type="button" class="plain small close" onClick=${onClose}>Close</button>
      </div>
      ${
        chosen.kind === 'node'
          ? html`<${NodeChoice} ...${props} node=${chosen.node} />`
          : html`<${LinkChoice} key=${chosen.pair.join()} ...${props} pair=${chosen.pair} />`
      }
    </section>
  `;
}

const PAUSES_S = [5, 10, 30];
const DISK_DELAYS_MS = [0, 50, 200, 1_000];

function NodeChoice(props: Props & { readonly node: string }): VNode {
  const { node, names, sides, tables, own, isBusy, onGive, onPause } = props;
  const isOwn = node === own;
  const isAlone = (sides.find((side) => side.includes(node)) ?? []).length === 1;
  const isApart = sides.length > 1 && !(sides[0] ?? []).includes(node);
  const delay = tables.get(node)?.disk?.delay;
  const delayMs = delay?.distribution === 'constant' ? delay.ms : 0;
  const move = () => onGive(cutInto(tables, withNodeMoved(sides, node)), `${node} changed sides`);
  const onDisk = (event: Event) => {
    const ms = Number((event.currentTarget as HTMLSelectElement).value);
    const disk = ms === 0 ? {} : { delay: { distribution: 'constant', ms } as const };
    const done =
      ms === 0 ? `the disk of ${node} is as quick as ever` : `commits of ${node} wait ${ms} ms`;
    onGive(withDisk(tables, node, disk), done);
  };
  return html`
    <div class="row">
      <button type="button" class="plain" disabled=${isBusy || names.length < 2 || (isAlone && sides.length < 2)} onClick=${move}>
        ${isApart ? 'Bring it back' : 'Cut it off'}
      </button>
      ${PAUSES_S.map((s) => html`<button type="button" class="plain" disabled=${isBusy || isOwn} onClick=${() => onPause(node, s * 1_000)}>Pause ${s} s</button>`)}
      <label>Disk
        <select value=${String(delayMs)} disabled=${isBusy} onChange=${onDisk}>
          ${DISK_DELAYS_MS.map((ms) => html`<option value=${String(ms)}>${ms === 0 ? 'as it is' : `+${ms} ms a commit`}</option>`)}
          ${!DISK_DELAYS_MS.includes(delayMs) && html`<option value=${String(delayMs)}>+${delayMs} ms a commit</option>`}
        </select>
      </label>
    </div>
    ${isOwn && html`<p class="quiet small">${node} serves this page, which reaches the other nodes through it: paused, it would show nothing.</p>`}
  `;
}

const CUTS: readonly Cut[] = ['none', 'both', 'first', 'second'];
const LOSSES = [0, 0.05, 0.2, 0.5];

function LinkChoice(props: Props & { readonly pair: readonly [string, string] }): VNode {
  const { pair, names, tables, isBusy, onGive } = props;
  const [first, second] = pair;
  const now = pairFaults(tables, first, second);
  const [delayMs, setDelayMs] = useState(now.delayMs);
  useEffect(() => setDelayMs(now.delayMs), [now.delayMs]);
  const name = `${first} – ${second}`;
  const give = (faults: Partial<PairFaults>, done: string) => {
    onGive(withPair(tables, names, pair, { ...now, ...faults }), `${name}: ${done}`);
  };
  const setLoss = (event: Event) => {
    const loss = Number((event.currentTarget as HTMLSelectElement).value);
    give({ loss }, `${percentText(loss)} of the messages lost`);
  };
  const onDelay = (event: Event) => {
    setDelayMs(Number((event.currentTarget as HTMLInputElement).value));
  };
  const slow = (event: Event) => {
    event.preventDefault();
    give({ delayMs }, `+${delayMs} ms each way`);
  };
  return html`
    <div class="row" role="group" aria-label="What passes">
      ${CUTS.map((option) => html`<button type="button" class="plain" aria-pressed=${now.cut === option} disabled=${isBusy} onClick=${() => give({ cut: option }, CUT_WORDS[option](first, second))}>${CUT_WORDS[option](first, second)}</button>`)}
    </div>
    <form class="row" onSubmit=${slow}>
      <label>Delay <input type="number" min="0" max="5000" step="10" value=${delayMs} onInput=${onDelay} /> ms</label>
      <button type="submit" class="plain" disabled=${isBusy || delayMs === now.delayMs}>Set</button>
      <label>Loss
        <select value=${String(now.loss)} disabled=${isBusy} onChange=${setLoss}>
          ${LOSSES.map((loss) => html`<option value=${String(loss)}>${loss === 0 ? 'none' : percentText(loss)}</option>`)}
          ${!LOSSES.includes(now.loss) && html`<option value=${String(now.loss)}>${percentText(now.loss)}</option>`}
        </select>
      </label>
      <button type="button" class="plain" disabled=${isBusy || pairText(pair, now) === ''} onClick=${() => give(WELL, 'whole')}>Mend</button>
    </form>
  `;
}
