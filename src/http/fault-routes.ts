/**
 * The faults that this node gives to its links, its disk and its clock, for experiments:
 * `/cluster/faults`.
 *
 * They are told as a whole table, kept in memory and gone after a restart. A pause of the whole node
 * is no state and stands beside them: `/cluster/faults/pause`.
 */

import { DELAY_NUMBERS, refuseAt } from '../kernel/delay.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  ALL_OTHERS,
  CLOCK_OFFSET_MS_MAX,
  type FaultTable,
  faultTableOf,
  faultyPartsOf,
  NO_FAULTS,
  PAUSE_MS_MAX,
} from '../kernel/fault-table.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import { PAUSE_MS } from './declared-parameters.ts';
import { json, readFields } from './json-document.ts';
import type { Answer, Endpoint, Operation, Route } from './openapi/operation.ts';
import {
  component,
  flag,
  listOf,
  mapOf,
  number,
  object,
  type Schema,
  text,
  whole,
} from './openapi/schema.ts';
import { parametersOf, pauseParameter } from './parameters.ts';

/** What gives them to the node; there is none in a node that was not started for it. */
export interface FaultControl {
  readonly faults: FaultTable;
  /** Nodes that messages to are held up, lost or cut off now. */
  readonly faultyPeers: readonly string[];
  setFaults(table: FaultTable): void;
  /** Returns when the process has stood still for so long. */
  pause(ms: number): void;
}

const EXAMPLE = '{"links": {"n2": {"cut": true}}}';

/** Lists of samples may be long. */
const TABLE_BYTES_MAX = 1024 * 1024;

const DELAY: Schema = component('Delay', {
  description: 'Milliseconds, as a distribution.',
  anyOf: [
    ...Object.entries(DELAY_NUMBERS).map(([distribution, names]) => {
      const numbers = names.map((name) => [name, { type: 'number', minimum: 0 }]);
      return object({ distribution: { const: distribution }, ...Object.fromEntries(numbers) });
    }),
    object({
      distribution: { const: 'samples' },
      samplesMs: listOf({ type: 'number', minimum: 0 }, 'Each as likely as any other.'),
    }),
  ],
});

const LANE = {
  cut: flag('Nothing passes.'),
  loss: number('The probability that a message is lost.', { minimum: 0, maximum: 1 }),
  delay: DELAY,
};

const FAULTS: Schema = component('Faults', {
  description: 'Faults of one node. What is left out is well.',
  ...object(
    {},
    {
      links: mapOf(
        object({}, { ...LANE, lanes: mapOf(object({}, LANE), 'By lane: control, data, bulk.') }),
        `To other nodes, by name; \`${ALL_OTHERS}\`: to all that are not named.`,
      ),
      disk: object({}, { delay: DELAY, full: flag('No write finds room.') }),
      clock: object({
        offsetMs: whole(
          'How far the clock is ahead of the machine’s.',
          -CLOCK_OFFSET_MS_MAX,
          CLOCK_OFFSET_MS_MAX,
        ),
      }),
    },
  ),
});

const GIVEN: Answer = {
  description: 'The faults that the node gives to itself.',
  content: { 'application/json': { schema: FAULTS } },
};

const GET: Operation = {
  id: 'getFaults',
  tag: 'Faults',
  access: ADMIN_CLUSTER,
  summary: 'Which faults the node has',
  description: 'They are kept in memory, and gone when the node is started again.',
  answers: { 200: GIVEN },
  errors: ['faults_disabled'],
};

const PUT: Operation = {
  id: 'putFaults',
  tag: 'Faults',
  access: ADMIN_CLUSTER,
  summary: 'Give faults to the node',
  description: 'The whole table: what it had before is gone.',
  body: {
    description: 'The table.',
    required: true,
    content: { 'application/json': { schema: FAULTS, example: JSON.parse(EXAMPLE) } },
  },
  answers: { 200: GIVEN },
  errors: ['faults_disabled', 'value_too_large'],
};

const DELETE: Operation = {
  id: 'deleteFaults',
  tag: 'Faults',
  access: ADMIN_CLUSTER,
  summary: 'Take all faults away',
  description: 'The node is well again.',
  answers: { 204: { description: 'There are none.' } },
  errors: ['faults_disabled'],
};

const PAUSE: Operation = {
  id: 'pauseNode',
  tag: 'Faults',
  access: ADMIN_CLUSTER,
  summary: 'Pause the node',
  description:
    'When this is answered the process of the node stands still for so long: it neither serves nor sends heartbeats, and goes on afterwards as if nothing had been.',
  query: [PAUSE_MS],
  answers: {
    202: {
      description: 'It pauses now.',
      content: {
        'application/json': {
          schema: object({
            node: text('The node.'),
            ms: whole('For so many milliseconds.', 1, PAUSE_MS_MAX),
          }),
        },
      },
    },
  },
  errors: ['faults_disabled'],
};

const READ: Endpoint = {
  operation: GET,
  serve:
    ({ faults }) =>
    () =>
      json(demand(faults).faults),
};

export const FAULTS_ROUTE: Route = {
  path: '/cluster/faults',
  methods: {
    GET: READ,
    HEAD: READ,
    PUT: {
      operation: PUT,
      serve:
        ({ node, faults }) =>
        (c) =>
          putFaults(c, node, demand(faults)),
    },
    DELETE: {
      operation: DELETE,
      serve:
        ({ faults }) =>
        () => {
          demand(faults).setFaults(NO_FAULTS);
          return new Response(null, { status: 204 });
        },
    },
  },
};

export const PAUSE_ROUTE: Route = {
  path: '/cluster/faults/pause',
  methods: {
    POST: {
      operation: PAUSE,
      serve:
        ({ node, faults }) =>
        (c) =>
          pause(c, node, faults),
    },
  },
};

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

function pause(c: AppContext, node: QuorateNode, given: FaultControl | undefined): Response {
  const ms = pauseParameter(parametersOf(c, PAUSE));
  const control = demand(given);
  // In a turn after the one in which the answer left, or its client was gone.
  c.env.outgoing.once('close', () => setImmediate(() => control.pause(ms)));
  return json({ node: node.id, ms }, 202);
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
