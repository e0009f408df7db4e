/** Whether a run found what theory says, and if not, where it differs. */

import type { Claim } from '../experiment.ts';
import type { JudgedHistory } from '../judged-histories.ts';
import type { Results } from '../run-folder.ts';

export interface RunVerdict {
  readonly isWell: boolean;
  /** Claims that do not hold. */
  readonly failed: readonly Claim[];
  /** Histories that were judged otherwise than theory says, or not to an end. */
  readonly surprises: readonly JudgedHistory[];
  /** In a few words. */
  readonly headline: string;
}

export function runVerdict({ claims, histories }: Results): RunVerdict {
  const failed = claims.filter(({ holds }) => !holds);
  const surprises = histories.filter(isSurprise);
  const isWell = failed.length === 0 && surprises.length === 0;
  return { isWell, failed, surprises, headline: headlineOf(claims, failed, surprises) };
}

export function isSurprise({ expected, verdict }: JudgedHistory): boolean {
  return expected !== 'either' && verdict !== expected;
}

function headlineOf(
  claims: readonly Claim[],
  failed: readonly Claim[],
  surprises: readonly JudgedHistory[],
): string {
  if (failed.length > 0) {
    return `${failed.length} of ${claimsText(claims.length)} ${failed.length === 1 ? 'does' : 'do'} not hold`;
  }
  if (surprises.length > 0) {
    const all = surprises.length === 1 ? 'A history was' : `${surprises.length} histories were`;
    return `${all} not judged as theory says`;
  }
  if (claims.length === 0) return 'Nothing was claimed';
  return claims.length === 1 ? 'The claim holds' : `All ${claims.length} claims hold`;
}

function claimsText(count: number): string {
  return count === 1 ? '1 claim' : `${count} claims`;
}
