/** The timeline and the tally of what runs, and what to do with it afterwards. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { encodeHistory } from '../../checkers/history-codec.ts';
import type { BucketDocument } from '../../client/cluster-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { refreshLive, useLive } from '../live.ts';
import type { LiveRun } from './live-run.ts';
import { isOurBucket } from './presets.ts';
import { tallyOf } from './tally.ts';
import { TallyTable } from './tally-table.ts';
import { useMedia } from './ticking.ts';
import { TimelineView } from './timeline.ts';

/** Seen at once: so that marks do not lie on each other. */
const SPAN_MS = { wide: 30_000, narrow: 10_000 };
const BUCKETS = '/buckets';
const BUCKETS_EVERY_MS = 10_000;

export function RunCard({ run, names }: { run: LiveRun; names: readonly string[] }): VNode {
  const [heldAt, setHeldAt] = useState<number | undefined>(undefined);
  const spanMs = SPAN_MS[useMedia('(max-width: 48rem)') ? 'narrow' : 'wide'];
  const until = heldAt ?? run.latest;
  const isEmpty = run.judged.length === 0;
  const hold = () => setHeldAt(heldAt === undefined ? run.latest : undefined);
  return html`
    <section class="card run" aria-labelledby="operations">
      <div class="row">
        <h2 id="operations">Operations</h2>
        <button type="button" class="plain small" aria-pressed=${heldAt !== undefined} disabled=${isEmpty} onClick=${hold}>${heldAt === undefined ? 'Hold' : 'Go on'}</button>
        <button type="button" class="plain small" disabled=${isEmpty} onClick=${() => run.clear()}>Clear</button>
        <button type="button" class="plain small" disabled=${isEmpty} onClick=${() => save(run)}>Save the history</button>
        <${Leftovers} isRunning=${run.isRunning} />
      </div>
      ${isEmpty && !run.isRunning && html`<p class="quiet">Start the clients: each write and each read shows here, in the lane of the node that was asked. Then drag a node over the line above, and choose another consistency.</p>`}
      <${TimelineView} judged=${run.judged} faults=${run.faults} lanes=${names} span=${{ from: until - spanMs, until }} now=${until} />
      <${TallyTable} tallies=${tallyOf(run.judged, names)} />
    </section>
  `;
}

/** As `quorate check` reads it, and the replay here. */
function save(run: LiveRun): void {
  const operations = run.judged.map(({ operation }) => operation);
  const text = encodeHistory({ facts: { from: 'playground' }, operations, faults: run.faults });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  link.download = 'playground.history.jsonl';
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Its buckets stay until somebody has them removed. */
function Leftovers({ isRunning }: { isRunning: boolean }): VNode | null {
  const { document: list } = useLive<{ readonly buckets: readonly BucketDocument[] }>(
    BUCKETS,
    BUCKETS_EVERY_MS,
  );
  const action = useAction();
  const ours = (list?.buckets ?? []).filter(({ name }) => isOurBucket(name));
  const remove = () =>
    action.run(async () => {
      try {
        for (const { name } of ours) await sendJson(`${BUCKETS}/${name}`, 'DELETE');
      } finally {
        refreshLive(BUCKETS);
      }
      return 'removed';
    });
  if (ours.length === 0 && action.trouble === undefined) return null;
  return html`
    <button type="button" class="plain small" disabled=${isRunning || action.busy} title=${ours.map(({ name }) => name).join(', ')} onClick=${remove}>
      Remove the playground’s ${ours.length === 1 ? 'bucket' : `${ours.length} buckets`}
    </button>
    <${ActionNote} action=${action} />
  `;
}
