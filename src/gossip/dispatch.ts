/** Which message goes where. Pings are answered here, at once and before all else. */

import { unreachable } from '../kernel/invariant.ts';
import type { Core } from './core.ts';
import { answerTheDead, newsFor } from './dissemination.ts';
import { hearAlive, hearNews } from './hearing.ts';
import { hearIndirectPing, relayAck } from './indirect.ts';
import type { MemberNo, Message, Ping, PushPull } from './message.ts';
import { hearAck, hearIndirectAck, hearNack } from './probing.ts';
import { hearPushPull } from './push-pull.ts';

/**
 * Whoever is not known here, because it was removed or only now joins, gets an answer to a
 * ping; what it has to tell is believed from its push-pull on.
 */
export function receiveMessage(core: Core, from: MemberNo, message: Message): void {
  if (message.type === 'ping' && message.target !== core.options.self) {
    core.counters.pingsMisdirected += 1;
  } else if (message.type === 'push_pull') {
    hearPushPull(core, from, message);
  } else if (core.members.get(from) !== undefined) {
    receiveFromMember(core, from, message);
  } else if (message.type === 'ping') {
    acknowledge(core, from, message);
  }
}

function receiveFromMember(core: Core, from: MemberNo, message: Exclude<Message, PushPull>): void {
  switch (message.type) {
    case 'ping':
      hearAlive(core, message.sender, from);
      hearNews(core, message.news, from);
      acknowledge(core, from, message);
      break;
    case 'ack':
      hearAlive(core, message.sender, from);
      hearNews(core, message.news, from);
      hearAck(core, from, message);
      relayAck(core, from, message.probe);
      break;
    case 'indirect_ping':
      hearIndirectPing(core, from, message);
      break;
    case 'indirect_ack':
      hearIndirectAck(core, from, message.probe);
      break;
    case 'nack':
      hearNack(core, from, message.probe);
      break;
    case 'gossip':
      hearNews(core, message.news, from);
      answerTheDead(core, from);
      break;
    default:
      unreachable(message);
  }
}

function acknowledge(core: Core, from: MemberNo, ping: Ping): void {
  const { options, self } = core;
  const member = core.members.get(from);
  core.outbox.send(from, {
    type: 'ack',
    probe: ping.probe,
    sender: self.presence,
    pingWallTimeMs: ping.wallTimeMs,
    wallTimeMs: options.wallTimeMs(),
    news: member === undefined ? [] : newsFor(core, member),
  });
}
