/** What the ring is, for those who see one for the first time, and what its signs mean. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

const SIGNS = [
  ['★', 'leader', 'leads the metadata group'],
  ['✕', 'bad', 'dead'],
  ['?', 'warn', 'silent'],
  ['■', 'warn', 'stopped'],
] as const;

const KEY = 'quorate-ring-explanation';

export function Explanation({ depth }: { depth: number }): VNode {
  const [isOpen, setOpen] = useState(() => localStorage.getItem(KEY) !== 'closed');
  const onToggle = (event: Event) => {
    const { open } = event.currentTarget as HTMLDetailsElement;
    setOpen(open);
    localStorage.setItem(KEY, open ? 'open' : 'closed');
  };
  return html`
    <details class="ring-explanation" open=${isOpen} onToggle=${onToggle}>
      <summary>What this is</summary>
      <p>Every key has a 64-bit hash, and all hashes together make the ring: it is cut into equal pieces, the partitions, and each of them is kept by ${depth === 1 ? 'one node' : `${depth} nodes, its replicas`}.</p>
      <ul class="ring-legend">
        <li><span class="legend-bands" aria-hidden="true"></span> outer band: first replica of each partition; inner bands: the others, in order</li>
        <li><span class="legend-moving" aria-hidden="true"></span> outer edge: the partition is moving; a line through the middle: its copy, from sender to receiver</li>
        ${SIGNS.map(([sign, tone, meaning]) => html`<li><span class=${`sign ${tone}`} aria-hidden="true">${sign}</span> ${meaning}</li>`)}
      </ul>
    </details>
  `;
}
