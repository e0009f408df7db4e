/**
 * Who may speak to whom: the headers of the upgrade that opens a peer connection.
 *
 * A connection exists only between two nodes of one cluster that name each other rightly
 * and speak the same protocol. Where a secret is set, both prove that they know it, over
 * everything the greeting says, and it never travels. The proofs keep out strangers and
 * misconfigured nodes; against one who reads or alters the traffic between nodes only
 * encryption helps: where there are credentials, all of this goes over mutual TLS.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isNodeId, type NodeId } from '../../kernel/names.ts';
import type { Lane } from '../../ports/transport.ts';
import type { LiveCredentials } from '../tls/credentials.ts';
import { PROOF_HEADER, proofOf, reasonToDistrust, type Side } from './proof.ts';

const PROTOCOL_NAME = 'quorate-peer';
/** Name and version, as HTTP's Upgrade header has it. */
export const PEER_PROTOCOL = `${PROTOCOL_NAME}/2`;

const LANES: readonly Lane[] = ['control', 'data', 'bulk'];
const PATH_PREFIX = '/peer/';

/** Of a greeting, and of the refusal of one from another cluster: the cluster's id. */
export const CLUSTER_HEADER = 'quorate-cluster';

/** What one side of every handshake knows of itself. */
export interface Identity {
  readonly self: NodeId;
  readonly clusterId: string;
  readonly secret?: string;
  readonly credentials?: LiveCredentials;
}

export interface Greeting {
  readonly clusterId: string;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly lane: Lane;
  /** Chosen anew by the caller for every connection. */
  readonly nonce: string;
}

export type Admission =
  | { readonly admitted: true; readonly greeting: Greeting; readonly headers: AnswerHeaders }
  | {
      readonly admitted: false;
      readonly status: number;
      readonly reason: string;
      /** Set where all that is wrong is that the caller belongs to another cluster. */
      readonly stranger?: Greeting;
    };

type AnswerHeaders = Readonly<Record<string, string>>;

export function pathOfLane(lane: Lane): string {
  return PATH_PREFIX + lane;
}

export function newGreeting(identity: Identity, to: NodeId, lane: Lane): Greeting {
  const nonce = randomBytes(16).toString('base64url');
  return { clusterId: identity.clusterId, from: identity.self, to, lane, nonce };
}

export function greetingHeaders(greeting: Greeting, secret?: string): Record<string, string> {
  const headers = {
    [CLUSTER_HEADER]: greeting.clusterId,
    'quorate-from': greeting.from,
    'quorate-to': greeting.to,
    'quorate-nonce': greeting.nonce,
  };
  if (secret === undefined) return headers;
  return { ...headers, [PROOF_HEADER]: proofOf(claimOf('client', greeting), secret) };
}

/** The serving side's verdict. Strangers are told nothing of this cluster: proof comes first. */
export function admit(
  url: string | undefined,
  headers: IncomingHttpHeaders,
  identity: Identity,
): Admission {
  const protocol = headers.upgrade ?? '';
  if (protocol !== PEER_PROTOCOL) return refused(426, wrongProtocol(protocol));
  const lane = LANES.find((known) => pathOfLane(known) === url);
  if (lane === undefined) return refused(404, `there is no lane at this path; known: ${LANES}`);
  const greeting = readGreeting(headers, lane);
  if (greeting === undefined) return refused(400, 'a header of the peer greeting is missing');

  const claim = claimOf('client', greeting);
  const distrust = reasonToDistrust(headers[PROOF_HEADER], 'client', claim, identity.secret);
  if (distrust !== undefined) return refused(403, distrust);
  if (greeting.clusterId !== identity.clusterId) {
    const reason = `this node belongs to cluster ${identity.clusterId}, not to ${greeting.clusterId}`;
    return { admitted: false, status: 409, reason, stranger: greeting };
  }
  if (greeting.to !== identity.self) {
    return refused(421, `this node is ${identity.self}, not ${greeting.to}`);
  }
  if (greeting.from === identity.self) {
    return refused(409, `this node is ${identity.self} itself: two nodes have one name`);
  }
  return { admitted: true, greeting, headers: answerHeaders(greeting, identity.secret) };
}

/** Why the caller must not speak to the node that answered 101; undefined when it may. */
export function reasonToDistrustAnswer(
  headers: IncomingHttpHeaders,
  greeting: Greeting,
  secret: string | undefined,
): string | undefined {
  return reasonToDistrust(headers[PROOF_HEADER], 'server', claimOf('server', greeting), secret);
}

function refused(status: number, reason: string): Admission {
  return { admitted: false, status, reason };
}

/** What to tell who does not speak PEER_PROTOCOL. */
export function wrongProtocol(protocol: string): string {
  return protocol.startsWith(`${PROTOCOL_NAME}/`)
    ? `this node speaks ${PEER_PROTOCOL}, not ${protocol}: run the same version of Quorate on both`
    : `this port is for other nodes of the cluster and speaks ${PEER_PROTOCOL} only`;
}

function readGreeting(headers: IncomingHttpHeaders, lane: Lane): Greeting | undefined {
  const clusterId = headers[CLUSTER_HEADER];
  const from = headers['quorate-from'];
  const to = headers['quorate-to'];
  const nonce = headers['quorate-nonce'];
  if (typeof clusterId !== 'string' || typeof nonce !== 'string') return undefined;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  if (!isNodeId(from) || !isNodeId(to)) return undefined;
  return { clusterId, from, to, lane, nonce };
}

function answerHeaders(greeting: Greeting, secret: string | undefined): AnswerHeaders {
  return secret === undefined
    ? {}
    : { [PROOF_HEADER]: proofOf(claimOf('server', greeting), secret) };
}

function claimOf(side: Side, greeting: Greeting): string {
  const { clusterId, from, to, lane, nonce } = greeting;
  return JSON.stringify([PEER_PROTOCOL, side, clusterId, from, to, lane, nonce]);
}
