/** Changes of the ring: staged, reviewed, committed, and what is under way. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ClusterStatus } from '../../client/cluster-documents.ts';
import { changeText } from '../../client/ring-change-text.ts';
import type { RingChange, RingPlanDocument } from '../../client/ring-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { readJson, sendJson } from '../api.ts';
import { ConfirmDialog } from '../confirm-dialog.ts';
import { refreshLive, useLive } from '../live.ts';
import { PlanReview } from './plan-review.ts';
import type { Draft } from './ring-change-draft.ts';
import { PLAN, RingChangeForm } from './ring-change-form.ts';
import { Transfers } from './transfers.ts';

const EVERY_MS = 2_000;

interface Props {
  readonly cluster: ClusterStatus;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

export function RingChanges({ cluster, draft, onDraft }: Props): VNode {
  const { document: status, error } = useLive<RingPlanDocument>(PLAN, EVERY_MS);
  const names = cluster.members.map(({ id }) => id).sort();
  return html`
    <section class="card" aria-labelledby="ring-changes">
      <h1 id="ring-changes">Changes of the ring</h1>
      <p class="quiet">Stage changes, look at what they would do, then commit them together. Reads and writes go on meanwhile.</p>
      <${RingChangeForm} draft=${draft} names=${names} onDraft=${onDraft} />
      ${error !== undefined && html`<p class="trouble">${error.message}</p>`}
      ${status !== undefined && html`<${Staged} status=${status} />`}
      ${status !== undefined && html`<${UnderWay} status=${status} />`}
      ${status?.notes.map(({ detail }) => html`<p class="note">${detail}</p>`)}
    </section>
  `;
}

/** Whoever confirms has seen this plan: what somebody else has staged since is not committed unseen. */
async function commitReviewed(reviewed: readonly RingChange[]): Promise<string> {
  const { staged } = await readJson<RingPlanDocument>(PLAN);
  if (JSON.stringify(staged) !== JSON.stringify(reviewed)) {
    throw new Error('the plan was changed meanwhile by somebody else: look at it again');
  }
  await sendJson('/cluster/commit', 'POST');
  refreshLive(PLAN);
  return 'committed: partitions begin to move';
}

async function forget(): Promise<string> {
  await sendJson(PLAN, 'DELETE');
  refreshLive(PLAN);
  return 'forgotten: nothing is staged';
}

function Staged({ status: { staged, plan } }: { status: RingPlanDocument }): VNode {
  const action = useAction();
  const [reviewed, setReviewed] = useState<readonly RingChange[] | undefined>(undefined);
  const commit = (changes: readonly RingChange[]) => {
    setReviewed(undefined);
    action.run(() => commitReviewed(changes));
  };
  return html`
    <h2>Staged</h2>
    ${staged.length === 0 && html`<p class="quiet">Nothing is staged.</p>`}
    <ul class="staged">${staged.map((change) => html`<li>${changeText(change)}</li>`)}</ul>
    ${plan !== null && html`<${PlanReview} plan=${plan} />`}
    ${
      staged.length > 0 &&
      html`<div class="row">
        <button type="button" disabled=${action.busy} onClick=${() => setReviewed(staged)}>Commit …</button>
        <button type="button" class="plain" disabled=${action.busy} onClick=${() => action.run(forget)}>Forget what is staged</button>
      </div>`
    }
    <${ActionNote} action=${action} />
    ${
      reviewed !== undefined &&
      html`<${ConfirmDialog} title="Commit these changes?" confirm="Commit" onCancel=${() => setReviewed(undefined)} onConfirm=${() => commit(reviewed)}>
        <ul>${reviewed.map((change) => html`<li>${changeText(change)}</li>`)}</ul>
        <p>${plan === null ? '' : `${plan.moves} moves begin at once. They can be aborted while they are under way.`}</p>
      <//>`
    }
  `;
}

async function abort(): Promise<string> {
  const { done } = await sendJson<RingPlanDocument>('/cluster/abort', 'POST');
  refreshLive(PLAN);
  if (done?.done !== 'aborted') return 'aborted';
  return `aborted: ${done.movesNotBegun} moves will not be begun, ${done.movesToEnd} go back or to their end`;
}

function UnderWay({ status: { movesLeft } }: { status: RingPlanDocument }): VNode {
  const action = useAction();
  const [asking, setAsking] = useState(false);
  const confirmed = () => {
    setAsking(false);
    action.run(abort);
  };
  return html`
    <h2>Under way</h2>
    <${Transfers} />
    ${movesLeft !== null && html`<button type="button" class="danger" disabled=${action.busy} onClick=${() => setAsking(true)}>Abort …</button>`}
    <${ActionNote} action=${action} />
    ${
      asking &&
      html`<${ConfirmDialog} title="Take back what is under way?" confirm="Abort" onCancel=${() => setAsking(false)} onConfirm=${confirmed}>
        <p>Moves that have not begun will not be. The others go back, or to their end where that is nearer; no write is lost either way.</p>
      <//>`
    }
  `;
}
