/** `/cluster/plan`, `/cluster/commit`, `/cluster/abort`, `/cluster/transfers`: changes of the ring. */

import { isNodeId } from '../kernel/names.ts';
import type {
  Plan,
  QuorateNode,
  RingChangeDone,
  RingPlanStatus,
  StagedChange,
} from '../node/index.ts';
import type { AppContext } from './app.ts';
import { json, readFields } from './json-document.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';
import {
  ABORT_PLAN,
  CHANGE_EXAMPLE,
  CLEAR_PLAN,
  COMMIT_PLAN,
  GET_PLAN,
  GET_TRANSFERS,
  SET_TRANSFER_RATE,
  STAGE_CHANGE,
} from './ring-operations.ts';

const RATE_EXAMPLE = '{"bytesPerSecond": 8388608} or {"bytesPerSecond": null}';
const CHANGES = ['join', 'leave', 'replace', 'remove', 'zone', 'weight', 'replication_factor'];
const ACCEPTED = 202;

const READ: Endpoint = {
  operation: GET_PLAN,
  serve: byNode(getPlan),
};

const FOLLOW: Endpoint = {
  operation: GET_TRANSFERS,
  serve: byNode(getTransfers),
};

export const PLAN_ROUTE: Route = {
  path: '/cluster/plan',
  methods: {
    GET: READ,
    HEAD: READ,
    POST: {
      operation: STAGE_CHANGE,
      serve: byNode(postPlan),
    },
    DELETE: {
      operation: CLEAR_PLAN,
      serve: byNode(deletePlan),
    },
  },
};

export const COMMIT_ROUTE: Route = {
  path: '/cluster/commit',
  methods: {
    POST: {
      operation: COMMIT_PLAN,
      serve: byNode(commitPlan),
    },
  },
};

export const ABORT_ROUTE: Route = {
  path: '/cluster/abort',
  methods: {
    POST: {
      operation: ABORT_PLAN,
      serve: byNode(abortPlan),
    },
  },
};

export const TRANSFERS_ROUTE: Route = {
  path: '/cluster/transfers',
  methods: {
    GET: FOLLOW,
    HEAD: FOLLOW,
    PUT: {
      operation: SET_TRANSFER_RATE,
      serve: byNode(putTransfers),
    },
  },
};

async function getPlan(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(documentOf(await node.ringChanges.plan(timeoutOf(c, GET_PLAN))));
}

/** Stages one change, and answers with what all staged ones would do. */
async function postPlan(c: AppContext, node: QuorateNode): Promise<Response> {
  const change = changeOf(await readFields(c.env.incoming, CHANGE_EXAMPLE));
  return json(
    documentOf(await node.ringChanges.stage(change, timeoutOf(c, STAGE_CHANGE))),
    ACCEPTED,
  );
}

async function deletePlan(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(documentOf(await node.ringChanges.clear(timeoutOf(c, CLEAR_PLAN))));
}

async function commitPlan(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(documentOf(await node.ringChanges.commit(timeoutOf(c, COMMIT_PLAN))), ACCEPTED);
}

async function abortPlan(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(documentOf(await node.ringChanges.abort(timeoutOf(c, ABORT_PLAN))), ACCEPTED);
}

async function getTransfers(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(await node.ringChanges.transfers(timeoutOf(c, GET_TRANSFERS)));
}

/** Sets how fast partitions travel, on every node and for good. */
async function putTransfers(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bytesPerSecond, ...others } = await readFields(c.env.incoming, RATE_EXAMPLE);
  refuseOthers(others, 'bytesPerSecond');
  const isRate = Number.isSafeInteger(bytesPerSecond) && (bytesPerSecond as number) > 0;
  if (bytesPerSecond !== null && !isRate) {
    throw refuse('bytesPerSecond', `must be a whole number above 0, or null: send ${RATE_EXAMPLE}`);
  }
  const rate = bytesPerSecond as number | null;
  return json(await node.ringChanges.setTransferRate(rate, timeoutOf(c, SET_TRANSFER_RATE)));
}

