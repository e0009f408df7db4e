/**
 * The answering side of introductions: who may ask, and what becomes of the answer.
 *
 * Strangers are told nothing of this cluster: where a secret is set, proof comes before
 * anything else is looked at, and the answer proves in turn that it is the cluster's own.
 * One who can read the traffic may repeat an introduction that it has seen: handlers take the
 * same one twice without harm, as they must anyway.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorToWire, QuorateError } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { IntroductionHandler } from '../../ports/transport.ts';
import type { Handlers } from './handlers.ts';
import { PEER_PROTOCOL, wrongProtocol } from './handshake.ts';
import {
  type Answer,
  answerBody,
  claimOfIntroduction,
  NONCE_HEADER,
  PROTOCOL_HEADER,
  proofHeaders,
  type Question,
  readBody,
  readQuestion,
} from './introduction-wire.ts';
import { PROOF_HEADER, reasonToDistrust } from './proof.ts';

/** Introductions in the hands of the handler; more are `overloaded`. */
const INTRODUCTIONS_MAX = 64;

/** However patient the caller says it is. */
const INTRODUCTION_MS_MAX = 60_000;

export interface IntroductionsOptions {
  readonly secret?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Judges what the handler throws. */
  readonly handlers: Handlers;
}

type Heard =
  | { readonly question: Question; readonly nonce: string }
  | { readonly question: undefined; readonly status: number; readonly reason: string };

export class Introductions {
  readonly #options: IntroductionsOptions;
  #handler: IntroductionHandler | undefined;
  #running = 0;

  constructor(options: IntroductionsOptions) {
    this.#options = options;
  }

  serve(handler: IntroductionHandler): void {
    invariant(this.#handler === undefined, 'two handlers for introductions');
    this.#handler = handler;
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { secret, logger } = this.#options;
    const from = String(request.socket.remoteAddress);
    const heard = await this.#listen(request);
    if (heard.question === undefined) {
      const { status, reason } = heard;
      logger.debug('introduction refused', { address: from, status, reason });
      const headers = { 'content-type': 'text/plain; charset=utf-8' };
      response.writeHead(status, { ...COMMON_HEADERS, ...headers }).end(`${reason}\n`);
      return;
    }
    const body = this.#bodyOf(await this.#run(heard.question, from));
    const proof = proofHeaders('server', heard.nonce, body, secret);
    const headers = { ...COMMON_HEADERS, ...proof, 'content-type': 'application/json' };
    response.writeHead(200, headers).end(body);
  }

  async #listen(request: IncomingMessage): Promise<Heard> {
    const { headers } = request;
    const protocol = String(headers[PROTOCOL_HEADER] ?? '');
    if (protocol !== PEER_PROTOCOL) return refused(426, wrongProtocol(protocol));
    const nonce = headers[NONCE_HEADER];
    if (typeof nonce !== 'string') return refused(400, `the header ${NONCE_HEADER} is missing`);
    let body: Buffer;
    try {
      // Left open: the refusal of a body that is too large goes out on the same socket.
      body = await readBody(request.iterator({ destroyOnReturn: false }));
    } catch (error) {
      if (error instanceof QuorateError) return refused(413, error.message);
      return refused(400, 'the body was cut short');
    }
    const claim = claimOfIntroduction('client', nonce, body);
    const distrust = reasonToDistrust(headers[PROOF_HEADER], 'client', claim, this.#options.secret);
    if (distrust !== undefined) return refused(403, distrust);
    const question = readQuestion(body);
    if (question === undefined) return refused(400, 'the body is no introduction');
    return { question, nonce };
  }

  async #run({ timeLeftMs, request }: Question, from: string): Promise<Answer> {
    const { clock, handlers } = this.#options;
    if (this.#handler === undefined) return failure('not_ready', NOT_READY);
    if (this.#running >= INTRODUCTIONS_MAX) return failure('overloaded', TOO_MANY);
    const deadline = clock.now() + Math.min(timeLeftMs, INTRODUCTION_MS_MAX);
    this.#running++;
    try {
      return { reply: await this.#handler(request, { deadline }) };
    } catch (error) {
      return { error: handlers.judge('introduction', from, error) };
    } finally {
      this.#running--;
    }
  }

  /** What the handler returned may be too large or nothing that JSON can say. */
  #bodyOf(answer: Answer): Buffer {
    try {
      return answerBody(answer);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.#options.logger.error('answer to an introduction cannot be sent', { stack });
      const why = 'the answer to the introduction cannot be sent; see the log of that node';
      return answerBody(failure('internal', why));
    }
  }
}

const NOT_READY = 'this node does not take introductions yet';
const TOO_MANY = `this node answers ${INTRODUCTIONS_MAX} introductions already`;

const COMMON_HEADERS = { connection: 'close', [PROTOCOL_HEADER]: PEER_PROTOCOL };

function failure(code: 'not_ready' | 'overloaded' | 'internal', detail: string): Answer {
  return { error: errorToWire(new QuorateError(code, detail)) };
}

function refused(status: number, reason: string): Heard {
  return { question: undefined, status, reason };
}
