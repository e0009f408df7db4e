/** What is looked at, in words: a partition with its replicas, or a node’s part of the ring. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { RepairDocument, RingDocument } from '../../client/cluster-documents.ts';
import type { TransferDocument } from '../../client/ring-documents.ts';
import { useLive } from '../live.ts';
import { countText, durationText } from './amounts.ts';
import { hashRangeOf } from './hash-range.ts';
import { changeText, flowOf, phraseOf } from './moves.ts';
import { partsOf } from './node-parts.ts';
import { ALL, addressOf, type Selection } from './selection.ts';
import type { Standing } from './standing.ts';

interface DetailCardProps {
  readonly ring: RingDocument;
  readonly lists: readonly (readonly string[])[];
  readonly selection: Selection;
  readonly pointed: number | undefined;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly zones: ReadonlyMap<string, string | null>;
  readonly moves: readonly TransferDocument[];
  /** The node that the page asks. */
  readonly asked: string;
  readonly colourOf: (node: string) => string;
  readonly onSelect: (selection: Selection) => void;
}

export function DetailCard(props: DetailCardProps): VNode {
  const { selection, pointed } = props;
  const chosen = selection.type === 'partition' ? selection.partition : undefined;
  const partition = pointed ?? chosen;
  if (partition !== undefined) {
    return html`<${PartitionDetail} ...${props} partition=${partition} isChosen=${partition === chosen} />`;
  }
  if (selection.type === 'node') return html`<${NodeDetail} ...${props} node=${selection.node} />`;
  return html`
    <section class="card ring-detail" aria-label="Detail">
      <${PartitionPicker} ...${props} chosen=${undefined} />
      <p class="quiet">Point at a piece of the ring to see who keeps it. On the keyboard: Tab to the ring, then the arrow keys. Choose a node to see what it keeps.</p>
    </section>
  `;
}

interface PartitionDetailProps extends DetailCardProps {
  readonly partition: number;
  readonly isChosen: boolean;
}

function PartitionDetail(props: PartitionDetailProps): VNode {
  const { ring, lists, partition, isChosen, moves, standings, asked } = props;
  const { first, last } = hashRangeOf(partition, ring.partitionCount);
  const list = lists[partition] ?? [];
  const move = moves.find((one) => one.partition === partition);
  return html`
    <section class="card ring-detail" aria-label="Detail">
      <${PartitionPicker} ...${props} chosen=${partition} />
      <dl class="facts-list">
        <dt>Hashes</dt>
        <dd class="mono">${first}<span class="quiet"> to</span> ${last}</dd>
        <dt>Epoch</dt>
        <dd>${ring.partitions[partition]?.epoch ?? '–'} <span class="quiet small">of its last change</span></dd>
        <dt>Replicas</dt>
        <dd>
          <ol class="replicas">
            ${list.map((node) => html`<${Replica} key=${node} ...${props} node=${node} />`)}
          </ol>
        </dd>
        ${move && html`<dt>Moves</dt><dd>${changeText(flowOf(move, (node) => standings.has(node)))}: ${phraseOf(move.stage)}</dd>`}
        ${isChosen && list.includes(asked) && list.length > 1 && html`<${LastEqual} partition=${partition} asked=${asked} />`}
      </dl>
    </section>
  `;
}

interface PartitionPickerProps extends DetailCardProps {
  readonly chosen: number | undefined;
}

/** For those who have no pointer, or a number in mind. */
function PartitionPicker({ ring, chosen, selection, onSelect }: PartitionPickerProps): VNode {
  const count = ring.partitionCount;
  const go = (partition: number) => onSelect({ type: 'partition', partition });
  const step = (by: number) => () => go(((chosen ?? (by > 0 ? -1 : 0)) + by + count) % count);
  const onInput = (event: Event) => {
    const { value, valueAsNumber } = event.currentTarget as HTMLInputElement;
    if (value !== '' && valueAsNumber >= 0 && valueAsNumber < count) go(Math.floor(valueAsNumber));
  };
  return html`
    <div class="row partition-picker">
      <h2><label>Partition
        <input class="partition-number" type="number" min="0" max=${count - 1} value=${chosen ?? ''} onChange=${onInput} />
      </label> <span class="quiet small">of ${count.toLocaleString('en')}</span></h2>
      <span class="partition-steps">
        <button type="button" class="plain" aria-label="Partition before" onClick=${step(-1)}>‹</button>
        <button type="button" class="plain" aria-label="Next partition" onClick=${step(1)}>›</button>
        ${selection.type !== 'all' && html`<button type="button" class="plain" aria-label="Choose nothing" onClick=${() => onSelect(ALL)}>✕</button>`}
      </span>
    </div>
  `;
}

function Replica({ node, standings, zones, colourOf }: DetailCardProps & { node: string }): VNode {
  const standing = standings.get(node);
  const zone = zones.get(node);
  const isWell = standing?.gossip.tone === 'good';
  return html`
    <li><span class="replica">
      <span class="swatch" style=${{ background: colourOf(node) }}></span>
      <a href=${addressOf({ type: 'node', node })}>${node}</a>
      ${zone && html`<span class="quiet">${zone}</span>`}
      ${!isWell && html`<span class=${`badge ${standing?.gossip.tone ?? 'bad'}`}>${standing?.gossip.word ?? 'no member'}</span>`}
    </span></li>
  `;
}

const LAST_EQUAL_EVERY_MS = 5_000;

/** Only the node that is asked is asked: what two others know of each other is not told here. */
function LastEqual({ partition, asked }: { partition: number; asked: string }): VNode | null {
  const { document } = useLive<RepairDocument>('/cluster/repair', LAST_EQUAL_EVERY_MS);
  const peers = document?.partitions.find((one) => one.partition === partition)?.peers ?? [];
  if (peers.length === 0) return null;
  return html`
    <dt>Compared</dt>
    <dd>${peers.map(({ peer, agoMs }) => html`<div key=${peer}>${asked} and ${peer} ${agoMs === null ? 'not yet since it started' : html`had the same <strong>${durationText(agoMs / 1_000)}</strong> ago`}</div>`)}</dd>
  `;
}

function NodeDetail(props: DetailCardProps & { node: string }): VNode {
  const { node, lists, zones, standings, colourOf } = props;
  const { places, inAll } = partsOf(lists, node);
  const remark = standings.get(node)?.remark;
  return html`
    <section class="card ring-detail" aria-label="Detail">
      <${PartitionPicker} ...${props} chosen=${undefined} />
      <h3 class="node-title"><span class="swatch" style=${{ background: colourOf(node) }}></span> ${node}${zones.get(node) ? ` in ${zones.get(node)}` : ''}</h3>
      <p>${inAll === 0 ? 'It keeps no partition.' : `It keeps ${countText(inAll, 'partition')}: ${places.map((count, place) => `${count.toLocaleString('en')} as replica ${place + 1}`).join(', ')}. These are lit up.`}</p>
      ${remark && html`<p class="note">${remark}</p>`}
    </section>
  `;
}
