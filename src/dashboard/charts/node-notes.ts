/** What has to be known of the nodes to read the charts rightly. */

import type { ActivityDocument } from '../../kernel/activity.ts';

/** `node`: the one that is shown; undefined: all are. */
export function nodeNotes(
  { nodes }: ActivityDocument,
  node: string | undefined,
): readonly string[] {
  if (node !== undefined && !nodes.some((entry) => entry.node === node)) {
    return [`${node} is not a member of this cluster.`];
  }
  const shown = nodes.filter((entry) => node === undefined || entry.node === node);
  const namesOf = (state: string) =>
    shown.filter((entry) => entry.state === state).map((entry) => entry.node);
  const [silent, older] = [namesOf('silent'), namesOf('does_not_say')];
  const rest = node === undefined ? ' The charts are of the others.' : '';
  return [
    ...(silent.length === 0 ? [] : [`${listed(silent)} not answer.${rest}`]),
    ...(older.length === 0
      ? []
      : [`${listed(older)} not say what is done: an older version of Quorate runs there.${rest}`]),
  ];
}

function listed(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'does' : 'do'}`;
}
