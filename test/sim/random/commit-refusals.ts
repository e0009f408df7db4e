/** Counts how often a write of an earlier epoch was refused in the very turn of the store. */

import { QuorateError } from '../../../src/kernel/errors.ts';
import { Admission } from '../../../src/replica/admission.ts';

/** From now on, in this process; asked for, how often since. */
export function countCommitRefusals(): () => number {
  let refusals = 0;
  const { admitToReplica } = Admission.prototype;
  Admission.prototype.admitToReplica = function (this: Admission, placed) {
    try {
      admitToReplica.call(this, placed);
    } catch (error) {
      if (error instanceof QuorateError && error.code === 'stale_epoch') refusals++;
      throw error;
    }
  };
  return () => refusals;
}
