/**
 * The asking side of introductions: one request to an address of which nothing is known but
 * that a member of the cluster should listen there (see introduction-wire.ts).
 *
 * Where a secret is set, nothing that comes back counts unless it is proved with it.
 */

import { randomBytes } from 'node:crypto';
import { errors } from 'undici';
import { errorFromWire, QuorateError, TransportError } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { type Introducer, IntroductionRefused } from '../../ports/transport.ts';
import type { LiveCredentials } from '../tls/credentials.ts';
import { PEER_PROTOCOL } from './handshake.ts';
import {
  type Answer,
  claimOfIntroduction,
  INTRODUCTION_PATH,
  NONCE_HEADER,
  PROTOCOL_HEADER,
  proofHeaders,
  questionBody,
  readAnswer,
  readBody,
} from './introduction-wire.ts';
import { messageOf, OneConnection } from './one-connection.ts';
import { PROOF_HEADER, reasonToDistrust } from './proof.ts';

export interface IntroducerOptions {
  /** What nodes of the cluster prove to each other that they know. */
  readonly secret?: string;
  readonly credentials?: LiveCredentials;
  readonly clock: Clock;
}

/** How much of the text of a refusal is passed on. */
const REFUSAL_LENGTH_MAX = 1_024;

export function createIntroducer({ secret, credentials, clock }: IntroducerOptions): Introducer {
  return {
    async introduce(address, request, { deadline }) {
      invariant(Number.isFinite(deadline), 'an introduction without a deadline');
      const where = `${address.host}:${address.port}`;
      const timeLeftMs = Math.ceil(deadline - clock.now());
      if (timeLeftMs <= 0) throw noAnswerInTime(where);
      const sent = { where, nonce: newNonce(), body: questionBody({ timeLeftMs, request }) };
      const connection = new OneConnection(address, credentials);
      let limit: Timer | undefined;
      const expired = new Promise<never>((_, reject) => {
        limit = clock.setTimer(timeLeftMs, () => reject(noAnswerInTime(where)));
      });
      try {
        const received = await Promise.race([post(connection, sent, secret), expired]);
        const answer = trusted(received, sent, secret);
        if ('error' in answer) throw errorFromWire(answer.error);
        return answer.reply;
      } finally {
        limit?.cancel();
        connection.destroy();
      }
    },
  };
}

interface Sent {
  /** The address, for people. */
  readonly where: string;
  readonly nonce: string;
  readonly body: Buffer;
}

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

async function post(
  connection: OneConnection,
  { where, nonce, body }: Sent,
  secret: string | undefined,
): Promise<Received> {
  try {
    const response = await connection.client.request({
      method: 'POST',
      path: INTRODUCTION_PATH,
      headers: {
        'content-type': 'application/json',
        [PROTOCOL_HEADER]: PEER_PROTOCOL,
        [NONCE_HEADER]: nonce,
        ...proofHeaders('client', nonce, body, secret),
      },
      body,
      reset: true,
    });
    const { statusCode: status, headers } = response;
    if (!isPeerPort(headers)) throw noPeerPort(where, `it answered ${status}`);
    return { status, headers, body: await readBody(response.body) };
  } catch (error) {
    throw describe(error, connection, where);
  }
}

function describe(error: unknown, { connected, distrust }: OneConnection, where: string): Error {
  if (error instanceof IntroductionRefused) return error;
  if (error instanceof errors.HTTPParserError) return noPeerPort(where, 'it speaks no HTTP');
  if (error instanceof QuorateError) return refusedBy(where, `its answer is too large`);
  if (distrust !== undefined) return refusedBy(where, `no TLS with it: ${distrust}`);
  const why = messageOf(error);
  return connected
    ? new TransportError('disconnected', `${where} did not answer: ${why}`)
    : new TransportError('unreachable', `${where} cannot be reached: ${why}`);
}

function trusted({ status, headers, body }: Received, sent: Sent, secret?: string): Answer {
  const { where, nonce } = sent;
  if (status !== 200) {
    const text = body.toString('utf8').slice(0, REFUSAL_LENGTH_MAX).trim();
    throw refusedBy(where, `it refused (${status}): ${text}`);
  }
  const claim = claimOfIntroduction('server', nonce, body);
  const distrust = reasonToDistrust(headers[PROOF_HEADER], 'server', claim, secret);
  if (distrust !== undefined) throw refusedBy(where, distrust);
  const answer = readAnswer(body);
  if (answer === undefined) throw refusedBy(where, 'its answer makes no sense');
  return answer;
}

function isPeerPort(headers: Received['headers']): boolean {
  const ours = PEER_PROTOCOL.slice(0, PEER_PROTOCOL.indexOf('/') + 1);
  return String(headers[PROTOCOL_HEADER]).startsWith(ours);
}

function newNonce(): string {
  return randomBytes(16).toString('base64url');
}

function noAnswerInTime(where: string): TransportError {
  return new TransportError('timeout', `${where} did not answer by the deadline`);
}

function noPeerPort(where: string, found: string): IntroductionRefused {
  return new IntroductionRefused(
    `${where} is not a peer port of Quorate (${found}); name the port on which a node listens for other nodes, not the one for clients`,
  );
}

function refusedBy(where: string, why: string): IntroductionRefused {
  return new IntroductionRefused(`${where} cannot be asked for admission: ${why}`);
}
