/**
 * Admitting a node that asks to belong to the cluster: what it says comes over the network,
 * from anybody who reaches the peer port, and is looked at before it becomes a command.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeAddress } from '../../metadata/node-record.ts';
import type { AdmissionReply, AdmissionRequest } from './becoming-a-member.ts';
import type { CommandClient } from './command-client.ts';
import type { GroupIdentity } from './group-identity.ts';
import type { RaftRunner } from './raft-runner.ts';

export interface AdmissionPorts {
  readonly client: CommandClient;
  readonly runner: RaftRunner;
  /** Of the member that is asked. */
  readonly identity: Pick<GroupIdentity, 'clusterId' | 'recoveries'>;
}

/** What cannot be done is refused so long before the deadline, for the answer to be heard. */
const REFUSAL_MS = 500;

/** Resolves with what the node becomes. Throws `QuorateError` where it is refused. */
export async function admit(
  { client, runner, identity }: AdmissionPorts,
  request: unknown,
  deadline: number,
): Promise<AdmissionReply> {
  const { name, directoryId, address, zone, weight, replaces, version } = admissionRequest(request);
  const { index, reply } = await client.runIdempotent(
    {
      type: 'admit_node',
      name,
      directoryId,
      address,
      zone: zone ?? undefined,
      weight: weight ?? undefined,
      replaces: replaces ?? undefined,
      version,
    },
    deadline - REFUSAL_MS,
  );
  if (!reply.ok) throw new QuorateError(reply.code, reply.detail, reply.facts);
  if (reply.type !== 'admit_node') throw new QuorateError('bad_request', 'another reply came');
  await runner.applied(index, deadline);
  const nodes = runner.state?.members() ?? [];
  const { clusterId, recoveries } = identity;
  return {
    clusterId,
    ...(recoveries && { recoveries }),
    nodeNo: reply.nodeNo,
    peers: nodes.map((node) => ({
      name: node.name,
      host: node.address.host,
      port: node.address.peerPort,
    })),
  };
}

/** Whether names and ports are good ones is for the command to say; here they have the types. */
function admissionRequest(request: unknown): AdmissionRequest {
  const fields = fieldsOf(request, 'the request');
  const { name, directoryId, address, zone, weight, replaces, version } = fields;
  return {
    name: text(name, 'name'),
    directoryId: text(directoryId, 'directoryId'),
    address: nodeAddress(address),
    zone: optionalText(zone, 'zone'),
    weight: weight === null || weight === undefined ? null : number(weight, 'weight'),
    replaces: optionalText(replaces, 'replaces'),
    version: versionNumber(version),
  };
}

function nodeAddress(address: unknown): NodeAddress {
  const { host, peerPort, clientPort } = fieldsOf(address, 'address');
  return {
    host: text(host, 'host'),
    peerPort: port(peerPort, 'peerPort'),
    clientPort: port(clientPort, 'clientPort'),
  };
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new QuorateError('bad_request', `${what} must be an object with fields`);
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length <= 255) return value;
  throw new QuorateError('bad_request', `${what} must be a text of at most 255 characters`);
}

function optionalText(value: unknown, what: string): string | null {
  return value === null || value === undefined ? null : text(value, what);
}

/** Whether it is a good one is for the command to say. */
function number(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new QuorateError('bad_request', `${what} must be a number`);
}

function versionNumber(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new QuorateError('bad_request', 'version must be a whole number');
}

function port(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535) {
    return value as number;
  }
  throw new QuorateError('bad_request', `${what} must be a whole number from 1 to 65535`);
}
