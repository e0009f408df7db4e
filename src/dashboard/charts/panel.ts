/** What the nodes have done in the last five minutes, second by second, and go on doing. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ActivityDocument } from '../../kernel/activity.ts';
import { type Live, useLive } from '../live.ts';
import type { PanelProps } from '../panels.ts';
import { CHARTS } from './catalog.ts';
import { ChartCard } from './chart-card.ts';
import { ChartControls } from './chart-controls.ts';
import { figureOf, linesOf } from './figures.ts';
import { type DrawnChart, FiguresTable } from './figures-table.ts';
import { figuresThrough, type History, NO_HISTORY, withLook } from './history.ts';
import { nodeNotes } from './node-notes.ts';

const EVERY_MS = 1_000;

/** Outlives the panel: who comes back from another one finds what was seen before. */
let kept: History = NO_HISTORY;

export function ChartsPanel({ query }: PanelProps): VNode {
  const live = useLive<ActivityDocument>('/cluster/activity', EVERY_MS);
  const present = historyWith(live);
  const [paused, setPaused] = useState<History | undefined>(undefined);
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const [marked, setMarked] = useState<number | undefined>(undefined);
  const { looks } = paused ?? present;
  const node = query.get('node') ?? undefined;
  const times = useMemo(() => looks.map(({ atMs }) => atMs / 1_000), [looks]);
  const drawn = useMemo(() => drawnOf(looks, node), [looks, node]);

  const { document, error } = live;
  if (document === undefined) {
    return error === undefined
      ? html`<p class="quiet">Asking the node …</p>`
      : html`<p class="trouble" role="alert">${error.message}</p>`;
  }
  const pause = () => {
    setPaused(paused === undefined ? present : undefined);
    setMarked(undefined);
  };
  const index = pointed ?? marked ?? times.length - 1;
  return html`
    <div class="charts">
      <${ChartControls}
        names=${document.nodes.map((entry) => entry.node)}
        node=${node}
        isPaused=${paused !== undefined}
        onPause=${pause}
        times=${times}
        index=${index}
        isLatest=${pointed === undefined && marked === undefined}
        onMark=${setMarked}
      />
      ${error !== undefined && html`<p class="note" role="status">${error.message}. The charts go on when it answers.</p>`}
      ${nodeNotes(document, node).map((note) => html`<p class="note" role="status" key=${note}>${note}</p>`)}
      <div class="grid">
        ${drawn.map(({ chart, lines }) => html`<${ChartCard} key=${chart.name} chart=${chart} times=${times} lines=${lines} index=${index} marked=${marked} onPoint=${setPointed} />`)}
      </div>
      <${FiguresTable} drawn=${drawn} />
    </div>
  `;
}

/** With what was read last; to be told of the same again changes nothing. */
function historyWith({ document, atMs }: Live<ActivityDocument>): History {
  if (document !== undefined && atMs !== undefined) {
    kept = withLook(kept, document, performance.timeOrigin + atMs);
  }
  return kept;
}

function drawnOf(looks: History['looks'], node: string | undefined): readonly DrawnChart[] {
  const through = figuresThrough(looks, node);
  return CHARTS.map((chart) => {
    const lines = linesOf(chart, through).map((line) => {
      return { ...line, figures: through.map((figures) => figureOf(figures, line)) };
    });
    return { chart, lines };
  });
}
