/** One key: what is held of it, on one side; what to do with it, on the other. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ClusterStatus } from '../../client/cluster-documents.ts';
import type { InspectionDocument } from '../../client/inspection-document.ts';
import { troubleText } from '../action.ts';
import { ApiError, send } from '../api.ts';
import { refreshLive, useLive } from '../live.ts';
import { AnswerView } from './answer-view.ts';
import { CausalGraphView } from './causal-graph-view.ts';
import { HistoryView } from './history-view.ts';
import { Holdings } from './holdings.ts';
import { rememberRequest, usePageMemory } from './page-memory.ts';
import { Place } from './place.ts';
import { type KeyAnswer, keyAnswerOf } from './read-answer.ts';
import type { PreparedRequest } from './request-draft.ts';
import { RequestForm } from './request-form.ts';
import { ResolveForm } from './resolve-form.ts';
import { inspectionPath, type Target } from './target.ts';
import { WaterfallView } from './waterfall-view.ts';

const EVERY_MS = 2_000;

/** What the requests of this page have last been told of the key. */
interface LastSeen {
  readonly context: string | undefined;
  readonly etag: string | undefined;
  /** Of the last read. */
  readonly read: KeyAnswer | undefined;
}

const NOTHING_SEEN: LastSeen = { context: undefined, etag: undefined, read: undefined };

export function KeyView({ target }: { target: Target }): VNode {
  const path = inspectionPath(target);
  const { document: found, error } = useLive<InspectionDocument>(path, EVERY_MS);
  const { document: cluster } = useLive<ClusterStatus>('/cluster', EVERY_MS);
  const names = (cluster?.members ?? []).map(({ id }) => id).sort();
  const [seen, setSeen] = useState(NOTHING_SEEN);
  const [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const { requests, sessionToken, pasts } = usePageMemory();
  const run = async (sent: PreparedRequest): Promise<KeyAnswer | undefined> => {
    setBusy(true);
    setChosen(undefined);
    const answer = await answerTo(sent);
    if (answer !== undefined) setSeen((before) => seenAfter(before, sent, answer));
    setBusy(false);
    refreshLive(path);
    return answer;
  };
  const mode = found?.bucket.mode ?? 'dynamo';
  const shown = requests.find(({ number }) => number === chosen) ?? requests[0];
  const carried = { ...seen, sessionToken };
  // Siblings that are there to be resolved need not be shown twice.
  const isResolvable = shown?.answer === seen.read && Boolean(found?.known);
  return html`
    <div class="key-columns">
      <div class="key-column">
        ${error !== undefined && found === undefined && html`<${NoInspection} error=${error} />`}
        ${found !== undefined && html`<${Place} found=${found} names=${names} partitions=${cluster?.partitionCount ?? null} />`}
        ${found !== undefined && html`<${Holdings} found=${found} members=${names} error=${error} />`}
        ${found?.known && html`<${CausalGraphView} found=${found} members=${names} pasts=${pasts} />`}
      </div>
      <div class="key-column">
        <${RequestForm} target=${target} mode=${mode} n=${found?.bucket.n ?? 3} carried=${carried} busy=${busy} onSend=${run} />
        ${found?.known && html`<${ResolveForm} target=${target} found=${found} read=${seen.read} carried=${carried} busy=${busy} onSend=${run} />`}
        ${shown !== undefined && html`<${AnswerView} request=${shown} isResolvable=${isResolvable} />`}
      </div>
      <div class="key-column">${shown?.answer?.trace && html`<${WaterfallView} trace=${shown.answer.trace} />`}</div>
      <div class="key-column"><${HistoryView} requests=${requests} shown=${shown?.number} onChoose=${setChosen} /></div>
    </div>
  `;
}

function NoInspection({ error }: { error: ApiError }): VNode {
  const isMissing = error.code === 'no_such_bucket';
  const text = isMissing ? 'There is no such bucket yet. The first write makes it.' : error.message;
  return html`<p class=${isMissing ? 'card quiet' : 'card trouble'} role="status">${text}</p>`;
}

/** Remembers it, with its answer or without. */
async function answerTo(sent: PreparedRequest): Promise<KeyAnswer | undefined> {
  try {
    const answer = keyAnswerOf(await send(sent.path, sent.request));
    rememberRequest({ sent, answer, trouble: undefined });
    return answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    rememberRequest({ sent, answer: undefined, trouble: troubleText(error) });
    return undefined;
  }
}

function seenAfter(before: LastSeen, sent: PreparedRequest, answer: KeyAnswer): LastSeen {
  const isRead = sent.request.method === 'GET';
  const isDone = answer.status < 400;
  return {
    context: answer.context ?? before.context,
    etag: isDone || isRead ? answer.etag : before.etag,
    read: isRead ? answer : isDone ? undefined : before.read,
  };
}
