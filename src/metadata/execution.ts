/**
 * What each command does to the tables. All checks of a command come before its first change.
 */

import { unreachable } from '../kernel/invariant.ts';
import type { Command, RingCommand } from './command.ts';
import { idMarksRaised } from './epoch-raises.ts';
import { openSalvages } from './node-record.ts';
import { roundBegun } from './reap-rounds.ts';
import { type CommandReply, type CommandSuccess, refusalOf } from './reply.ts';
import type { Tables } from './tables.ts';
import { deleteValue, putValue, updateValue } from './value-commands.ts';

/**
 * Carries a command out, whole, or changes nothing and answers with a refusal. A change that has
 * an id and ran before is answered as it was then.
 */
export function executeCommand(tables: Tables, command: Command, index: number): CommandReply {
  const run = () => carryOut(tables, command, index);
  if (!('requestId' in command) || command.requestId === undefined) return run();
  const { requestId, bucketNumber, key } = command;
  return tables.outcomes.run({ requestId, bucketNumber, key }, run);
}

function carryOut(tables: Tables, command: Command, index: number): CommandReply {
  try {
    return execute(tables, command, index);
  } catch (error) {
    return refusalOf(error);
  }
}

/** Throws `QuorateError` before it has changed anything. */
function execute(tables: Tables, command: Command, index: number): CommandSuccess {
  const { nodes, buckets, leases, values, sessions } = tables;
  const { type } = command;
  switch (type) {
    case 'admit_node': {
      const { nodeNo, changed } = nodes.admit(command);
      if (changed) tables.epoch = index;
      return { ok: true, type, nodeNo };
    }
    case 'register_start': {
      const moved = nodes.registerStart(command);
      if (moved) tables.epoch = index;
      sessions.open(command.nodeNo, command.life);
      return { ok: true, type };
    }
    case 'draw_ring':
    case 'stage_change':
    case 'unstage_changes':
    case 'commit_changes':
    case 'abort_changes':
    case 'begin_moves':
    case 'advance_moves':
    case 'retire_node':
      changeRing(tables, command, index);
      return { ok: true, type };
    case 'put_bucket': {
      const { name, settings, createOnly } = command;
      const { bucket, created, changed } = buckets.put(name, settings, createOnly, index);
      if (changed) tables.epoch = index;
      return { ok: true, type, bucket, created };
    }
    case 'delete_bucket': {
      const { number, mode } = buckets.delete(command.name);
      if (mode === 'raft') values.deleteBucket(number, index);
      tables.epoch = index;
      return { ok: true, type, number };
    }
    case 'put_value':
      return { ok: true, type, revision: index, existed: putValue(tables, command, index) };
    case 'delete_value': {
      const existed = deleteValue(tables, command, index);
      return { ok: true, type, revision: index, existed };
    }
    case 'update_value':
      return { ok: true, type, revision: index, result: updateValue(tables, command, index) };
    case 'grant_lease':
      return { ok: true, type, id: leases.grant(command.ttlMs, index).id };
    case 'renew_lease':
      leases.renew(command.id, index);
      return { ok: true, type };
    case 'revoke_lease':
      leases.revoke(command.id);
      values.deleteAttached(command.id, index);
      return { ok: true, type };
    case 'expire_leases':
      for (const lease of command.leases) {
        if (leases.expire(lease)) values.deleteAttached(lease.id, index);
      }
      return { ok: true, type };
    case 'set_transfer_rate':
      tables.transferBytesPerSecond = command.bytesPerSecond;
      return { ok: true, type };
    case 'begin_reaping': {
      const unsalvaged = openSalvages(nodes.list());
      const { partitions } = command;
      tables.reapNumbers = roundBegun(
        tables.reapNumbers,
        tables.rings.ring,
        unsalvaged,
        partitions,
        index,
      );
      return { ok: true, type };
    }
    case 'raise_epochs': {
      const { partitions } = command;
      const ring = tables.rings.raiseEpochs(partitions, index);
      tables.idMarks = idMarksRaised(tables.idMarks, ring, partitions);
      tables.epoch = index;
      return { ok: true, type };
    }
    case 'close_salvage':
      if (nodes.closeSalvage(command.name)) tables.epoch = index;
      return { ok: true, type };
    default:
      return unreachable(type);
  }
}

function changeRing(tables: Tables, command: RingCommand, index: number): void {
  const { rings } = tables;
  const { type } = command;
  switch (type) {
    case 'draw_ring':
      rings.draw(command, tables.cluster, index);
      break;
    case 'stage_change':
      rings.stage(command.change, index);
      break;
    case 'unstage_changes':
      rings.unstage(index);
      break;
    case 'commit_changes':
      rings.commit(command, index);
      break;
    case 'abort_changes':
      rings.abort(index);
      break;
    case 'begin_moves':
      rings.begin(command.moves, index);
      break;
    case 'advance_moves':
      rings.advance(command.moves, index);
      break;
    case 'retire_node':
      rings.retire(command.name, index);
      break;
    default:
      unreachable(type);
  }
  tables.epoch = index;
  const { replicationFactor } = rings.ring ?? tables.cluster;
  if (replicationFactor === tables.cluster.replicationFactor) return;
  tables.cluster = { ...tables.cluster, replicationFactor };
}
