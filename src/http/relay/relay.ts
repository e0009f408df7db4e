/**
 * Requests that this node carries to the client port of another member, for those who can talk to
 * this node only: the page of the dashboard, which browsers keep to the node that it came from.
 *
 * It goes to addresses that members have told the cluster, and to no others. What the request may
 * do is judged by the node that it goes to: the token goes along.
 */

import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { QuorateError } from '../../kernel/errors.ts';
import type { NodePorts, QuorateNode } from '../../node/index.ts';
import type { AppContext } from '../app.ts';
import { timeoutOfQuery } from '../parameters.ts';
import { queryOf } from '../request-target.ts';
import { type CarriedTo, carry } from './carried-call.ts';
import { RELAYED_BY_HEADER } from './carried-headers.ts';
import { relayedOf } from './relayed-target.ts';

/** Of a connection: shorter than a node keeps it open, so that no request meets its end. */
const IDLE_MS_MAX = 30_000;

/** At a time. */
const RELAYED_MAX = 256;

/** How long after its own deadline a node's answer is still waited for. */
const GRACE_MS = 2_000;

export interface RelayOptions {
  readonly node: QuorateNode;
  readonly metrics: NodePorts['metrics'];
  /** Present where members serve clients over TLS: whom to trust, as of now. */
  readonly memberTrust?: (() => SecureContext) | undefined;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #agents: Agents;
  readonly #gauge: ReturnType<NodePorts['metrics']['gauge']>;
  #running = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#agents = new Agents(options.memberTrust);
    this.#gauge = options.metrics.gauge({
      name: 'http_relayed_requests',
      help: 'Requests that are being carried to the client ports of members',
    });
  }

  /** Of `/nodes/{node}/{path}`. Resolves when the answer was written; throws where there is none. */
  async carry({ env: { incoming, outgoing } }: AppContext): Promise<void> {
    const { node } = this.#options;
    const url = incoming.url ?? '/';
    const { name, target } = relayedOf(url);
    const carrier = incoming.headers[RELAYED_BY_HEADER];
    if (carrier !== undefined) throw carriedTwice(name, String(carrier));
    const to = this.#memberNamed(name);
    if (this.#running >= RELAYED_MAX) throw tooMany(name);
    const silentMsMax = timeoutOfQuery(queryOf(url)) + GRACE_MS;
    this.#count(1);
    try {
      await carry({ by: node.id, to, target, silentMsMax, incoming, outgoing });
    } finally {
      this.#count(-1);
    }
  }

  #memberNamed(name: string): CarriedTo {
    const { members } = this.#options.node.status();
    const member = members.find(({ id }) => id === name);
    if (member === undefined) {
      const known = members.map(({ id }) => id).join(', ') || 'none yet';
      throw new QuorateError(
        'no_such_node',
        `there is no node ${JSON.stringify(name.slice(0, 100))} in this cluster: there are ${known}`,
      );
    }
    const { host, clientPort: port } = member.address;
    return { name, host, port, ...this.#agents.current() };
  }

  #count(more: number): void {
    this.#running += more;
    this.#gauge.set(this.#running);
  }
}

/** Who keeps connections to members open; made anew when other authorities are to be trusted. */
class Agents {
  readonly #trust: (() => SecureContext) | undefined;
  #trusted: SecureContext | undefined;
  #agent: Agent | SecureAgent | undefined;

  constructor(trust: (() => SecureContext) | undefined) {
    this.#trust = trust;
  }

  current(): Pick<CarriedTo, 'agent' | 'isSecure'> {
    const trusted = this.#trust?.();
    if (this.#agent === undefined || trusted !== this.#trusted) {
      this.#trusted = trusted;
      this.#agent = trusted
        ? new SecureAgent({ keepAlive: true, timeout: IDLE_MS_MAX, secureContext: trusted })
        : new Agent({ keepAlive: true, timeout: IDLE_MS_MAX });
    }
    return { agent: this.#agent, isSecure: trusted !== undefined };
  }
}

function carriedTwice(name: string, carrier: string): QuorateError {
  const detail = `${carrier} has carried this request here already: ask it for ${name} itself`;
  return new QuorateError('bad_request', detail);
}

function tooMany(name: string): QuorateError {
  return new QuorateError(
    'overloaded',
    `this node carries ${RELAYED_MAX} requests to others already: ask ${name} itself`,
  );
}
