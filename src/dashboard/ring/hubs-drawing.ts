/** The nodes inside the ring: links that light up what a node keeps. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { LabelText } from './arcs-drawing.ts';
import { PlaceSign } from './focus-drawing.ts';
import { type Hub, PILL_HEIGHT } from './hubs.ts';
import type { Layout } from './layout.ts';
import { ALL, addressOf } from './selection.ts';
import type { Standing } from './standing.ts';

interface HubsProps {
  readonly layout: Layout;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly colourOf: (node: string) => string;
  /** In the order of its replica list; undefined: no partition is looked at. */
  readonly keepers: readonly string[] | undefined;
  readonly selected: string | undefined;
}

export function Hubs({ layout, standings, colourOf, keepers, selected }: HubsProps): VNode {
  const lit = keepers ?? (selected === undefined ? undefined : [selected]);
  return html`
    <g class="hubs">
      ${[...layout.hubs.values()].map((hub) => {
        const isLit = lit === undefined || lit.includes(hub.id);
        const place = keepers?.indexOf(hub.id) ?? -1;
        return html`<${HubLink}
          key=${hub.id}
          hub=${hub}
          standing=${standings.get(hub.id)}
          colour=${colourOf(hub.id)}
          isLit=${isLit}
          isSelected=${hub.id === selected}
          place=${place < 0 ? undefined : place}
        />`;
      })}
    </g>
  `;
}

interface HubLinkProps {
  readonly hub: Hub;
  readonly standing: Standing | undefined;
  readonly colour: string;
  readonly isLit: boolean;
  readonly isSelected: boolean;
  readonly place: number | undefined;
}

function HubLink({ hub, standing, colour, isLit, isSelected, place }: HubLinkProps): VNode {
  const { id, label, form } = hub;
  const href = addressOf(isSelected ? ALL : { type: 'node', node: id });
  const tone = standing?.gossip.tone ?? 'quiet';
  const sign = signOf(standing);
  return html`
    <a class=${`hub ${form} ${tone} ${isLit ? '' : 'dim'}`} href=${href} data-node=${id}
      aria-label=${`Node ${id}, ${standing?.gossip.word ?? 'not told'}${standing?.role === 'leader' ? ', leads' : ''}`}>
      <title>${id}</title>
      ${form === 'pill' ? html`<${Pill} hub=${hub} colour=${colour} />` : html`<circle class="hub-body" cx=${hub.at.x} cy=${hub.at.y} r=${hub.width / 2} fill=${colour} />`}
      ${label && html`<${LabelText} label=${form === 'pill' ? beside(label) : label} name="hub-name" />`}
      ${sign !== '' && html`<${CornerSign} hub=${hub} sign=${sign} />`}
      ${place !== undefined && html`<${PlaceSign} hub=${hub} place=${place} />`}
    </a>
  `;
}

const DOT = 4.5;

function Pill({ hub, colour }: Pick<HubLinkProps, 'hub' | 'colour'>): VNode {
  const { at, width } = hub;
  const half = PILL_HEIGHT / 2;
  return html`
    <rect class="hub-body" x=${at.x - width / 2} y=${at.y - half} width=${width} height=${PILL_HEIGHT} rx=${half} stroke=${colour} />
    <circle cx=${at.x - width / 2 + half - 1} cy=${at.y} r=${DOT} fill=${colour} />
  `;
}

/** A little to the right of the middle: the dot needs its room. */
function beside(label: NonNullable<Hub['label']>) {
  return { ...label, at: { ...label.at, x: label.at.x + DOT + 1 } };
}

/** The leader has a star, and whoever is in trouble a sign that is no colour. */
export function signOf(standing: Standing | undefined): string {
  if (standing === undefined) return '';
  const { word } = standing.gossip;
  if (word === 'dead') return '✕';
  if (word === 'suspect' || word === 'unheard' || word === 'alive, silent') return '?';
  if (word === 'stopped') return '■';
  return standing.role === 'leader' ? '★' : '';
}

function CornerSign({ hub, sign }: { hub: Hub; sign: string }): VNode {
  const { at, form, width } = hub;
  const x = at.x + (form === 'pill' ? width / 2 - 3 : width / 2);
  const y = at.y - (form === 'pill' ? PILL_HEIGHT / 2 - 1 : width / 2);
  return html`<text class="corner-sign" x=${x} y=${y} text-anchor="middle" dy="0.36em">${sign}</text>`;
}