function documentOf({ node, epoch, done, staged, plan, movesLeft, notes }: RingPlanStatus) {
  return {
    node,
    epoch,
    done: done === undefined ? null : doneDocument(done),
    staged: staged.map(changeDocument),
    plan: plan === undefined ? null : planDocument(plan),
    movesLeft: movesLeft ?? null,
    notes,
  };
}

function doneDocument({ type, ...done }: RingChangeDone) {
  return 'changes' in done
    ? { done: type, changes: done.changes.map(changeDocument) }
    : { done: type, ...done };
}

function changeDocument(change: StagedChange) {
  const { type, ...rest } = change;
  switch (change.type) {
    case 'replace': {
      const { dead, by, acceptLoss } = change;
      return { change: type, node: dead, by, acceptLoss };
    }
    case 'zone':
      return { change: type, node: change.node, zone: change.zone ?? null };
    default:
      return { change: type, ...rest };
  }
}

/** Without the lists, of which there are as many as partitions. */
function planDocument({ members, replicas, nodes, bytesToMove, ...plan }: Plan) {
  return {
    ...plan,
    bytesToMove: bytesToMove ?? null,
    nodes: nodes.map(({ zone, bytesGained, ...node }) => ({
      ...node,
      zone: zone ?? null,
      bytesGained: bytesGained ?? null,
    })),
  };
}

function timeoutOf(c: AppContext, operation: Operation): number {
  return timeoutParameter(parametersOf(c, operation));
}

function changeOf(fields: Readonly<Record<string, unknown>>): StagedChange {
  const { change, ...rest } = fields;
  switch (change) {
    case 'join':
    case 'leave': {
      refuseOthers(rest, 'node');
      return { type: change, node: nameIn(rest, 'node') };
    }
    case 'remove': {
      refuseOthers(rest, 'node', 'acceptLoss');
      return { type: change, node: nameIn(rest, 'node'), acceptLoss: flagIn(rest, 'acceptLoss') };
    }
    case 'replace': {
      refuseOthers(rest, 'node', 'by', 'acceptLoss');
      const acceptLoss = flagIn(rest, 'acceptLoss');
      return { type: change, dead: nameIn(rest, 'node'), by: nameIn(rest, 'by'), acceptLoss };
    }
    case 'zone': {
      refuseOthers(rest, 'node', 'zone');
      const zone = rest.zone === null ? undefined : nameIn(rest, 'zone');
      return { type: change, node: nameIn(rest, 'node'), zone };
    }
    case 'weight': {
      refuseOthers(rest, 'node', 'weight');
      return { type: change, node: nameIn(rest, 'node'), weight: numberIn(rest, 'weight') };
    }
    case 'replication_factor': {
      refuseOthers(rest, 'replicationFactor');
      return { type: change, replicationFactor: numberIn(rest, 'replicationFactor') };
    }
    default:
      throw refuse('change', `must be one of ${CHANGES.join(', ')}: send ${CHANGE_EXAMPLE}`);
  }
}

function refuseOthers(fields: Readonly<Record<string, unknown>>, ...known: string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw refuse(unknown, `is not a field of this request: use ${known.join(', ')}`);
}

function nameIn(fields: Readonly<Record<string, unknown>>, name: string): string {
  const text = fields[name];
  if (typeof text === 'string' && isNodeId(text)) return text;
  throw refuse(name, 'must be a name of 1 to 63 letters, digits, dots, dashes or underscores');
}

function flagIn(fields: Readonly<Record<string, unknown>>, name: string): boolean {
  const flag = fields[name] ?? false;
  if (typeof flag === 'boolean') return flag;
  throw refuse(name, 'must be true or false');
}

function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number {
  const number = fields[name];
  if (Number.isSafeInteger(number) && (number as number) > 0) return number as number;
  throw refuse(name, 'must be a whole number above 0');
}
