/** The ring itself and what is written around it: drawn anew only when the ring has changed. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Colouring } from './colouring.ts';
import { arcPath } from './geometry.ts';
import type { Label } from './labels.ts';
import type { Layout, ZoneArc } from './layout.ts';
import { ringArcs } from './ring-arcs.ts';

export function ringVNode(
  lists: readonly (readonly string[])[],
  { bands }: Layout,
  { keyOf, colourOf, patternOf }: Colouring,
): VNode {
  const { arcs, seams } = ringArcs(lists, bands, keyOf);
  return html`
    <g class=${seams ? 'arcs seamed' : 'arcs'}>
      ${arcs.map(({ key, path }) => html`<path key=${key} d=${path} fill=${colourOf(key)} />`)}
      ${arcs.map(({ key, path }) => {
        const pattern = patternOf(key);
        if (pattern === undefined) return null;
        return html`<path key=${`pattern ${key}`} d=${path} fill=${patternFill(pattern)} />`;
      })}
    </g>
  `;
}

export function patternFill(pattern: number): string {
  return `url(#zone-pattern-${pattern})`;
}

/** In the colour of the paper, over that of the zone. */
export function patternsVNode(): VNode {
  const size = { width: 6, height: 6, patternUnits: 'userSpaceOnUse' };
  return html`
    <defs class="zone-patterns">
      <pattern id="zone-pattern-0" ...${size} patternTransform="rotate(45)"><path d="M0 0V6" /></pattern>
      <pattern id="zone-pattern-1" ...${size}><circle cx="3" cy="3" r="1.4" /></pattern>
      <pattern id="zone-pattern-2" ...${size} patternTransform="rotate(-45)"><path d="M0 0V6M3 0V6" /></pattern>
      <pattern id="zone-pattern-3" ...${size}><path d="M0 0V6M0 0H6" /></pattern>
      <pattern id="zone-pattern-4" ...${size} patternTransform="rotate(45)"><rect x="1" y="1" width="3" height="3" /></pattern>
    </defs>
  `;
}

export function labelsVNode({ numbers, hashes, zones }: Layout): VNode {
  return html`
    <g class="labels" aria-hidden="true">
      ${numbers.map((label) => html`<${LabelText} key=${`number ${label.text}`} label=${label} name="number" />`)}
      ${hashes.map((label) => html`<${LabelText} key=${`hash ${label.text}`} label=${label} name="hash" />`)}
      ${zones.map((arc) => html`<${ZoneBand} key=${`zone ${arc.zone ?? ''}`} arc=${arc} />`)}
    </g>
  `;
}

export function LabelText({ label, name }: { label: Label; name: string }): VNode {
  const { text, at, rotation, anchor } = label;
  const place = `translate(${at.x.toFixed(2)} ${at.y.toFixed(2)}) rotate(${rotation.toFixed(2)})`;
  return html`<text class=${`ring-label ${name}`} transform=${place} text-anchor=${anchor} dy="0.35em">${text}</text>`;
}

/** From the line of a zone to the foot of its name, and to the head of one against the clock. */
const NAME_FOOT = 5;
const NAME_HEAD = 13;

function ZoneBand({ arc }: { arc: ZoneArc }): VNode {
  const { zone, from, to, radius, text, isUpsideDown } = arc;
  const id = `zone-name-${from.toFixed(4).replace('.', '-')}`;
  // A name against the clock stands on the other side of its line.
  const nameRadius = radius + (isUpsideDown ? NAME_HEAD : NAME_FOOT);
  const way = isUpsideDown ? arcPath(to, from, nameRadius) : arcPath(from, to, nameRadius);
  return html`
    <g class="zone">
      <title>${zone === null ? 'Nodes of no zone' : `Zone ${zone}`}</title>
      <path class="zone-line" d=${arcPath(from, to, radius)} />
      <path class="zone-way" id=${id} d=${way} />
      <text class="ring-label zone-name" text-anchor="middle">
        <textPath href=${`#${id}`} startOffset="50%">${text}</textPath>
      </text>
    </g>
  `;
}
