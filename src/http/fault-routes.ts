/**
 * The faults that this node gives to its links, its disk and its clock, for experiments:
 * `/cluster/faults`.
 *
 * They are told as a whole table, kept in memory and gone after a restart.
 */

import { refuseAt } from '../kernel/delay.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  ALL_OTHERS,
  type FaultTable,
  faultTableOf,
  faultyPartsOf,
  NO_FAULTS,
} from '../kernel/fault-table.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import type { Handler, Methods } from './by-method.ts';
import { json, readFields } from './json-document.ts';

/** What gives them to the node; there is none in a node that was not started for it. */
export interface FaultControl {
  readonly faults: FaultTable;
  /** Nodes that messages to are held up, lost or cut off now. */
  readonly faultyPeers: readonly string[];
  setFaults(table: FaultTable): void;
}

const EXAMPLE = '{"links": {"n2": {"cut": true}}}';

/** Lists of samples may be long. */
const TABLE_BYTES_MAX = 1024 * 1024;

export function faultMethods(node: QuorateNode, control: FaultControl | undefined): Methods {
  const withControl =
    (answer: (c: AppContext, control: FaultControl) => Response | Promise<Response>): Handler =>
    (c) =>
      answer(c, demand(control));
  const get = withControl((_, { faults }) => json(faults));
  return {
    GET: get,
    HEAD: get,
    PUT: withControl((c, present) => putFaults(c, node, present)),
    DELETE: withControl((_, present) => {
      present.setFaults(NO_FAULTS);
      return new Response(null, { status: 204 });
    }),
  };
}

/** Of the status of a node; null where it was not started for faults. */
export function givenFaults(control: FaultControl | undefined): object {
  return {
    faultyLinks: control?.faultyPeers ?? null,
    faultyParts: control === undefined ? null : faultyPartsOf(control.faults),
  };
}

async function putFaults(
  c: AppContext,
  node: QuorateNode,
  control: FaultControl,
): Promise<Response> {
  const table = faultTableOf(await readFields(c.env.incoming, EXAMPLE, TABLE_BYTES_MAX));
  checkPeers(table, node);
  control.setFaults(table);
  return json(table);
}

function checkPeers({ links }: FaultTable, node: QuorateNode): void {
  const others = node.status().members.flatMap(({ id }) => (id === node.id ? [] : [id]));
  const known = [...others, ALL_OTHERS];
  for (const peer of Object.keys(links)) {
    if (known.includes(peer)) continue;
    const why = peer === node.id ? 'is this node itself' : 'is no node of this cluster';
    throw refuseAt(`links.${peer}`, `${why}: use ${known.join(', ')}`);
  }
}

function demand(control: FaultControl | undefined): FaultControl {
  if (control !== undefined) return control;
  throw new QuorateError(
    'faults_disabled',
    'this node takes no faults: start it with --enable-faults to experiment with it',
  );
}
