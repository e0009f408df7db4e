/** `/nodes/{node}/{path}`: any request, to be carried to another node (relay.ts). */

import { READ_ANY } from '../declared-access.ts';
import { always, RELAYED_BY_TOLD } from '../declared-headers.ts';
import { RELAYED_BY_SENT } from '../declared-parameters.ts';
import type { Endpoint, Method, Operation, Route } from '../openapi/operation.ts';

const ABOUT =
  'For clients that can talk to this node only, as pages of browsers. The request goes by HTTP to the client port of the named member, as the member has told the cluster its address, with its query, its headers and its body; the answer comes back as it is. The headers `Host`, `Origin`, `Cookie`, `Referer` and those of one connection stay here.\n\nThis node takes any token; the other node judges what it allows. Where no answer begins within `timeout` (2,000 ms unless the query says otherwise) and two seconds more, there is none.';

function relayed(method: Method, id: string, summary: string): Endpoint {
  const operation: Operation = {
    id,
    tag: 'Other nodes',
    access: READ_ANY,
    summary,
    description: ABOUT,
    // The other node knows what it takes.
    query: [],
    headers: [RELAYED_BY_SENT],
    ...(method !== 'GET' && { body: ANY_BODY }),
    answers: {
      default: {
        description: 'What the other node answers: see the operation at that path.',
        headers: [always(RELAYED_BY_TOLD)],
        content: { '*/*': {} },
      },
    },
    errors: [
      ...(['no_such_node', 'no_such_route', 'node_unreachable', 'overloaded'] as const),
      ...(method === 'GET' ? [] : (['outcome_unknown'] as const)),
    ],
  };
  return {
    operation,
    serve:
      ({ relay }) =>
      async (c) => {
        await relay.carry(c);
        return WRITTEN;
      },
  };
}

const ANY_BODY = {
  description: 'What the operation at that path takes.',
  required: false,
  content: { '*/*': {} },
};

/** The listener leaves alone what has been answered: see server.ts. */
const WRITTEN = new Response();

const READ = relayed('GET', 'relayGet', 'Have another node asked');

export const RELAY_ROUTE: Route = {
  path: '/nodes/{node}/{path}',
  methods: {
    GET: READ,
    HEAD: READ,
    PUT: relayed('PUT', 'relayPut', 'Have something put at another node'),
    POST: relayed('POST', 'relayPost', 'Have something posted to another node'),
    DELETE: relayed('DELETE', 'relayDelete', 'Have something deleted at another node'),
  },
};
