/** What the routes of changes of the ring declare of themselves: see ring-routes.ts. */

import { ADMIN_CLUSTER, READ_CLUSTER } from './declared-access.ts';
import { COMMAND_ERRORS, GROUP_ERRORS, RING_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import type { Answer, Operation } from './openapi/operation.ts';
import { object, orNull } from './openapi/schema.ts';
import { RING_CHANGE, RING_PLAN_STATUS, TRANSFERS } from './ring-schemas.ts';

export const CHANGE_EXAMPLE = '{"change": "leave", "node": "n2"}';

const STATUS: Answer = {
  description: 'What is staged now, and what it would do.',
  content: { 'application/json': { schema: RING_PLAN_STATUS } },
};

export const GET_PLAN: Operation = {
  id: 'getPlan',
  tag: 'Ring',
  access: READ_CLUSTER,
  summary: 'Look at the plan',
  description: 'Which changes are staged, what they would do, and what is under way.',
  query: [TIMEOUT],
  answers: { 200: STATUS },
  errors: GROUP_ERRORS,
};

export const STAGE_CHANGE: Operation = {
  id: 'stageChange',
  tag: 'Ring',
  access: ADMIN_CLUSTER,
  summary: 'Stage a change',
  description: 'Adds one change to the plan. Nothing happens before `POST /cluster/commit`.',
  query: [TIMEOUT],
  body: {
    description: 'The change.',
    required: true,
    content: { 'application/json': { schema: RING_CHANGE, example: JSON.parse(CHANGE_EXAMPLE) } },
  },
  answers: { 202: STATUS },
  errors: [...RING_ERRORS, 'value_too_large'],
};

export const CLEAR_PLAN: Operation = {
  id: 'clearPlan',
  tag: 'Ring',
  access: ADMIN_CLUSTER,
  summary: 'Forget what is staged',
  description: 'What is under way goes on.',
  query: [TIMEOUT],
  answers: { 200: STATUS },
  errors: RING_ERRORS,
};

export const COMMIT_PLAN: Operation = {
  id: 'commitPlan',
  tag: 'Ring',
  access: ADMIN_CLUSTER,
  summary: 'Begin what is staged',
  description: 'Partitions begin to move. `GET /cluster/transfers` tells how far they are.',
  query: [TIMEOUT],
  answers: { 202: STATUS },
  errors: RING_ERRORS,
};

export const ABORT_PLAN: Operation = {
  id: 'abortPlan',
  tag: 'Ring',
  access: ADMIN_CLUSTER,
  summary: 'Take back what is under way',
  description: 'Moves that have not begun will not; the others go back, or to their end.',
  query: [TIMEOUT],
  answers: { 202: STATUS },
  errors: RING_ERRORS,
};

export const GET_TRANSFERS: Operation = {
  id: 'getTransfers',
  tag: 'Ring',
  access: READ_CLUSTER,
  summary: 'Partitions on their way',
  description: 'How far each is, and what is still to come.',
  query: [TIMEOUT],
  answers: {
    200: { description: 'The transfers.', content: { 'application/json': { schema: TRANSFERS } } },
  },
  errors: GROUP_ERRORS,
};

export const SET_TRANSFER_RATE: Operation = {
  id: 'setTransferRate',
  tag: 'Ring',
  access: ADMIN_CLUSTER,
  summary: 'Set how fast partitions travel',
  description: 'On every node, and for good.',
  query: [TIMEOUT],
  body: {
    description: 'The most that each node takes in.',
    required: true,
    content: {
      'application/json': {
        schema: object({
          bytesPerSecond: orNull('Null: as fast as it goes.', { type: 'integer', minimum: 1 }),
        }),
        example: { bytesPerSecond: 8_388_608 },
      },
    },
  },
  answers: GET_TRANSFERS.answers,
  errors: [...COMMAND_ERRORS, 'value_too_large'],
};
