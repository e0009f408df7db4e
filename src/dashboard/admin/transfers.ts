/** Partitions on their way, and how fast they may travel. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { TransferDocument, TransfersDocument } from '../../client/ring-documents.ts';
import { bytesText } from '../../kernel/bytes-text.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { refreshLive, useLive } from '../live.ts';

const TRANSFERS = '/cluster/transfers';
const EVERY_MS = 1_000;
const MIB = 1024 * 1024;

export function Transfers(): VNode {
  const { document } = useLive<TransfersDocument>(TRANSFERS, EVERY_MS);
  if (document === undefined) return html`<p class="quiet">Asking the node …</p>`;
  const { moves, movesLeft } = document;
  return html`
    ${moves.length === 0 && html`<p class="quiet">No partition is on its way.</p>`}
    ${
      moves.length > 0 &&
      html`<div class="scroll">
        <table>
          <thead><tr><th>Partition</th><th>Stage</th><th>From</th><th>To</th><th>Copied</th></tr></thead>
          <tbody>${moves.map((move) => html`<${TransferRow} move=${move} />`)}</tbody>
        </table>
      </div>`
    }
    ${movesLeft > 0 && html`<p>${movesLeft} more moves are yet to begin.</p>`}
    <${RateForm} bytesPerSecond=${document.bytesPerSecond} />
  `;
}

function TransferRow({ move }: { move: TransferDocument }): VNode {
  const { partition, stage, from, to, waits, keys, bytes, keysInAll } = move;
  const copied = `${keys}${keysInAll === null ? '' : ` of about ${keysInAll}`} keys, ${bytesText(bytes)}`;
  return html`
    <tr>
      <th scope="row">${partition}</th>
      <td>${stage}${waits !== null && html`<br /><span class="small trouble">${waits}</span>`}</td>
      <td>${from.join(', ')}</td>
      <td>${to.join(', ')}</td>
      <td>${copied}</td>
    </tr>
  `;
}

function RateForm({ bytesPerSecond }: { bytesPerSecond: number | null }): VNode {
  const action = useAction();
  const [text, setText] = useState<string | undefined>(undefined);
  const shown = text ?? (bytesPerSecond === null ? '' : String(bytesPerSecond / MIB));
  const submit = async (event: Event) => {
    event.preventDefault();
    const rate = shown.trim() === '' ? null : Math.max(1, Math.round(Number(shown) * MIB));
    const saved = await action.run(async () => {
      await sendJson(TRANSFERS, 'PUT', { bytesPerSecond: rate });
      refreshLive(TRANSFERS);
      return rate === null ? 'no limit any more' : `at most ${bytesText(rate)}/s into each node`;
    });
    if (saved) setText(undefined);
  };
  const type = (event: Event) => setText((event.currentTarget as HTMLInputElement).value);
  return html`
    <form class="row" onSubmit=${submit}>
      <label>At most
        <input type="number" min="0.01" step="any" value=${shown} placeholder="no limit" onInput=${type} />
        MiB/s into each node
      </label>
      <button type="submit" class="plain" disabled=${action.busy || text === undefined}>Set</button>
      <${ActionNote} action=${action} />
    </form>
  `;
}
