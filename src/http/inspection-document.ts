/** What was found of a key that was looked into, as JSON: see inspection-schemas.ts. */

import { bufferOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  actorText,
  type Ballot,
  ballotOfList,
  ballotText,
  type Compared,
  clockTexts,
  dotText,
  type HeldContent,
  type HeldHint,
  type HeldKey,
  type HeldRegister,
  type HeldSibling,
  type HeldValue,
  type HeldVersion,
  type InspectedKey,
  type InspectedNode,
  isZero,
  type Standing,
  versionDigest,
  wallTimeOf,
} from '../node/index.ts';
import { keyDocument } from './list-route.ts';
import { isoTime } from './representation.ts';
import { valueDocument } from './value-document.ts';
import { DEFAULT_CONTENT_TYPE } from './value-headers.ts';

export function inspectionDocument(found: InspectedKey, askedNode: string) {
  const { bucket, key, hash, place, nodes } = found;
  const { name, mode, n, conflict } = bucket;
  return {
    node: askedNode,
    bucket: { name, mode, ...(mode !== 'raft' && { n }), ...(mode === 'dynamo' && { conflict }) },
    ...keyDocument(key),
    hash: hex64(hash),
    ...placeDocument(place),
    ...togetherDocument(found),
    actors: actorsOf(nodes),
    nodes: nodes.map(nodeDocument),
  };
}

function placeDocument(place: InspectedKey['place']) {
  if (place === undefined) {
    return { partition: null, epoch: null, replicas: [], fallbacks: [], move: null };
  }
  const { partition, epoch, replicas, fallbacks, move } = place;
  const { stage, from, to } = move ?? {};
  return {
    partition,
    epoch,
    replicas,
    fallbacks,
    move: move === undefined ? null : { stage, from, to },
  };
}

function togetherDocument({ bucket, known, chosen }: InspectedKey) {
  if (bucket.mode === 'paxos') return { chosen: ballotOrNull(chosen) };
  if (known === undefined) return {};
  const { clock, siblings } = known;
  if (clock.length === 0) return { known: null };
  const dots = siblings.map(({ dot }) => dotText(dot));
  return {
    known: { digest: hex64(versionDigest(known)), clock: clockTexts(clock), siblings: dots },
  };
}

/** Nodes by their actors, as far as those that told something know their own. */
function actorsOf(nodes: readonly InspectedNode[]): Readonly<Record<string, string>> {
  const owners = new Map<string, string>();
  const told = nodes.flatMap(({ node, answer }) =>
    answer.outcome === 'told' ? [{ node, held: answer.held }] : [],
  );
  for (const { node, held } of told) {
    for (const { self } of versionsIn(held)) if (self !== null) owners.set(actorText(self), node);
  }
  const minters = new Map(told.map(({ node, held }) => [held.lineage, node]));
  for (const { clock } of told.flatMap(({ held }) => versionsIn(held))) {
    for (const dot of clock) {
      const minter = minters.get(dot.lineage);
      if (minter !== undefined) owners.set(actorText(dot), minter);
    }
  }
  return Object.fromEntries(owners);
}

function versionsIn({ holding }: HeldKey): readonly HeldVersion[] {
  if (holding.mode !== 'dynamo') return [];
  const all = [holding.record, ...holding.hints.map(({ version }) => version)];
  return all.filter((version) => version !== null && version !== 'damaged');
}

function nodeDocument({ node, role, reachable, tookMs, answer, compared }: InspectedNode) {
  const asked = { node, role, reachable, tookMs: Math.round(tookMs * 1_000) / 1_000 };
  if (answer.outcome !== 'told') {
    const { outcome, error } = answer;
    const code = error instanceof QuorateError ? error.code : error.failure;
    return { ...asked, outcome, problem: { code, detail: error.message } };
  }
  const { epoch, applied, counted } = answer.held;
  return {
    ...asked,
    outcome: outcomeOf(answer.held),
    epoch,
    appliedIndex: applied,
    counted,
    behind: compared?.behind ?? false,
    ...holdingDocument(answer.held, compared),
  };
}

function outcomeOf({ holding }: HeldKey): 'ok' | 'absent' | 'damaged' {
  const records = recordsIn(holding);
  if (records.includes('damaged')) return 'damaged';
  return records.every((record) => record === null) ? 'absent' : 'ok';
}

function recordsIn(holding: HeldKey['holding']): readonly unknown[] {
  switch (holding.mode) {
    case 'dynamo':
      return [holding.record, ...holding.hints.map(({ version }) => version)];
    case 'paxos':
      return [holding.register];
    case 'raft':
      return [holding.value];
  }
}

function holdingDocument({ holding }: HeldKey, compared: Compared | undefined) {
  switch (holding.mode) {
    case 'dynamo': {
      const { record, hints } = holding;
      return {
        version: record === null || record === 'damaged' ? null : versionDocument(record),
        compared: standingDocument(compared?.record),
        hints: hints.map((hint, at) => hintDocument(hint, compared?.hints[at])),
      };
    }
    case 'paxos': {
      const { register } = holding;
      const isWhole = register !== null && register !== 'damaged';
      return { register: isWhole ? registerDocument(register) : null };
    }
    case 'raft':
      return { value: holding.value === null ? null : raftValueDocument(holding.value) };
  }
}

function hintDocument({ target, storedAt, version }: HeldHint, standing: Standing | undefined) {
  const isWhole = version !== 'damaged';
  return {
    target,
    since: isoTime(storedAt),
    version: isWhole ? versionDocument(version) : null,
    compared: standingDocument(standing),
  };
}

function versionDocument({ digest, clock, siblings }: HeldVersion) {
  return {
    digest: hex64(digest),
    clock: clockTexts(clock),
    tombstone: siblings.length === 0,
    siblings: siblings.map(siblingDocument),
  };
}

function standingDocument(standing: Standing | undefined) {
  if (standing === undefined) return null;
  const { behind, lacks, alone, replaced } = standing;
  return {
    behind,
    lacks: clockTexts(lacks),
    alone: clockTexts(alone),
    replaced: replaced.map(dotText),
  };
}

function siblingDocument(sibling: HeldSibling) {
  const { dot, hlc } = sibling;
  return { dot: dotText(dot), wallTime: isoTime(wallTimeOf(hlc)), ...contentDocument(sibling) };
}

function registerDocument({ promised, accepted, copied, version, content }: HeldRegister) {
  return {
    promised: ballotOrNull(ballotOfList(promised)),
    accepted: ballotOrNull(ballotOfList(accepted)),
    copied,
    version: ballotOrNull(ballotOfList(version)),
    content: content === null ? null : contentDocument(content),
  };
}

function raftValueDocument(value: HeldValue) {
  const { revision, lease } = value;
  return { revision, lease, ...contentDocument(value) };
}

function contentDocument({ contentType, meta, expiresAt, bytes, head }: HeldContent) {
  return {
    contentType: contentType || DEFAULT_CONTENT_TYPE,
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
    ...(expiresAt !== null && { expiresAt: isoTime(expiresAt) }),
    bytes,
    ...(head.length === bytes ? valueDocument(head) : cutDocument(head)),
  };
}

function cutDocument(head: Uint8Array) {
  const told = head.length > 0 && { headBase64: bufferOf(head).toString('base64') };
  return { omitted: true, ...told };
}

/** Null: none. */
function ballotOrNull(ballot: Ballot | undefined): string | null {
  return ballot === undefined || isZero(ballot) ? null : ballotText(ballot);
}

/** JSON has no numbers of 64 bits. */
function hex64(number: bigint): string {
  return number.toString(16).padStart(16, '0');
}
