/** A key that was looked into, for people: a row for each record, and the values below. */

import {
  actorNames,
  type ClockDocument,
  dotName,
  type HeldContent,
  type HeldSibling,
  type HeldVersion,
  type InspectedNode,
  type InspectionDocument,
  type Standing,
} from '../client/inspection-document.ts';
import { tableText } from './table-text.ts';
import { visible } from './terminal-text.ts';

type Names = (actor: string) => string;

const NOTHING = '-';
/** Longer values are cut. */
const SHOWN_CHARACTERS_MAX = 60;

export function inspectionText(found: InspectionDocument): string {
  const { nodes } = found;
  const idle = nodes.filter(isIdleFallback).map(({ node }) => node);
  const shown = nodes.filter((node) => !isIdleFallback(node));
  const lines = [
    ...placeLines(found),
    '',
    tableOf(found, shown),
    ...(idle.length === 0 ? [] : ['', `nothing of it on ${idle.join(', ')}`]),
    ...valueLines(found),
  ];
  return lines.join('\n');
}

function isIdleFallback({ role, outcome }: InspectedNode): boolean {
  return role === 'fallback' && outcome === 'absent';
}

function placeLines(found: InspectionDocument): readonly string[] {
  const { bucket, key, keyBase64, hash, partition, epoch, replicas, move } = found;
  const name = key === undefined ? `base64 ${keyBase64}` : visible(key);
  const head = `${bucket.name}/${name}, mode ${bucket.mode}, hash ${hash}`;
  if (partition === null) return [head, 'kept by every member, in the log of the metadata group'];
  const place = `partition ${partition} at epoch ${epoch}, on ${replicas.join(', ')}`;
  if (move === null) return [head, place];
  const lists = `from ${move.from.join(', ')} to ${move.to.join(', ')}`;
  return [head, place, `moving, stage ${move.stage}: ${lists}`];
}

function tableOf(found: InspectionDocument, nodes: readonly InspectedNode[]): string {
  switch (found.bucket.mode) {
    case 'dynamo': {
      const names = actorNames(found);
      const head = ['node', 'as', 'answer', 'version', 'clock', 'siblings', 'difference'];
      return tableText(
        head,
        nodes.flatMap((node) => versionRows(node, names)),
      );
    }
    case 'paxos': {
      const head = ['node', 'as', 'answer', 'promised', 'accepted', 'value from', 'difference'];
      return tableText(
        head,
        nodes.map((node) => registerRow(node, found.chosen ?? null)),
      );
    }
    case 'raft': {
      const head = ['node', 'as', 'answer', 'applied', 'revision', 'lease', 'difference'];
      return tableText(head, nodes.map(valueRow));
    }
  }
}

/** Of its record, and one more for each hint that it keeps. */
function versionRows(node: InspectedNode, names: Names): readonly (readonly string[])[] {
  const { version, compared, hints = [], outcome, role } = node;
  const own = [node.node, role, outcome, ...versionCells(version, names)];
  const marks = [...standingMarks(compared, names), ...nodeMarks(node)];
  const kept = hints.map((hint) => [
    node.node,
    `hint for ${hint.target}`,
    hint.version === null ? 'damaged' : 'ok',
    ...versionCells(hint.version, names),
    standingMarks(hint.compared, names).join('; '),
  ]);
  return role === 'fallback' && !version && kept.length > 0
    ? kept
    : [[...own, marks.join('; ')], ...kept];
}

function versionCells(version: HeldVersion | null | undefined, names: Names): readonly string[] {
  if (!version) return [NOTHING, NOTHING, NOTHING];
  const { digest, clock, tombstone, siblings } = version;
  const dots = siblings.map(({ dot }) => dotName(dot, names)).join(' ');
  return [digest, clockText(clock, names), tombstone ? 'deleted' : dots];
}

function standingMarks(standing: Standing | null | undefined, names: Names): readonly string[] {
  if (!standing) return [];
  const { behind, lacks, alone, replaced } = standing;
  return [
    ...(behind ? ['BEHIND'] : []),
    ...mark('lacks', clockText(lacks, names)),
    ...mark('has alone', clockText(alone, names)),
    ...mark('still has', replaced.map((dot) => dotName(dot, names)).join(' ')),
  ];
}

function nodeMarks({ problem, counted }: InspectedNode): readonly string[] {
  return [
    ...(problem === undefined ? [] : [`${problem.code}: ${visible(problem.detail)}`]),
    ...(counted === false ? ['counts for no quorum: its start is not registered'] : []),
  ];
}

function mark(name: string, text: string): readonly string[] {
  return text === '' ? [] : [`${name} ${text}`];
}

function clockText(clock: ClockDocument, names: Names): string {
  return Object.entries(clock)
    .map(([actor, counter]) => `${names(actor)}:${counter}`)
    .join(' ');
}

function registerRow(node: InspectedNode, chosen: string | null): readonly string[] {
  const { register, behind, role, outcome } = node;
  const { promised, accepted, version, content, copied } = register ?? {};
  const marks = [
    ...(behind === true ? ['BEHIND'] : []),
    ...(chosen !== null && accepted === chosen ? ['chosen'] : []),
    ...(copied === true ? ['copied, no vote'] : []),
    ...nodeMarks(node),
  ];
  const value = content === null && version ? `deleted at ${version}` : (version ?? NOTHING);
  const ballots = [promised ?? NOTHING, accepted ?? NOTHING, value];
  return [node.node, role, outcome, ...ballots, marks.join('; ')];
}

function valueRow(node: InspectedNode): readonly string[] {
  const { value, behind, role, outcome, appliedIndex } = node;
  const marks = [...(behind === true ? ['BEHIND'] : []), ...nodeMarks(node)];
  const cells = [appliedIndex, value?.revision, value?.lease].map((cell) =>
    String(cell ?? NOTHING),
  );
  return [node.node, role, outcome, ...cells, marks.join('; ')];
}

/** Each value once, with the nodes that have it. */
function valueLines(found: InspectionDocument): readonly string[] {
  const names = actorNames(found);
  const values = new Map<string, { readonly content: HeldContent; readonly on: string[] }>();
  for (const { name, content, node } of found.nodes.flatMap((one) => contentsOf(one, names))) {
    const known = values.get(name);
    if (known === undefined) values.set(name, { content, on: [node] });
    else if (!known.on.includes(node)) known.on.push(node);
  }
  if (values.size === 0) return [];
  const rows = [...values].map(([name, { content, on }]) => [
    name,
    content.contentType,
    `${content.bytes} bytes`,
    on.join(', '),
    valueText(content),
  ]);
  return ['', tableText(['value', 'type', 'size', 'on', 'content'], rows)];
}

function contentsOf(one: InspectedNode, names: Names) {
  const { node, version, hints = [], register, value } = one;
  const siblings = [version, ...hints.map((hint) => hint.version)].flatMap(
    (held): readonly HeldSibling[] => held?.siblings ?? [],
  );
  return [
    ...siblings.map((content) => ({ name: dotName(content.dot, names), content, node })),
    ...(register?.content
      ? [{ name: register.version ?? '', content: register.content, node }]
      : []),
    ...(value ? [{ name: String(value.revision), content: value, node }] : []),
  ];
}

function valueText({ value, valueBase64, headBase64 }: HeldContent): string {
  if (value !== undefined) return cut(visible(value));
  if (valueBase64 !== undefined) return cut(`base64 ${valueBase64}`);
  return headBase64 === undefined ? NOTHING : cut(`begins in base64 with ${headBase64}`);
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}...`;
}
