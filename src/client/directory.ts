/** Whom a client of a cluster asks: what the two ways to choose have in common. */

import type { Call } from './connection.ts';
import type { Peer } from './peer.ts';
import type { Bytes } from './request-options.ts';

/** What a request is about. */
export interface Target {
  readonly bucket: string;
  readonly key: Bytes;
  readonly method: Call['method'];
}

export interface Directory {
  /** Resolves when it is known whom to ask; undefined: it is. */
  ready(target: Target | undefined): Promise<void> | undefined;
  /**
   * @param target undefined: any node will do
   * @param tried were asked before for the same request, and are not asked again where others are left
   */
  choose(target: Target | undefined, tried: readonly Peer[]): Peer;
  /** Likewise, for one of many keys: of those that could serve always the same, so that they are few. */
  keeper(target: Target, tried: readonly Peer[]): Peer;
  /** Whether a node may be asked now beside another one that is late. */
  second(target: Target, tried: readonly Peer[]): Peer | undefined;
  /** The node could not serve, and said when to come again, if it did. */
  failed(peer: Peer, leaveAloneMs: number | undefined): void;
  /** That another node had to carry the request out: it would better have been asked itself. */
  wasForwarded(): void;
  /** The ring is at least at this epoch. */
  epochSeen(epoch: number): void;
  /** Requests still running end with an error. */
  close(): Promise<void>;
}

/** How long a node is left alone that does not say itself. */
export const LEFT_ALONE_MS = 1_000;
