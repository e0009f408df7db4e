import { describe, expect, test } from 'vitest';
import { clusterVersion, LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { address, founded, Log, restored, seed } from './cluster.ts';

const BEFORE = LATEST_VERSION - 1;
const tooOld = { ok: false, code: 'version_too_old' };

function start(nodeNo: number, bootNumber: number, version: number) {
  return {
    type: 'register_start' as const,
    nodeNo,
    directoryId: `directory-${nodeNo}`,
    bootNumber,
    since: bootNumber === 1 ? [] : [bootNumber - 1],
    life: bootNumber,
    address: address(nodeNo),
    version,
  };
}

/** Three nodes of the version before. */
function older(): Log {
  const nodes = [1, 2, 3].map((no) => ({ ...seed(no), version: BEFORE }));
  return new Log(founded({ nodes }));
}

const versionOf = (log: Log) => clusterVersion(log.state.members());

describe('the version of a cluster', () => {
  test('is the latest that all of its members understand', () => {
    const log = older();
    for (const no of [1, 2]) {
      log.must(start(no, 1, LATEST_VERSION));
      expect(versionOf(log)).toBe(BEFORE);
    }
    log.must(start(3, 1, LATEST_VERSION));
    expect(versionOf(log)).toBe(LATEST_VERSION);
    expect(restored(log.state).nodes()).toEqual(log.state.nodes());
  });

  test('is held back by a member that has not started since it was admitted', () => {
    const log = new Log(founded({ nodes: [{ ...seed(1), version: BEFORE }, seed(2)] }));
    expect(versionOf(log)).toBe(BEFORE);
  });

  test('is not held back by who is dead', () => {
    const log = new Log(
      founded({ nodes: [{ ...seed(1), version: BEFORE }, seed(2), seed(3)], drawRing: true }),
    );
    expect(versionOf(log)).toBe(BEFORE);
    log.change({ type: 'remove', node: 'n1', acceptLoss: true });
    expect(versionOf(log)).toBe(LATEST_VERSION);
  });
});

describe('an older program', () => {
  test('may come back while another member runs one', () => {
    const log = older();
    log.must(start(1, 1, LATEST_VERSION));
    log.must(start(1, 2, BEFORE));
    expect(log.state.node(1)).toMatchObject({ version: BEFORE, bootNumber: 2 });
  });

  test('is not started any more when all have been upgraded', () => {
    const log = older();
    for (const no of [1, 2, 3]) log.must(start(no, 1, LATEST_VERSION));
    const before = log.state.nodes();
    const refused = log.run(start(1, 2, BEFORE));
    expect(refused).toMatchObject(tooOld);
    expect(refused).toMatchObject({
      detail: expect.stringContaining(`n1 understands version ${BEFORE}`),
    });
    expect(log.state.nodes()).toBe(before);
  });

  test('is admitted where all members may still run it, and not where none does', () => {
    const joining = { type: 'admit_node' as const, ...seed(4), version: BEFORE };
    expect(older().run(joining)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(new Log().run(joining)).toMatchObject(tooOld);
  });
});

test('who asks again before its first start may do so with another program', () => {
  const log = older();
  const joining = { type: 'admit_node' as const, ...seed(4) };
  log.must(joining);
  log.must({ ...joining, version: BEFORE });
  expect(log.state.node(4)).toMatchObject({ version: BEFORE, bootNumber: 0 });
});
