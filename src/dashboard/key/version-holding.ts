/** A version in a record or a hint: its clock, its siblings, and how it differs. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import {
  dotName,
  type HeldSibling,
  type HeldVersion,
  type InspectionDocument,
  type Standing,
} from '../../client/inspection-document.ts';
import { ContentView } from './content-view.ts';

interface Props {
  readonly version: HeldVersion;
  readonly standing: Standing | null;
  readonly found: InspectionDocument;
  readonly names: (actor: string) => string;
}

export function HeldVersionView({ version, standing, found, names }: Props): VNode {
  const { digest, siblings } = version;
  const missing = (found.known?.siblings ?? []).filter(
    (dot) => !siblings.some((sibling) => sibling.dot === dot),
  );
  return html`
    <p class="small quiet">version <span class="mono" title=${digest}>${digest.slice(0, 8)}…</span></p>
    <${Clock} version=${version} standing=${standing} found=${found} names=${names} />
    <ul class="key-siblings">
      ${siblings.map((sibling) => html`<${Sibling} sibling=${sibling} standing=${standing} names=${names} />`)}
      ${missing.map((dot) => html`<li class="missing">lacks the value <span class="mono">${dotName(dot, names)}</span></li>`)}
    </ul>
  `;
}

/** Every actor that anybody knows of, so that the rows of all nodes can be compared. */
function Clock({ version, standing, found, names }: Props): VNode {
  const actors = Object.keys(found.known?.clock ?? version.clock);
  return html`
    <ul class="key-clock" aria-label="Clock">
      ${actors.map((actor) => {
        const counter = version.clock[actor] ?? 0;
        const newest = standing?.lacks[actor];
        const isAlone = standing?.alone[actor] !== undefined;
        const tone = newest !== undefined ? 'lacks' : isAlone ? 'alone' : '';
        const title =
          newest !== undefined
            ? `others know ${newest}`
            : isAlone
              ? 'no other node knows this'
              : undefined;
        return html`<li class=${tone} title=${title}>
          <span>${names(actor)}</span> <b>${counter}</b>${newest !== undefined && html`<i> of ${newest}</i>`}
        </li>`;
      })}
    </ul>
  `;
}

interface SiblingProps {
  readonly sibling: HeldSibling;
  readonly standing: Standing | null;
  readonly names: (actor: string) => string;
}

function Sibling({ sibling, standing, names }: SiblingProps): VNode {
  const isReplaced = standing?.replaced.includes(sibling.dot) === true;
  return html`
    <li class=${isReplaced ? 'replaced' : ''}>
      <p class="small row">
        <span class="mono">${dotName(sibling.dot, names)}</span>
        ${isReplaced && html`<span class="badge warn">replaced elsewhere</span>`}
      </p>
      <${ContentView} content=${sibling} wallTime=${sibling.wallTime} />
    </li>
  `;
}
