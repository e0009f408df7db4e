import { describe, expect, it } from 'vitest';
import { LAN } from '../../../src/gossip/options.ts';
import { deadOf, suspectOf, Table } from './table.ts';

/** The one ping that is under way. */
function pingOf(table: Table) {
  const pings = table
    .messages()
    .flatMap(({ to, message }) => (message.type === 'ping' ? [{ to, message }] : []));
  expect(pings).toHaveLength(1);
  return pings[0] as (typeof pings)[number];
}

describe('ProbeNode', () => {
  it('_Buddy: a ping to a suspect carries the accusation first', () => {
    const table = new Table([1, 2], { lastCalls: 0 });
    table.joined(2);
    table.say(2, suspectOf(2, 1, 9));
    table.pass(0);
    const { to, message } = pingOf(table);
    expect(to).toBe(2);
    expect(message.news[0]).toEqual(suspectOf(2, 1, 9));
  });

  it('_Awareness_Degraded: with all nacks the own health is not in question', () => {
    const table = new Table([1, 2, 3, 4]);
    table.joined(2, 3, 4);
    table.pass(600);
    const asked = table.messages().filter(({ message }) => message.type === 'indirect_ping');
    expect(asked.map(({ to }) => to)).toEqual([2, 3]);
    for (const { to } of asked) table.gossip.receive(to, { type: 'nack', probe: 1 }, table.nowMs);
    table.pass(400);
    expect(table.stateOf(4)).toBe('suspect');
    expect(table.gossip.status().awareness).toBe(0);
  });

  it('_Awareness_MissedNack: each nack that is missing counts', () => {
    const table = new Table([1, 2, 3, 4]);
    table.joined(2, 3, 4);
    table.pass(600);
    table.gossip.receive(2, { type: 'nack', probe: 1 }, table.nowMs);
    table.gossip.receive(2, { type: 'nack', probe: 1 }, table.nowMs);
    table.gossip.receive(4, { type: 'nack', probe: 1 }, table.nowMs);
    table.pass(400);
    expect(table.gossip.status().awareness).toBe(1);
  });

  it('_Awareness_Improved: a probe that succeeds makes it better', () => {
    const table = new Table([1, 2], { lastCalls: 0 });
    table.joined(2);
    table.pass(1_000);
    expect(table.gossip.status().awareness).toBe(1);
    table.ack(2, 2);
    expect(table.gossip.status().awareness).toBe(0);
  });

  it('scales the interval and not the timeout', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.pass(1_000);
    expect(table.gossip.status().awareness).toBe(1);
    table.messages();
    table.pass(499);
    expect(table.messages().some(({ message }) => message.type === 'indirect_ping')).toBe(false);
    table.pass(1_500);
    expect(table.gossip.status().counters.probesFailed).toBe(1);
    table.pass(1);
    expect(table.gossip.status().counters.probesFailed).toBe(2);
  });
});

describe('an ack', () => {
  it('counts until the end of the interval', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.pass(999);
    table.ack(3, 1);
    table.pass(1);
    expect(table.stateOf(3)).toBe('alive');
  });

  it('of another member, or relayed by one that was not asked, is none', () => {
    const table = new Table([1, 2, 3, 4, 5], { proxies: 1 });
    table.joined(2, 3, 4, 5);
    table.pass(600);
    table.ack(4, 1);
    table.gossip.receive(3, { type: 'indirect_ack', probe: 1 }, table.nowMs);
    expect(table.gossip.status().probesUnderWay).toBe(1);
    table.gossip.receive(2, { type: 'indirect_ack', probe: 1 }, table.nowMs);
    expect(table.gossip.status().probesUnderWay).toBe(0);
  });

  it('tells how the clocks stand to each other', () => {
    let wallMs = 1_000_000;
    const table = new Table([1, 2], { wallTimeMs: () => wallMs });
    table.joined(2);
    table.pass(0);
    const { message } = pingOf(table);
    expect(message).toMatchObject({ wallTimeMs: 1_000_000 });
    table.nowMs = 40;
    // The own clock is set meanwhile: that changes nothing about the round trip.
    wallMs = 0;
    const { sender } = message;
    table.gossip.receive(
      2,
      {
        type: 'ack',
        probe: 1,
        sender: { ...sender, member: 2 },
        pingWallTimeMs: 1_000_000,
        wallTimeMs: 1_000_720,
        news: [],
      },
      40,
    );
    expect(table.gossip.clockOffsets()).toEqual([{ member: 2, offsetMs: 700, errorMs: 20 }]);
  });
});

describe('nobody is probed', () => {
  it('who is dead, left, or was never heard', () => {
    const table = new Table([1, 2, 3, 4]);
    table.joined(2, 3);
    table.say(2, deadOf(2, 1, 9), deadOf(3, 1, 3));
    table.pass(5_000);
    expect(table.messages().some(({ message }) => message.type === 'ping')).toBe(false);
  });
});

it('pings and acks leave before everything else', () => {
  const table = new Table([1, 2, 3]);
  table.joined(2, 3);
  table.gossip.tick(LAN.rejoinIntervalMs);
  const types = table.messages().map(({ message }) => message.type);
  expect(types).toContain('ping');
  expect(types).toContain('gossip');
  expect(types.lastIndexOf('ping')).toBeLessThan(types.indexOf('gossip'));
});
