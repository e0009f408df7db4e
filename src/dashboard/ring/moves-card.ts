/** Partitions on their way: how many are at which stage, each of them, and how long it takes yet. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type {
  RingPlanDocument,
  TransferDocument,
  TransfersDocument,
} from '../../client/ring-documents.ts';
import { bytesText } from '../../kernel/bytes-text.ts';
import type { Live } from '../live.ts';
import { hashOf } from '../route.ts';
import { countText, durationText, percentText } from './amounts.ts';
import { changeText, flowOf, STAGES, shareCopied } from './moves.ts';
import { bytesPerSecond, type Sample, secondsLeft, secondsLeftOf } from './progress.ts';
import { addressOf } from './selection.ts';

interface MovesCardProps {
  readonly live: Live<TransfersDocument>;
  readonly plan: RingPlanDocument | undefined;
  readonly samples: readonly Sample[];
  readonly isMember: (node: string) => boolean;
}

export function MovesCard({ live, plan, samples, isMember }: MovesCardProps): VNode {
  const { document: transfers, error } = live;
  const moves = transfers?.moves ?? [];
  const isAtRest = transfers !== undefined && moves.length + transfers.movesLeft === 0;
  return html`
    <section class="card ring-moves" aria-labelledby="ring-moves-title">
      <h2 id="ring-moves-title">Moves</h2>
      ${transfers === undefined && html`<p class="quiet">${error === undefined ? 'Asking the nodes …' : `Not told: ${error.message}.`}</p>`}
      ${isAtRest && html`<p><span class="sign good" aria-hidden="true">✓</span> Every partition is where it belongs.</p>`}
      ${transfers !== undefined && !isAtRest && html`<${Underway} transfers=${transfers} samples=${samples} isMember=${isMember} />`}
      <${Staged} plan=${plan} />
    </section>
  `;
}

function Staged({ plan }: { plan: RingPlanDocument | undefined }): VNode | null {
  if (plan === undefined || plan.staged.length + plan.notes.length === 0) return null;
  const { staged, notes } = plan;
  return html`
    ${staged.length > 0 && html`<p class="note">${countText(staged.length, 'change')} staged and not committed${plan.plan ? `, with ${countText(plan.plan.moves, 'move')}` : ''}: see <a href=${hashOf('admin')}>Admin</a>, or <code>quorate cluster plan</code>.</p>`}
    ${notes.map(({ code, node, detail }) => html`<p class="note" key=${`${code} ${node}`}>${detail}</p>`)}
  `;
}

interface UnderwayProps {
  readonly transfers: TransfersDocument;
  readonly samples: readonly Sample[];
  readonly isMember: (node: string) => boolean;
}

function Underway({ transfers, samples, isMember }: UnderwayProps): VNode {
  const { moves, movesLeft } = transfers;
  return html`
    <p>${moves.length} on their way, ${movesLeft} to begin. ${rateText(transfers, samples)}</p>
    <ol class="stages">
      ${STAGES.map(({ stage, phrase }) => {
        const count = moves.filter((move) => move.stage === stage).length;
        return html`
          <li key=${stage} class=${count > 0 ? 'stage busy' : 'stage'}>
            <span class="stage-count">${count}</span> <code>${stage}</code>
            <span class="small quiet">${phrase}</span>
          </li>
        `;
      })}
    </ol>
    <ul class="moves" tabindex="0" aria-label="Each move">
      ${moves.map((move) => html`<${MoveRow} key=${move.partition} move=${move} samples=${samples} isMember=${isMember} />`)}
    </ul>
  `;
}

function rateText(transfers: TransfersDocument, samples: readonly Sample[]): string {
  const { bytesLeft, bytesPerSecond: bound } = transfers;
  const rate = bytesPerSecond(samples);
  const seconds = secondsLeft(samples, transfers);
  const most = bound === null ? '' : `, at most ${bytesText(bound)}/s into each node`;
  const pace = rate === undefined ? '' : `${bytesText(Math.max(0, Math.round(rate)))}/s${most}. `;
  if (bytesLeft === null || bytesLeft === 0) return pace;
  const time = seconds === undefined ? '' : `, ${durationText(seconds)} at this rate`;
  return `${pace}About ${bytesText(bytesLeft)} to go${time}.`;
}

interface MoveRowProps {
  readonly move: TransferDocument;
  readonly samples: readonly Sample[];
  readonly isMember: (node: string) => boolean;
}

function MoveRow({ move, samples, isMember }: MoveRowProps): VNode {
  const { partition, stage, keys, keysInAll, bytes, waits } = move;
  const share = shareCopied(move);
  const seconds = stage === 'write_both' ? secondsLeftOf(samples, partition, keysInAll) : undefined;
  const of = keysInAll === null ? '' : ` of ${keysInAll.toLocaleString('en')}`;
  return html`
    <li class="move">
      <a href=${addressOf({ type: 'partition', partition })}>${partition}</a>
      <span>${changeText(flowOf(move, isMember))}</span>
      <code>${stage}</code>
      <progress max="1" value=${share} aria-label=${`Copied of partition ${partition}`}></progress>
      <span class="small quiet amount">${share === undefined ? '' : percentText(share)}${keys > 0 ? ` · ${keys.toLocaleString('en')}${of} keys, ${bytesText(bytes)}` : ''}${seconds === undefined ? '' : ` · ${durationText(seconds)} left`}</span>
      ${waits !== null && html`<span class="waits small">waits: ${waits}</span>`}
    </li>
  `;
}
