/** The salvage of dead nodes, and how reaping waits for it: protocols.md, section 5. */

import { describe, expect, test } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { founded, Log, restored, seed, seeds } from './cluster.ts';

/** Four nodes that were started once, and n5 that has no places yet. */
function started(): Log {
  const log = new Log(founded({ nodes: seeds(4), drawRing: true }));
  for (const no of [1, 2, 3, 4]) log.must(startOf(no));
  log.must({ type: 'admit_node', ...seed(5) });
  return log;
}

function startOf(no: number) {
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
  return { type: 'register_start' as const, ...start };
}

const remove = (node: string) => ({ type: 'remove' as const, node, acceptLoss: false });
const salvageOf = ({ state }: Log, node: string) => state.nodeNamed(node)?.salvage;
const beginReaping = (log: Log) => log.run({ type: 'begin_reaping', partitions: [log.at(0)] });
const close = (log: Log, name: string) => log.run({ type: 'close_salvage', name });

/** Whatever moves has arrived. */
function dead(node: string, log = started()): Log {
  log.change(remove(node));
  log.carryOut();
  return log;
}

describe('the salvage of a node', () => {
  test('is open from the turn in which it is declared dead: removed, or replaced', () => {
    const log = started();
    log.stage(remove('n2'));
    expect(salvageOf(log, 'n2')).toBeUndefined();
    log.commit();
    log.change({ type: 'replace', dead: 'n3', by: 'n5', acceptLoss: true });
    expect(salvageOf(log, 'n2')).toBe('open');
    expect(salvageOf(log, 'n3')).toBe('open');
    for (const node of ['n1', 'n4', 'n5']) expect(salvageOf(log, node)).toBeUndefined();
    expect(restored(log.state).nodes()).toEqual(log.state.nodes());
  });

  test('is none of a node that left', () => {
    const log = started();
    log.change({ type: 'leave', node: 'n2' });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n2' });
    expect(salvageOf(log, 'n2')).toBeUndefined();
    expect(close(log, 'n2')).toMatchObject({ ok: false, code: 'salvage_refused' });
  });

  test('is closed from the beginning where it was never started, and holds nothing', () => {
    const log = started();
    log.change({ type: 'join', node: 'n5' });
    log.change(remove('n5'));
    expect(salvageOf(log, 'n5')).toBe('closed');
  });

  test('is closed once, and not opened again when the dead is removed again', () => {
    const log = started();
    log.change(remove('n2'));
    expect(close(log, 'n2')).toEqual({ ok: true, type: 'close_salvage' });
    expect(log.state.epoch).toBe(log.state.index);
    expect(salvageOf(log, 'n2')).toBe('closed');
    const nodes = log.state.nodes();
    expect(close(log, 'n2')).toMatchObject({ ok: true });
    expect(log.state.nodes()).toBe(nodes);
    // It is in the ring until its places have moved: it can be declared dead in another way.
    log.change({ type: 'replace', dead: 'n2', by: 'n5', acceptLoss: true });
    expect(log.state.nodeNamed('n2')).toMatchObject({ replacedBy: 'n5', salvage: 'closed' });
    expect(restored(log.state).nodes()).toEqual(log.state.nodes());
  });

  test('is not closed of a member, nor of nobody', () => {
    const log = dead('n2');
    expect(close(log, 'n1')).toMatchObject({ ok: false, code: 'salvage_refused' });
    expect(close(log, 'n9')).toMatchObject({ ok: false, code: 'not_a_member' });
  });

  test('is what its directory is told of at a start', () => {
    const log = dead('n2');
    const again = { ...startOf(2), bootNumber: 2, since: [2], life: 9 };
    expect(log.run(again)).toMatchObject({
      code: 'replaced',
      detail: expect.stringContaining('quorate salvage'),
    });
    close(log, 'n2');
    expect(log.run(again)).toMatchObject({
      code: 'replaced',
      detail: expect.stringContaining('its salvage is closed'),
    });
  });
});

describe('a round of reaping', () => {
  test('is not begun while a salvage is open, and is when all are closed', () => {
    const log = dead('n3', dead('n2'));
    for (const open of ['n2, n3', 'n3']) {
      expect(beginReaping(log)).toMatchObject({
        ok: false,
        code: 'salvage_open',
        detail: expect.stringContaining(`salvage of ${open} is open`),
      });
      expect(log.state.reapNumbers()).toEqual([]);
      close(log, open.split(', ')[0] as string);
    }
    expect(beginReaping(log)).toMatchObject({ ok: true });
    expect(log.state.reapNumbers()[0]).toBe(log.state.index);
  });
});
