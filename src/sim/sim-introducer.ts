/**
 * Introductions between simulated processes: asked and answered over the simulated network.
 *
 * Bodies cross as JSON, as they do on sockets, so that what JSON cannot say fails here too.
 * An introduction arrives at most once; asked of a process that dies, it is never answered.
 */

import {
  type ErrorOnWire,
  errorFromWire,
  errorToWire,
  QuorateError,
  TransportError,
  type TransportFailure,
} from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import {
  type CallOptions,
  type Introducer,
  type IntroductionHandler,
  introductionText,
  type PeerAddress,
} from '../ports/transport.ts';
import type { SimNetwork } from './sim-network.ts';

type Answer = { readonly reply: string } | { readonly error: ErrorOnWire };

export interface SimIntroductionsPorts {
  readonly clock: Clock;
  /** Called with what the handler threw that is not a `QuorateError`. */
  readonly onFatal: (error: unknown) => void;
  /** The process lives and has not closed its transport. */
  readonly isOpen: () => boolean;
}

/** The answering side, a part of the transport of a process. */
export class SimIntroductions {
  readonly #ports: SimIntroductionsPorts;
  #handler: IntroductionHandler | undefined;

  constructor(ports: SimIntroductionsPorts) {
    this.#ports = ports;
  }

  serve(handler: IntroductionHandler): void {
    invariant(this.#handler === undefined, 'two handlers for introductions');
    this.#handler = handler;
  }

  receive(text: string, leftMs: number, answer: (answer: Answer) => void): void {
    const { clock, isOpen } = this.#ports;
    if (!isOpen()) return;
    void this.#run(text, clock.now() + leftMs).then((result) => {
      if (isOpen()) answer(result);
    });
  }

  async #run(text: string, deadline: number): Promise<Answer> {
    try {
      if (this.#handler === undefined) {
        throw new QuorateError('not_ready', 'this node does not take introductions yet');
      }
      return { reply: introductionText(await this.#handler(JSON.parse(text), { deadline })) };
    } catch (error) {
      if (!(error instanceof QuorateError) && this.#ports.isOpen()) this.#ports.onFatal(error);
      return { error: errorToWire(error) };
    }
  }
}

export interface SimIntroducerPorts {
  /** Whose links the introduction travels on. */
  readonly self: NodeId;
  readonly network: SimNetwork;
  /** The processes that are up, by node. */
  readonly exchange: ReadonlyMap<NodeId, { readonly introductions: SimIntroductions }>;
  readonly clock: Clock;
}

/** The asking side of one process, which need not have a transport yet. */
export class SimIntroducer implements Introducer {
  readonly #ports: SimIntroducerPorts;
  #gone = false;

  constructor(ports: SimIntroducerPorts) {
    this.#ports = ports;
  }

  /** The process is gone: nothing settles any more. */
  halt(): void {
    this.#gone = true;
  }

  introduce({ host }: PeerAddress, request: unknown, { deadline }: CallOptions): Promise<unknown> {
    const { self, network, exchange, clock } = this.#ports;
    return new Promise((resolve, reject) => {
      const leftMs = deadline - clock.now();
      if (leftMs <= 0) return reject(failed(host, 'timeout'));
      const text = introductionText(request);
      const fail = (failure: TransportFailure) => finish(() => reject(failed(host, failure)));
      const timer = clock.setTimer(leftMs, () => fail('timeout'));
      const finish = (settle: () => void) => {
        timer.cancel();
        if (!this.#gone) settle();
      };
      const target = exchange.get(host);
      if (target === undefined) {
        network.deliver(host, self, 'introduction refused', () => fail('unreachable'));
        return;
      }
      const onAnswer = (answer: Answer) =>
        finish(() => {
          if ('error' in answer) reject(errorFromWire(answer.error));
          else resolve(JSON.parse(answer.reply));
        });
      let arrived = 0;
      network.deliver(self, host, 'introduction', () => {
        if (arrived++ > 0) return;
        target.introductions.receive(text, leftMs, (answer) =>
          network.deliver(host, self, 'introduction answered', () => onAnswer(answer)),
        );
      });
    });
  }
}

function failed(host: string, failure: TransportFailure): TransportError {
  return new TransportError(failure, `${host}: ${failure}`);
}
