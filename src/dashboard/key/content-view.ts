/** A value that a node told of, shown so that nothing in it can do harm. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { HeldContent } from '../../client/inspection-document.ts';
import { bytesText, type ShownBytes, shownContent, visibleLine } from './shown-bytes.ts';

interface Props {
  readonly content: HeldContent;
  readonly wallTime?: string;
}

export function ContentView({ content, wallTime }: Props): VNode {
  const { contentType, bytes, meta = {}, expiresAt } = content;
  const facts = [
    visibleLine(contentType),
    bytesText(bytes),
    wallTime !== undefined && timeText(wallTime),
    expiresAt !== undefined && `expires ${timeText(expiresAt)}`,
    ...Object.entries(meta).map(([name, text]) => `${name}: ${visibleLine(text)}`),
  ].filter((fact) => fact !== false);
  return html`
    <${ShownValue} shown=${shownContent(content)} />
    <p class="quiet small facts">${facts.join(' · ')}</p>
  `;
}

export function ShownValue({ shown }: { shown: ShownBytes | undefined }): VNode {
  if (shown === undefined) return html`<p class="quiet small">the value is left out</p>`;
  const { kind, text, isCut, bytes } = shown;
  if (bytes === 0) return html`<p class="quiet small">an empty value</p>`;
  return html`
    <pre class=${`key-value ${kind}`} dir="ltr" tabindex="0">${text}${isCut && html`<span class="quiet"> … </span>`}</pre>
    ${kind === 'hex' && html`<p class="quiet small">not text: ${bytesText(bytes)}${isCut && ', of which this is the beginning'}</p>`}
    ${kind === 'text' && isCut && html`<p class="quiet small">${bytesText(bytes)} in all, of which this is the beginning</p>`}
  `;
}

/** By the reader’s clock and habits. */
export function timeText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toLocaleString('en-GB', { hour12: false });
}
