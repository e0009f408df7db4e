/** What staged changes would do: who gains and loses what, and how much has to travel. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { PlannedNode, RingPlan } from '../../client/ring-documents.ts';
import { bytesText } from '../../kernel/bytes-text.ts';

export function PlanReview({ plan }: { plan: RingPlan }): VNode {
  const { moves, movedPlaces, movedPlacesLeast, bytesToMove, before, after, nodes, warnings } =
    plan;
  return html`
    <p>
      <strong>${moves}</strong> moves, <strong>${movedPlaces}</strong> copies of a partition
      (${movedPlacesLeast} at least), ${knownBytes(bytesToMove)} to copy.
      Farthest from its share: ${before.farthestFromShare.toFixed(1)} places now, ${after.farthestFromShare.toFixed(1)} then.
      ${
        before.zonesViolated.length + after.zonesViolated.length > 0 &&
        html` Partitions in fewer zones than there could be: ${before.zonesViolated.length} now, ${after.zonesViolated.length} then.`
      }
    </p>
    ${warnings.map(({ detail }) => html`<p class="note">${detail}</p>`)}
    <div class="scroll">
      <table class="plan">
        <thead>
          <tr>
            <th>Node</th><th>Is then</th><th>Zone</th><th class="number">Weight</th><th>Places now and then</th>
            <th class="number">Gains</th><th class="number">Loses</th><th class="number">Copied to it</th>
          </tr>
        </thead>
        <tbody>${nodes.map((node) => html`<${PlanRow} node=${node} most=${mostPlaces(nodes)} />`)}</tbody>
      </table>
    </div>
  `;
}

function PlanRow({ node, most }: { node: PlannedNode; most: number }): VNode {
  const { placesBefore, placesAfter, gained, lost } = node;
  return html`
    <tr>
      <th scope="row">${node.node}</th>
      <td>${node.status}</td>
      <td>${node.zone ?? '–'}</td>
      <td class="number">${node.weight}</td>
      <td>
        <div class="places">
          <span>${placesBefore} → ${placesAfter}</span>
          <span class="bar before" style=${{ width: `${(100 * placesBefore) / most}%` }}></span>
          <span class="bar after" style=${{ width: `${(100 * placesAfter) / most}%` }}></span>
        </div>
      </td>
      <td class="number">${gained.length}</td>
      <td class="number">${lost.length}</td>
      <td class="number">${knownBytes(node.bytesGained)}</td>
    </tr>
  `;
}

function mostPlaces(nodes: readonly PlannedNode[]): number {
  return Math.max(
    1,
    ...nodes.flatMap(({ placesBefore, placesAfter }) => [placesBefore, placesAfter]),
  );
}

function knownBytes(bytes: number | null): string {
  return bytes === null ? 'unknown' : `about ${bytesText(bytes)}`;
}
