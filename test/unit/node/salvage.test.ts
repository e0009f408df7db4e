import { describe, expect, it } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { demandOpen } from '../../../src/node/salvage.ts';
import { founded, Log, seed, seeds } from '../metadata/cluster.ts';

/** n1 lives, n2 was removed, n3 has left; all were started. */
function changed(): Log {
  const log = new Log(founded({ nodes: seeds(5), drawRing: true }));
  for (const no of [1, 2, 3, 4, 5]) {
    const { address, directoryId } = seed(no);
    const start = {
      nodeNo: no,
      directoryId,
      address,
      bootNumber: 1,
      since: [0],
      version: LATEST_VERSION,
      life: no,
    };
    log.must({ type: 'register_start', ...start });
  }
  log.change({ type: 'remove', node: 'n2', acceptLoss: false }, { type: 'leave', node: 'n3' });
  log.carryOut();
  log.must({ type: 'retire_node', name: 'n3' });
  return log;
}

const directory = (no: number) => {
  const { name, directoryId } = seed(no);
  return { clusterId: '0123456789abcdef', nodeNo: no, name, directoryId };
};

describe('the directory of a node', () => {
  it('is taken from while it is dead and its salvage is open', () => {
    const log = changed();
    demandOpen(log.state, directory(2));
    log.must({ type: 'close_salvage', name: 'n2' });
    expect(() => demandOpen(log.state, directory(2))).toThrow(
      expect.objectContaining({
        code: 'salvage_refused',
        message: expect.stringContaining('n2 had its salvage closed'),
      }),
    );
  });

  it.each([
    ['a node that lives', directory(1), 'salvage_refused', 'start it'],
    ['one that has left', directory(3), 'salvage_refused', 'handed over'],
    ['another cluster', { ...directory(2), clusterId: 'f'.repeat(16) }, 'not_a_member', 'cluster'],
    ['another directory', { ...directory(2), directoryId: 'x' }, 'not_a_member', 'not that of'],
    ['another name', { ...directory(2), name: 'n1' }, 'not_a_member', 'not that of'],
    ['nobody', { ...directory(2), nodeNo: 99 }, 'not_a_member', 'not that of'],
  ])('is refused where it is that of %s', (_, who, code, text) => {
    const message = expect.stringContaining(text);
    expect(() => demandOpen(changed().state, who)).toThrow(
      expect.objectContaining({ code, message }),
    );
  });
});
