/** In a few words: how a node stands, and how the key does as a whole. */

import type { InspectedNode, InspectionDocument } from '../../client/inspection-document.ts';

export interface HoldingBadge {
  readonly tone: '' | 'good' | 'warn' | 'bad';
  readonly text: string;
}

const OUTCOMES: Readonly<Record<InspectedNode['outcome'], HoldingBadge | undefined>> = {
  ok: undefined,
  absent: { tone: '', text: 'has nothing' },
  damaged: { tone: 'bad', text: 'damaged' },
  silent: { tone: 'bad', text: 'silent' },
  refused: { tone: 'bad', text: 'refused' },
};

export function holdingBadges(node: InspectedNode): readonly HoldingBadge[] {
  const { role, outcome, behind, counted, version, compared } = node;
  const alone = Object.keys(compared?.alone ?? {}).length > 0;
  const badges = [
    { tone: '', text: role },
    OUTCOMES[outcome],
    behind === true && { tone: 'warn', text: 'behind' },
    alone && { tone: 'warn', text: 'knows what others do not' },
    version?.tombstone === true && { tone: '', text: 'deleted' },
    counted === false && { tone: 'warn', text: 'counts for no quorum yet' },
  ];
  return badges.filter((badge): badge is HoldingBadge => badge !== false && badge !== undefined);
}

/** A fallback that has nothing to keep. */
export function isIdle({ role, outcome }: InspectedNode): boolean {
  return role === 'fallback' && outcome === 'absent';
}

export interface HoldingSummary {
  readonly tone: 'good' | 'warn' | '';
  readonly badge: string;
  readonly text: string;
}

/** The worst first: who is not known, who is behind, and how many values there are. */
export function summaryOf(found: InspectionDocument): HoldingSummary {
  const { nodes, known, bucket } = found;
  const keepers = nodes.filter((node) => node.role !== 'fallback');
  const untold = keepers.filter(({ outcome }) => outcome === 'silent' || outcome === 'refused');
  const behind = keepers.filter((node) => node.behind === true);
  const hints = nodes.reduce((sum, node) => sum + (node.hints?.length ?? 0), 0);
  const values = known?.siblings.length ?? 0;
  const parts = [
    untold.length > 0 && `${namesOf(untold)} did not tell`,
    behind.length > 0 && `${namesOf(behind)} ${behind.length === 1 ? 'is' : 'are'} behind`,
    hints > 0 && `${hints} ${hints === 1 ? 'hint waits' : 'hints wait'}`,
    values > 1 && `${values} siblings`,
  ].filter((part) => part !== false);
  const isNothing = keepers.every(({ outcome }) => outcome === 'absent') && hints === 0;
  if (isNothing) return { tone: '', badge: 'nothing', text: 'No node has heard of this key.' };
  const what = bucket.mode === 'dynamo' ? 'replicas' : 'nodes';
  return {
    tone: behind.length === 0 && untold.length === 0 ? 'good' : 'warn',
    badge: badgeOf(what, behind.length, untold.length),
    text: parts.join(' · '),
  };
}

/** Who does not tell may hold the same. */
function badgeOf(what: string, behind: number, untold: number): string {
  if (behind > 0) return `${what} differ`;
  return untold > 0 ? 'not all have told' : `all ${what} agree`;
}

function namesOf(nodes: readonly InspectedNode[]): string {
  return nodes.map(({ node }) => node).join(', ');
}
